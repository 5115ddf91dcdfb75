"""`baoji evaluate` prints the page's numbers, writes its export and compares cases with their records."""

import csv
import io
import json
from typing import Any

import pytest
from click.testing import CliRunner
from tests.town import at, desk, do, report, walk

from baoji.kernel.flow.models import Case
from baoji.operate.commands.evaluate import command

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> dict[str, str]:
    """One in time, one late, one overdue and undone; all of D29."""
    made = {}
    for name, answered in (("good", "03-18 09:00"), ("late", "03-19 15:00")):
        number = walk(report(), "handle/handling")
        do(number, "@body", "answer", now=at(answered))
        made[name] = walk(number, "evaluate/closed", now=at(answered))
    made["undone"] = walk(report(), "handle/handling")
    return made


def _run(*words: str) -> Any:
    return CliRunner().invoke(command, ["--from", "2026-03-01", "--to", "2026-03-31", *words])


def test_the_command_prints_the_pages_numbers(town: dict[str, str], tmp_path: Any) -> None:
    said = json.loads(_run("--json").output)
    (row,) = said["rows"]
    assert row["code"] == "D29"
    assert row["in_time_rate"] == {"numerator": 1, "denominator": 3, "share": 1 / 3}
    assert said["total"]["overdue_undone"] == 1
    table = _run().output
    assert "D29" in table
    assert "33.3" in table
    file = tmp_path / "march.csv"
    assert _run("--csv", str(file)).exit_code == 0
    client = desk("head.1")
    page = client.get("/score/csv?kind=any&from=2026-03-01&to=2026-03-31").content.decode("utf-8-sig")
    ours = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    theirs = list(csv.reader(io.StringIO(page)))
    assert [line for line in ours if line[:1] != ["数据截至"]] == [
        line for line in theirs if line[:1] != ["数据截至"]
    ]
    people = json.loads(_run("--by", "post", "--json").output)["rows"]
    assert {"chief.1", "dispatcher.1"} <= {row["code"] for row in people}
    assert json.loads(_run("--json", "--as-of", "2026-03-19 12:00").output)["total"]["overdue_undone"] == 2


def test_the_command_checks_cases_against_their_records(town: dict[str, str]) -> None:
    assert "is what its flow records say" in _run("--check").output
    Case.objects.filter(number=town["late"]).update(rework=3)
    refused = _run("--check")
    assert refused.exit_code != 0
    assert town["late"] in refused.output
    assert "reworks: case 3, records 0" in refused.output


def test_wrong_dates_are_refused() -> None:
    assert CliRunner().invoke(command, ["--from", "2026-03-01"]).exit_code == 2
    assert CliRunner().invoke(command, ["--from", "2026-03-02", "--to", "2026-03-01"]).exit_code == 2
