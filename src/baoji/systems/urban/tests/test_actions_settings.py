"""What a city may set changes what happens: who is told, how many photos, what is alike, how long a decision may take."""

import ast
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.town import EVENT_PLACE, NOW, at, case, do, event, loaded, new, report, walk

import baoji
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import Record, StageLimit, Timer
from baoji.systems.urban import public
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.city.policies import DECISIONS, LIMITED
from baoji.systems.urban.models import Policy

pytestmark = pytest.mark.django_db
TEN = at("03-17 10:00")
MINUTE = timedelta(minutes=1)


def settle(name: str, **values: Any) -> None:
    row, _made = Policy.objects.get_or_create(name=name, defaults={"value": {}})
    row.value = {**row.value, **values}
    row.save()
    bump("policies")


def give(step: str, minutes: int) -> None:
    StageLimit.objects.update_or_create(flow="urban", step=step, defaults={"minutes": minutes})
    bump("policies")


def fire(now: datetime) -> None:
    while fire_due(now):
        pass


def told(number: str, kind: str) -> list[str]:
    """To whom the notices of a kind went: `handler@D29`, `dispatcher`, a person's code."""
    return [
        whom
        for (whom,) in sql.tuples(
            "SELECT coalesce(p.code, concat_ws('@', n.post, o.code)) FROM notices_notice n"
            " LEFT JOIN identity_person p ON p.id = n.person_id LEFT JOIN organisations_organisation o ON o.id = n.organisation_id"
            " WHERE n.link = %s AND n.kind = %s ORDER BY n.id",
            [f"/cases/{number}", kind],
        )
    ]


# Who is told ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("set_to", "near", "due", "twice"),
    [
        ({}, ["handler@D29", "dispatcher"], ["handler@D29", "dispatcher"], ["commander"]),
        (
            {"near": "section_head", "overdue": "commander", "overdue_twice": "head"},
            ["handler@D29", "section_head@D29"],
            ["handler@D29", "commander"],
            ["head"],
        ),
        (
            {"near": "holder", "overdue": "holder", "overdue_twice": "section_head"},
            ["handler@D29"],
            ["handler@D29"],
            ["section_head@D29"],
        ),
        (
            {"overdue_twice": "holder"},
            ["handler@D29", "dispatcher"],
            ["handler@D29", "dispatcher"],
            ["handler@D29"],
        ),
    ],
)
def test_the_city_says_who_hears_of_a_late_body(
    set_to: dict[str, str], near: list[str], due: list[str], twice: list[str]
) -> None:
    settle("escalation", **set_to)
    number = walk(report(now=TEN), "handle/handling", now=TEN)
    fire(at("04-30 10:00"))
    assert (told(number, "near"), told(number, "due"), told(number, "twice")) == (near, due, twice)


@pytest.mark.parametrize(
    ("set_to", "near"), [({}, ["acceptor", "chief"]), ({"near": "holder"}, ["acceptor"])]
)
def test_a_city_may_spare_the_centre_the_warning_too(set_to: dict[str, str], near: list[str]) -> None:
    settle("escalation", **set_to)
    number = report(now=TEN)
    fire(at("04-30 10:00"))
    assert (told(number, "near"), told(number, "due")) == (near, ["acceptor", "chief"])


@pytest.mark.parametrize(("least", "heard"), [(1, ["commander", "commander"]), (2, ["commander"]), (3, [])])
def test_the_commander_hears_of_reworks_from_the_citys_number_on(least: int, heard: list[str]) -> None:
    settle("limits", reworks_notice=least)
    number = new("check/checking")
    do(number, "@asked", "check_answer", fixed=False)
    walk(number, "check/checking")
    do(number, "@asked", "check_answer", fixed=False)
    assert case(number).rework == 2
    assert told(number, "rework") == heard


# Photos, duplicates -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pictures", "code"), [(4, "photo-required"), (5, None), (6, None), (7, "validation")]
)
def test_what_was_settled_on_the_spot_needs_the_citys_photos(pictures: int, code: str | None) -> None:
    settle("self_disposed", photos_before_min=2, photos_after_min=3, photos_max=6)
    if code is None:
        assert loaded(report(pictures=pictures, self_disposed=True)).extra["self_disposed"]
        return
    with pytest.raises(Refused) as refused:
        report(pictures=pictures, self_disposed=True)
    assert refused.value.code == code
    if code == "photo-required":
        assert "处置前 2 张、处置后 3 张" in str(refused.value)


@pytest.mark.parametrize("same_class", [True, False])
def test_another_class_beside_it_is_likely_where_the_city_says_so(same_class: bool) -> None:
    settle("duplicates", same_class=same_class)
    first = event()
    second = event("officer.001", now=NOW + timedelta(hours=2), class_code="0105")
    found = loaded(second)
    lon, lat = EVENT_PLACE["coordinates"]
    rows = public.duplicates(found.case.pk, found.case.topic, "", lon, lat, found.case.created_at)
    assert [row["number"] for row in rows] == ([] if same_class else [first])


# Limits beside the step's own -----------------------------------------------------------


