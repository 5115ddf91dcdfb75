"""Whom the system asks to go and look: near, on shift, else next on the roster; for a check never who reported or verified."""

from datetime import datetime

import pytest
from tests.town import NOW, WORDS, at, case, do, loaded, new, offers, refusal, report, walk, where, who

from baoji.kernel.identity.callers import caller
from baoji.systems.urban import public
from baoji.systems.urban.queries.proposals import draw_collector, kept_apart

pytestmark = pytest.mark.django_db
EAST = "6103030301000001"  # lies in the first grid of the third collector


def _drawn(number: str, act: str, now: datetime = NOW) -> str:
    found = draw_collector(case(number), act, now)
    assert found is not None
    return found[0].code


def _asked(number: str) -> str:
    person = caller(case(number).holder_person_id or 0)
    assert person is not None
    return person.code


@pytest.mark.parametrize(
    ("reporter", "now", "drawn"),
    [
        ("officer.001", "03-17 10:00", "collector.01"),  # on shift and nearest
        ("officer.001", "03-17 22:30", "collector.05"),  # the only one on the night shift, though far away
        ("officer.001", "03-18 03:30", "collector.05"),  # still, after midnight
        (
            "officer.001",
            "03-18 05:00",
            "collector.01",
        ),  # nobody on shift: the next to come on, the nearest of them
    ],
)
def test_the_nearest_on_shift_is_drawn(reporter: str, now: str, drawn: str) -> None:
    number = walk(report(reporter), "file/accepted")
    assert _drawn(number, "verify_request", at(now)) == drawn


def test_the_place_decides_who_is_near() -> None:
    number = new("file/accepted", by="officer.001", component=EAST, condition=1)
    assert _drawn(number, "verify_request") in {"collector.03", "collector.04"}
    assert offers(number, "acceptor.1")["verify_request"]["reason"].startswith("当班")


def test_who_reported_does_not_check() -> None:
    number = new("check/to_check")
    assert who("collector.01").id in kept_apart(case(number), "check_request")
    assert _drawn(number, "check_request") == "collector.02"
    assert (
        refusal(number, "acceptor.1", "check_request", collector="collector.01", reason="离现场最近")
        == "validation"
    )


def test_who_verified_does_not_check() -> None:
    number = walk(report("officer.001"), "file/verified")
    assert loaded(number).extra["verified_found"] is True
    walk(number, "check/to_check")
    assert (
        refusal(number, "acceptor.1", "check_request", collector="collector.01", reason="离现场最近")
        == "validation"
    )


def test_who_reported_a_merged_case_does_not_check() -> None:
    kept, merged = new("file/accepted", by="officer.001"), new("file/accepted", by="collector.02")
    do(merged, "acceptor.1", "merge", into=kept)
    walk(kept, "check/to_check")
    assert {who("collector.02").id} <= kept_apart(case(kept), "check_request")


def test_the_stand_in_of_the_one_asked_does_not_check_what_he_reported() -> None:
    """deputy.3 stands in for collector.02."""
    number = new("check/checking", by="deputy.3")
    if _asked(number) != "collector.02":
        do(number, "acceptor.1", "check_request", collector="collector.02", reason="熟悉这一片")
    assert refusal(number, "deputy.3", "check_answer") in {"not-allowed", "wrong-stage"}
    other = new("check/checking")
    assert _asked(other) == "collector.02"
    doing = do(other, "deputy.3", "check_answer")
    assert doing.hold is not None
    assert doing.hold.principal == who("collector.02").id


@pytest.mark.parametrize(
    ("reason", "code"), [("", "validation"), ("太短", "validation"), ("熟悉这一片", None)]
)
def test_another_choice_needs_a_reason(reason: str, code: str | None) -> None:
    number = new("check/to_check")
    assert refusal(number, "acceptor.1", "check_request", collector="collector.03", reason=reason) == code


def test_the_drawn_one_needs_none() -> None:
    assert refusal(new("check/to_check"), "acceptor.1", "check_request") is None


@pytest.mark.parametrize(
    ("step", "act", "answer"),
    [
        ("file/verifying", "verify_request", "verify_answer"),
        ("check/checking", "check_request", "check_answer"),
    ],
)
def test_asking_another_takes_it_from_the_first(step: str, act: str, answer: str) -> None:
    number = new(step)
    first = _asked(number)
    do(number, "acceptor.1", act)
    second = _asked(number)
    assert second != first
    assert refusal(number, first, answer) == "not-allowed"
    assert refusal(number, second, answer) is None


def test_only_collectors_are_asked() -> None:
    assert (
        refusal(
            new("check/to_check"),
            "acceptor.1",
            "check_request",
            collector="acceptor.2",
            reason="就在现场附近",
        )
        == "validation"
    )


def test_filing_although_nothing_was_found_needs_a_reason() -> None:
    number = new("file/verifying")
    do(number, "@asked", "verify_answer", found=False, opinion="没有看到")
    offer = offers(number, "chief.1")["file"]
    assert "reason" in offer["schema"]["required"]
    facts = {
        name: schema["default"]
        for name, schema in offer["schema"]["properties"].items()
        if "default" in schema
    }
    with pytest.raises(Exception, match="没有核实到问题"):
        public.perform(number=number, act="file", by=who("chief.1"), facts=facts, now=NOW)
    do(number, "chief.1", "file", reason=WORDS["reason"])
    assert where(number) == "dispatch/filed"


@pytest.mark.parametrize(
    ("source", "code"),
    [("hotline.1", "verify-first"), (None, "verify-first"), ("collector.01", None), ("officer.001", None)],
)
def test_calls_and_citizens_are_verified_before_filing(source: str | None, code: str | None) -> None:
    number = walk(report(source), "file/accepted")
    assert refusal(number, "chief.1", "file", **{"class": "0102", "condition": 3}) == code
    walk(number, "file/verified")
    assert refusal(number, "chief.1", "file") is None
