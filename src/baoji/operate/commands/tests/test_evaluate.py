"""`baoji evaluate` prints the page's numbers, writes its export and compares cases with their records."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone
from tests.town import desk

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import Case
from baoji.kernel.worktime.models import SpecialDay
from baoji.kernel.worktime.queries import TOPIC
from baoji.operate.commands.evaluate import command
from baoji.systems.urban.actions.citizen_follow import rate

pytestmark = pytest.mark.django_db


def _run(*words: str) -> Any:
    return CliRunner().invoke(command, ["--from", "2026-03-01", "--to", "2026-03-31", *words])


@pytest.mark.slow
def test_the_command_prints_the_pages_numbers(march: dict[str, str], tmp_path: Any) -> None:
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


def test_the_command_checks_cases_against_their_records(march: dict[str, str]) -> None:
    assert "figures and clocks are what their flow records say" in _run("--check").output
    Case.objects.filter(number=march["late"]).update(rework=3)
    refused = _run("--check")
    assert refused.exit_code != 0
    assert march["late"] in refused.output
    assert "reworks: case 3, records 0" in refused.output


def test_the_command_reckons_the_clocks_again(march: dict[str, str]) -> None:
    found = Case.objects.get(number=march["late"])
    Case.objects.filter(pk=found.pk).update(clock_used_s=60)
    refused = _run("--check")
    assert refused.exit_code != 0
    assert f"{found.number}  clock_used_s: case 60, records {found.clock_used_s}" in refused.output
    assert str(refused.exception).startswith("1 of ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE urban_grade SET grade = 'very_good'", "grade: row very_good, journal poor"),
        ("UPDATE urban_grade SET not_fixed = 3", "not_fixed: row 3, journal 0"),
        ("UPDATE urban_grade SET body_id = NULL", "body: row None, journal "),
        ("DELETE FROM urban_grade", "grade: row None, journal poor"),
    ],
)
def test_the_command_holds_grades_against_the_journal(march: dict[str, str], change: str, said: str) -> None:
    found = Case.objects.get(number=march["good"])
    for grade in ("good", "poor"):
        rate(found.pk, grade, timezone.now())
    assert _run("--check").exit_code == 0
    sql.execute(change)
    refused = _run("--check")
    assert refused.exit_code != 0
    assert f"{found.number}  {said}" in refused.output
    assert str(refused.exception) == "The grades of 1 cases are not those that were given."


def test_what_another_calendar_explains_is_told_and_is_no_fault(march: dict[str, str]) -> None:
    day = SpecialDay.objects.create(day=date(2026, 3, 18), kind="holiday", name="假日", source="试")
    audit.record("worktime.day", day.pk, "added", {}, None, timezone.now())
    bump(TOPIC)
    said = _run("--check")
    assert said.exit_code == 0
    assert "(the calendar was changed after its limit began)" in said.output
    assert "were reckoned with an earlier calendar" in said.output


def test_wrong_dates_are_refused() -> None:
    assert CliRunner().invoke(command, ["--from", "2026-03-01"]).exit_code == 2
    assert CliRunner().invoke(command, ["--from", "2026-03-02", "--to", "2026-03-01"]).exit_code == 2