def test_who_has_not_signed_in_time_is_told_and_signing_counts_as_late() -> None:
    give("handle/to_sign", 60)
    number, other = (walk(report(now=TEN), "handle/to_sign", now=TEN) for _n in range(2))
    body_due = case(number).due_at
    do(other, "@body", "sign", now=TEN + 60 * MINUTE)
    fire(TEN + 60 * MINUTE)
    assert told(number, "sign") == ["handler@D29", "dispatcher"]
    assert told(other, "sign") == []
    do(number, "@body", "sign", now=TEN + 61 * MINUTE)
    late = {
        row[0]: row[1:]
        for row in Record.objects.filter(act="sign").values_list("case__number", "overdue", "due_at")
    }
    assert late == {number: (True, TEN + 60 * MINUTE), other: (False, TEN + 60 * MINUTE)}
    assert case(number).due_at == body_due, "the body's own clock is another matter"
    assert not Timer.objects.filter(kind="sign").exists()


def test_a_case_taken_back_is_not_waited_for() -> None:
    number = walk(report(now=TEN), "handle/to_sign", now=TEN)
    do(number, "dispatcher.1", "recall", now=TEN)
    fire(at("03-18 10:00"))
    assert told(number, "sign") == []


def test_a_request_to_extend_that_nobody_decides_is_told_to_the_post_above() -> None:
    give("extend_decide", 30)
    number = walk(report(now=TEN), "handle/handling", now=TEN)
    do(number, "@body", "extend_request", now=TEN)
    fire(TEN + 29 * MINUTE)
    assert told(number, "extend") == []
    fire(TEN + 30 * MINUTE)
    assert told(number, "extend") == ["dispatcher", "commander"]
    do(number, "dispatcher.1", "extend_decide", now=TEN + 40 * MINUTE)
    do(number, "@body", "extend_request", now=TEN + 50 * MINUTE)
    fire(TEN + 90 * MINUTE)
    assert told(number, "extend")[2:] == ["commander", "head"]


def test_a_request_decided_in_time_or_ended_rings_nobody() -> None:
    give("suspend_decide", 30)
    decided, answered = (walk(report(now=TEN), "handle/handling", now=TEN) for _n in range(2))
    for number in (decided, answered):
        do(number, "@body", "suspend_request", now=TEN)
    do(decided, "commander.1", "suspend_decide", grant=False, now=TEN + MINUTE)
    do(answered, "@body", "answer", now=TEN + MINUTE)
    fire(TEN + 60 * MINUTE)
    assert (told(decided, "suspend"), told(answered, "suspend")) == ([], [])


def test_a_request_to_suspend_is_late_too() -> None:
    give("suspend_decide", 30)
    number = walk(report(now=TEN), "handle/handling", now=TEN)
    do(number, "@body", "suspend_request", now=TEN)
    fire(TEN + 30 * MINUTE)
    assert told(number, "suspend") == ["commander", "head"]


def test_each_turn_of_an_appeal_has_its_limit_though_the_case_is_closed() -> None:
    give("appeal_decide", 30)
    number = walk(report(now=TEN), "evaluate/closed", now=TEN)
    do(number, "@body", "appeal", now=TEN)
    fire(TEN + 30 * MINUTE)
    assert told(number, "appeal") == ["dispatcher", "commander"]
    do(number, "dispatcher.2", "appeal_decide", now=TEN + 31 * MINUTE)
    fire(TEN + 60 * MINUTE)
    assert told(number, "appeal")[2:] == []
    fire(TEN + 61 * MINUTE)
    assert told(number, "appeal")[2:] == ["acceptor", "chief"]


# Nothing is there to be set that nobody reads ---------------------------------------------

SOURCES = Path(baoji.__file__).parent
# They check, keep or show settings; reading is done elsewhere.
MADE_INTO_CLASSES = frozenset({"draw", "plausibility"})
HANDED_ON = frozenset({("public", "classes")})  # the whole section is given to a rule
KEEPERS = ("check_settings.py", "policies.py", "tables_")


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _fields(tree: ast.AST) -> Iterator[str]:
    """Of classes that a section is made into: `draw`, `plausibility`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_every_setting_is_read_where_its_section_is() -> None:
    given = tomllib.loads((Path(settings.CITY_DATA) / "policies.toml").read_text(encoding="utf-8"))
    # Only where a section is named, or what is made into a class, is the rest worth reading.
    names = [*given, *(key for _section, key in HANDED_ON)]
    marks = [f'"{name}"' for name in names] + [
        f"{key}: " for name in MADE_INTO_CLASSES for key in given[name] if key != "source"
    ]
    texts = (
        path.read_text(encoding="utf-8")
        for path in SOURCES.rglob("*.py")
        if "tests" not in path.parts and not path.name.startswith(KEEPERS) and "migrations" not in path.parts
    )
    read = [ast.parse(text) for text in texts if any(mark in text for mark in marks)]
    said, fields = [set(_texts(tree)) for tree in read], {name for tree in read for name in _fields(tree)}
    asked = [
        (section, key)
        for section, value in given.items()
        if isinstance(value, dict) and section != "verify_before_filing"  # its keys are the doors
        for key in value
        if key != "source" and not key.endswith("_source")
    ]
    assert len(asked) > 60
    unread = [
        (section, key)
        for section, key in asked
        if not any({section, key} <= words for words in said)
        and not (section in MADE_INTO_CLASSES and key in fields)
        and not ((section, key) in HANDED_ON and any(key in words for words in said))
    ]
    assert unread == [], "settings that no program asks for"


def test_every_limit_of_a_step_is_waited_for() -> None:
    """A step's own limit is found by its key; every other has a timer of its own."""
    from baoji.systems.urban.actions.requests import WAITED_FOR

    steps = {key for key in LIMITED if not key.startswith("handle/")}
    assert steps | set(WAITED_FOR.values()) == LIMITED | DECISIONS
