"""The operators' commands for the city and for tokens."""

import json
import shutil

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.utils import timezone

from baoji.kernel.identity.callers import caller_by_token
from baoji.kernel.identity.models import Person, Token
from baoji.operate.commands import city, token
from baoji.operate.errors import Trouble

BAOJI = str(settings.CITY_DATA)


def run(command, *words):
    return CliRunner().invoke(command, words)


def test_check_is_content_with_the_demo_city():
    done = run(city.command, "check", BAOJI)
    assert done.exit_code == 0 and "no complaints" in done.output


def test_check_ends_with_1_and_names_the_line(tmp_path):
    folder = shutil.copytree(BAOJI, tmp_path / "city")
    (folder / "days.csv").write_text("day,kind,name,source,confidence\n2024-13-01,holiday,元旦,x,V1\n")
    done = run(city.command, "check", str(folder))
    assert done.exit_code == 1 and "days.csv:2: day “2024-13-01” is not a date" in done.output


@pytest.mark.parametrize("verb", ["check", "load"])
def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path, verb):
    done = run(city.command, verb, str(tmp_path / "nowhere"))
    assert isinstance(done.exception, Trouble) and "There is no folder" in str(done.exception)
    assert done.output == ""


def test_report_ends_with_one_line_of_json(db):
    done = run(city.command, "report", "--json")
    assert "components" in json.loads(done.output.splitlines()[-1])


@pytest.fixture
def person(db):
    return Person.objects.create(code="tester.1", name="试用")


def test_a_token_is_printed_alone_works_and_ends(person):
    made = run(token.command, "create", "--person", "tester.1", "--label", "bench", "--days", "3").output
    key = made.strip()
    assert made == f"{key}\n" and key.startswith("bj_") and len(key) == 46
    assert not Token.objects.filter(digest=key).exists()
    found = caller_by_token(key, timezone.now())
    assert found is not None and found.code == "tester.1"
    assert run(token.command, "revoke", key).exit_code == 0
    assert caller_by_token(key, timezone.now()) is None


def test_of_several_persons_each_gets_a_line_in_their_order(person):
    codes = ["tester.1", "chief.1", "tester.1"]
    made = run(token.command, "create", *(word for code in codes for word in ("--person", code))).output
    found = [caller_by_token(key, timezone.now()) for key in made.splitlines()]
    assert [one and one.code for one in found] == codes


def test_all_tokens_of_a_person_with_a_label_end(person):
    for label in ("a", "a", "b"):
        run(token.command, "create", "--person", "tester.1", "--label", label)
    assert "2 revoked" in run(token.command, "revoke", "--person", "tester.1", "--label", "a").output
    assert Token.objects.filter(revoked_at__isnull=True).count() == 1


def test_nobody_gets_no_token(db):
    done = run(token.command, "create", "--person", "nobody.9")
    assert isinstance(done.exception, Trouble) and "no active person nobody.9" in str(done.exception)


def test_where_one_of_several_is_nobody_none_gets_a_token(person):
    done = run(token.command, "create", "--person", "tester.1", "--person", "nobody.9")
    assert isinstance(done.exception, Trouble) and not Token.objects.exists()
