"""Two reports of one problem: shown as likely duplicates, merged with everything kept, and taken apart again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.town import (
    COVER,
    EVENT_PLACE,
    NOW,
    OTHER_COVER,
    at,
    body,
    case,
    desk,
    do,
    event,
    loaded,
    new,
    offers,
    program,
    refusal,
    report,
    walk,
    where,
    who,
)

from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import caller
from baoji.kernel.notices.models import Notice
from baoji.systems.urban import public
from baoji.systems.urban.queries.duplicates import duplicates

pytestmark = pytest.mark.django_db


def _likely(number: str) -> list[str]:
    found, extra = case(number), loaded(number).extra
    rows = duplicates(found.pk, found.topic, extra["component"], found.lon, found.lat, found.created_at)  # type: ignore[attr-defined]
    return [row["number"] for row in rows]


def _near(east_m: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [107.1485 + east_m / 91_900, 34.3605]}


def test_the_same_component_is_a_likely_duplicate_while_it_is_open() -> None:
    first, second = report(), report("officer.001", now=NOW + timedelta(days=3))
    assert _likely(second) == [first]
    assert _likely(report(component=OTHER_COVER)) == []
    do(first, "acceptor.1", "reject")
    assert _likely(second) == []


@pytest.mark.parametrize(
    ("east_m", "hours", "code", "likely"),
    [
        (40, 2, "0110", True),
        (60, 2, "0110", False),
        (40, 25, "0110", False),
        (40, 23, "0110", True),
        (40, 2, "0105", False),
    ],
)
def test_the_same_class_nearby_on_the_same_day_is_one(
    east_m: float, hours: int, code: str, likely: bool
) -> None:
    first = event()
    second = event("officer.001", location=_near(east_m), now=NOW + timedelta(hours=hours), class_code=code)
    assert (_likely(second) == [first]) is likely


def test_of_very_many_alike_the_newest_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    oldest, newer, newest = event(), event("officer.001"), event("officer.002")
    assert sorted(_likely(newest)) == sorted([oldest, newer])
    monkeypatch.setattr("baoji.systems.urban.queries.duplicates.MOST", 2)  # itself is one of them
    assert _likely(newest) == [newer]


def test_a_merge_keeps_reporters_and_evidence() -> None:
    kept, merged = new("file/accepted"), report("collector.02")
    do(merged, "acceptor.1", "merge", into=kept)
    found = case(merged)
    assert (where(merged), found.status, found.merged_into_id) == ("collect/merged", "merged", case(kept).pk)
    shown = public.view(who("head.1"), loaded(kept), NOW)
    assert (shown["merged"], len(shown["attachments"])) == ([merged], 2)
    assert public.view(who("head.1"), loaded(merged), NOW)["merged_into"] == kept
    assert case(kept).notes["reporters"] == [who("collector.02").id]
    assert refusal(kept, "collector.02", "opinion") is None, "whoever reported follows the case that goes on"


def test_both_cases_tell_of_a_merge_and_of_its_end() -> None:
    kept, merged = new("file/accepted"), report("collector.02")
    before = case(kept).version
    do(merged, "acceptor.1", "merge", into=kept)
    do(merged, "chief.1", "unmerge")
    told = [
        (line["act"], line["by"], line["facts"])
        for line in public.view(who("head.1"), loaded(kept), NOW)["timeline"]
    ]
    assert told[-2:] == [("absorb", "acceptor.1", {"from": merged}), ("release", "chief.1", {"from": merged})]
    assert (case(kept).version, where(kept)) == (before + 2, "file/accepted")
    assert public.view(who("head.1"), loaded(kept), NOW)["merged"] == []


def test_what_was_merged_before_goes_along() -> None:
    first, second, third = event("collector.01"), event("officer.001"), new("file/accepted")
    do(first, "acceptor.1", "merge", into=second)
    do(second, "acceptor.1", "merge", into=third)
    shown = public.view(who("head.1"), loaded(third), NOW)
    assert (shown["merged"], len(shown["attachments"])) == ([first, second], 3)
    walk(third, "handle/handling")
    handler = who(body(third))
    for file in public.view(handler, loaded(third), NOW)["attachments"]:
        assert desk(body(third)).get(file["thumbnail"]).status_code == 200, (
            "whoever sees the whole sees its photos"
        )


@pytest.mark.parametrize(
    ("into", "code"),
    [
        ("self", "validation"),
        ("collect/rejected", "validation"),
        ("collect/merged", "validation"),
        ("evaluate/closed", "validation"),
        ("handle/handling", None),
    ],
)
def test_what_can_be_merged_into(into: str, code: str | None) -> None:
    number = report()
    target = number if into == "self" else new(into, component=OTHER_COVER)
    assert refusal(number, "acceptor.1", "merge", into=target) == code
    assert refusal(number, "dispatcher.1", "merge", into=target) == "not-allowed"


@pytest.mark.parametrize("step", ["collect/reported", "file/accepted", "file/verifying", "file/verified"])
def test_a_case_taken_out_again_stands_where_it_stood(step: str) -> None:
    number, target = new(step), report(component=OTHER_COVER)
    holder = case(number).holder_person_id
    do(number, "acceptor.1", "merge", into=target)
    do(number, "chief.1", "unmerge")
    found = case(number)
    assert (where(number), found.status, found.merged_into_id, found.holder_person_id) == (
        step,
        "open",
        None,
        holder,
    )
    assert found.due_at is not None
    if step == "file/verifying":
        asked = caller(holder or 0)
        assert asked is not None
        assert refusal(number, asked.code, "verify_answer") is None


def test_a_question_of_the_reporter_outlives_a_merge_and_its_end() -> None:
    number, target = report(), report(component=OTHER_COVER)
    do(number, "@reporter", "ask")
    do(number, "acceptor.1", "merge", into=target)
    do(number, "chief.1", "unmerge")
    assert case(number).notes["asked"]["n"] == 1
    assert refusal(number, "acceptor.1", "tell") is None


@pytest.mark.parametrize("holder", [None, "collector.02"])
def test_a_merge_from_before_is_taken_back_as_well(holder: str | None) -> None:
    """Who had been asked was once kept under the name that questions have."""
    number, target = new("file/verifying" if holder else "file/accepted"), report(component=OTHER_COVER)
    do(number, "acceptor.1", "merge", into=target)
    found = case(number)
    asked = found.notes.pop("merged_from")
    Case.objects.filter(pk=found.pk).update(notes={**found.notes, "asked": asked})
    do(number, "chief.1", "unmerge")
    assert (case(number).holder_person_id, "asked" in case(number).notes) == (asked, False)
    assert (asked is not None) == (holder is not None)


def test_nothing_is_merged_after_filing() -> None:
    assert (
        refusal(new("dispatch/filed"), "chief.1", "merge", into=report(component=OTHER_COVER))
        == "wrong-stage"
    )


# 更正 ------------------------------------------------------------------------


def _to_handling(**draft: Any) -> str:
    return walk(report(now=at("03-17 10:00"), **draft), "handle/handling", now=at("03-17 10:00"))


def test_a_corrected_class_has_its_own_limit_from_the_same_start() -> None:
    number = _to_handling()
    do(number, "chief.1", "correct", kind="event", **{"class": "0110"}, now=at("03-17 11:00"))
    found = loaded(number)
    assert (found.extra["kind"], found.extra["class_code"], found.extra["component"], found.case.topic) == (
        "event",
        "0110",
        "",
        "e0110",
    )
    assert found.case.due_at == at("03-17 16:00")  # four working hours from 10:00
    before = public.view(who("head.1"), found, NOW)["timeline"][-1]["facts"]["before"]
    assert (before["class"], before["component"]) == ("0102", COVER)
    assert datetime.fromisoformat(before["due_at"]) == at("03-19 10:00")


def test_a_corrected_limit_forgets_neither_a_pause_nor_an_extension() -> None:
    number = _to_handling()
    do(number, "@body", "extend_request")
    do(number, "dispatcher.1", "extend_decide")
    do(number, "@body", "suspend_request", until=at("03-25 10:00").isoformat(), now=at("03-17 11:00"))
    do(number, "commander.1", "suspend_decide", now=at("03-17 11:00"))
    do(number, "@body", "resume", now=at("03-18 09:00"))
    do(number, "chief.1", "correct", kind="event", **{"class": "0110"}, now=at("03-18 10:00"))
    # Eight hours by now, one used before the pause, from 09:00 on Wednesday.
    assert case(number).due_at == at("03-18 18:00")


def test_a_limit_corrected_to_another_kind_of_time_leaves_the_pause_out() -> None:
    number = _to_handling()
    do(number, "@body", "suspend_request", until=at("03-25 10:00").isoformat(), now=at("03-17 11:00"))
    do(number, "commander.1", "suspend_decide", now=at("03-17 11:00"))
    do(number, "@body", "resume", now=at("03-18 09:00"))
    do(number, "chief.1", "correct", **{"class": "0103"}, now=at("03-18 09:10"))
    assert case(number).limit_unit == "urgent_hour"
    assert case(number).due_at == at("03-18 10:00")  # two hours by the clock, one used


@pytest.mark.parametrize("step", ["feedback/answered", "check/passed"])
def test_a_class_corrected_after_the_answer_measures_it_by_the_new_limit(step: str) -> None:
    number = _to_handling()
    do(number, "@body", "answer", now=at("03-18 09:00"))
    walk(number, step, now=at("03-18 09:00"))
    due = case(number).due_at
    do(number, "chief.1", "correct", kind="event", **{"class": "0110"}, now=at("03-18 10:00"))
    found = case(number)
    assert (found.clock, found.clock_due_at) == (
        "stopped",
        at("03-17 16:00"),
    )  # four working hours from 10:00
    assert found.answered_at == at("03-18 09:00") and found.due_at == due, "the step keeps its own time"


def test_a_limit_corrected_after_the_answer_to_another_kind_of_time() -> None:
    number = _to_handling()
    do(number, "@body", "answer", now=at("03-18 09:00"))
    do(number, "chief.1", "correct", **{"class": "0103"}, now=at("03-18 10:00"))
    assert case(number).clock_due_at == at("03-17 12:00")  # two hours by the clock


def test_everybody_whose_report_was_merged_hears_how_it_ended() -> None:
    target, other, third = report(), report("collector.02"), report("officer.001")
    do(other, "acceptor.1", "merge", into=target)
    do(third, "acceptor.1", "merge", into=target)
    do(third, "acceptor.1", "unmerge")
    do(target, "acceptor.1", "reject")
    told = Notice.objects.filter(kind="reject").values_list("person__code", "link")
    assert sorted(told) == [("collector.01", f"/cases/{target}"), ("collector.02", f"/cases/{target}")]
    assert program("collector.02").get(f"/api/v1/cases/{target}").status_code == 200


@pytest.mark.parametrize(("n", "code"), [(200, None), (201, "validation")])
def test_an_address_is_as_long_as_that_of_a_report(n: int, code: str | None) -> None:
    number = new("file/accepted")
    assert refusal(number, "acceptor.1", "correct", address="长" * n) == code
    assert offers(number, "acceptor.1")["correct"]["schema"]["properties"]["address"]["maxLength"] == 200


def test_a_corrected_class_leaves_the_component_of_the_wrong_class() -> None:
    number = new("file/accepted")
    do(number, "acceptor.1", "correct", address="经二路 9 号")
    assert loaded(number).extra["component"] == COVER
    do(number, "acceptor.1", "correct", **{"class": "0103"})
    found = loaded(number)
    assert (found.extra["class_code"], found.extra["component"]) == ("0103", "")


def test_a_correction_of_a_component_brings_its_place() -> None:
    number = new("file/accepted")
    do(number, "acceptor.1", "correct", component=OTHER_COVER)
    found = case(number)
    assert (loaded(number).extra["component"], found.area[:6], found.address) == (
        OTHER_COVER,
        "610303",
        "经二路 12 号",
    )


ELSEWHERE = {"type": "Point", "coordinates": [107.16, 34.37]}


def _lies(number: str) -> tuple[float, float]:
    found = case(number)
    return found.lon, found.lat


@pytest.mark.parametrize("more", [{}, {"address": "经二路 9 号"}, {"kind": "component"}])
def test_a_case_is_not_moved_away_from_its_component(more: dict[str, Any]) -> None:
    number = new("file/accepted")
    before = _lies(number), case(number).area
    with pytest.raises(Invalid) as wrong:
        do(number, "acceptor.1", "correct", location=ELSEWHERE, **more)
    assert list(wrong.value.errors) == ["location"]
    assert (_lies(number), case(number).area) == before


def test_a_case_may_lie_some_metres_beside_its_component() -> None:
    number = new("file/accepted")
    lon, lat = _lies(number)
    do(
        number, "acceptor.1", "correct", location={"type": "Point", "coordinates": [lon + 0.0005, lat]}
    )  # 46 m
    assert _lies(number) == (pytest.approx(lon + 0.0005), pytest.approx(lat))
    assert loaded(number).extra["component"]


def test_a_place_far_from_the_component_named_with_it_is_refused() -> None:
    number = new("file/accepted")
    assert refusal(number, "acceptor.1", "correct", component=OTHER_COVER, location=ELSEWHERE) == "validation"
    do(number, "acceptor.1", "correct", component=OTHER_COVER)
    there = _lies(number)
    other = new("file/accepted")
    near = {"type": "Point", "coordinates": [there[0] + 0.0005, there[1]]}  # 46 m
    do(other, "acceptor.1", "correct", component=OTHER_COVER, location=near)
    assert _lies(other) == there


@pytest.mark.parametrize("facts", [{"kind": "event", "class": "0110"}, {"class": "0103"}])
def test_a_case_that_leaves_its_component_is_moved(facts: dict[str, Any]) -> None:
    number = new("file/accepted")
    do(number, "acceptor.1", "correct", location=EVENT_PLACE, **facts)
    assert _lies(number) == tuple(EVENT_PLACE["coordinates"])
    assert loaded(number).extra["component"] == ""
    do(number, "acceptor.1", "correct", location={"type": "Point", "coordinates": [107.1487, 34.3605]})
    assert _lies(number) == (107.1487, 34.3605)


@pytest.mark.parametrize(
    ("step", "person", "code"),
    [
        ("collect/reported", "acceptor.1", None),
        ("collect/reported", "chief.1", "not-allowed"),
        ("handle/handling", "chief.1", None),
        ("handle/handling", "acceptor.1", "not-allowed"),
        ("dispatch/filed", "dispatcher.1", "not-allowed"),
        ("evaluate/closed", "chief.1", "wrong-stage"),
    ],
)
def test_who_corrects_when(step: str, person: str, code: str | None) -> None:
    assert refusal(new(step), person, "correct", address="经二路 9 号") == code


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"class": "9999"},
        {"component": "6103020102999999"},
        {"kind": "event"},
        {"location": {"type": "Point", "coordinates": [116.4, 39.9]}},
    ],
)
def test_a_correction_must_make_sense(facts: dict[str, Any]) -> None:
    assert refusal(new("file/accepted"), "acceptor.1", "correct", **facts) in {"validation", "outside-city"}
