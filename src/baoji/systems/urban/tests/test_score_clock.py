"""Every clock told again from the flow records: it agrees after any road, and what was changed beside the acts is named."""

from datetime import date

import pytest
from tests.town import at, case, do, event, report, walk, who

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.worktime.models import SpecialDay
from baoji.kernel.worktime.queries import TOPIC
from baoji.systems.urban.queries.score_check import Difference, differences, pages

pytestmark = pytest.mark.django_db
YEAR = (at("01-01 00:00"), at("12-31 00:00"))


def _differences() -> list[Difference]:
    return list(differences(*YEAR))


def _extended_suspended_sent_back() -> str:
    """Answered on Friday at ten, sent back late on Monday, so that reviewers' time is given back, and answered again."""
    number = walk(report(), "handle/handling")
    do(number, "@body", "extend_request", now=at("03-17 11:00"))
    do(number, "dispatcher.1", "extend_decide", now=at("03-17 11:10"))
    do(number, "@body", "suspend_request", kind="defer", now=at("03-17 11:20"))
    do(number, "commander.1", "suspend_decide", now=at("03-17 11:30"))
    do(number, "@body", "resume", now=at("03-18 15:40"))
    do(number, "@body", "answer", now=at("03-20 10:00"))
    do(number, "dispatcher.1", "send_back", now=at("03-23 10:00"))
    do(number, "@body", "answer", now=at("03-24 09:00"))
    return number


def _reopened() -> str:
    number = walk(report(), "evaluate/closed")
    do(number, "chief.1", "reopen", now=at("03-18 10:00"))
    walk(number, "check/checking", now=at("03-18 10:10"))
    do(number, "@asked", "check_answer", fixed=False, now=at("03-18 10:20"))
    return number


def _arbitrated() -> str:
    number = walk(report(), "dispatch/arbitrating")
    do(number, "commander.1", "arbitrate", to="D38", now=at("03-18 10:00"))
    return number


def _corrected(step: str) -> str:
    """To a class measured day and night where the first is measured in office hours; then an address, which turns nothing."""
    number = walk(event(), step)
    do(number, "chief.1", "correct", **{"class": "0105"}, now=at("03-18 11:00"))
    do(number, "chief.1", "correct", address="经二路 9 号", now=at("03-18 11:10"))
    return number


def test_any_road_is_told_by_its_records() -> None:
    number = _extended_suspended_sent_back()
    _reopened()
    _arbitrated()
    for step in ("handle/handling", "handle/suspended", "feedback/answered"):
        _corrected(step)
    refiled = walk(report(), "dispatch/filed")
    do(refiled, "dispatcher.1", "refer_back", now=at("03-17 11:00"))
    walk(refiled, "check/to_check", now=at("03-17 12:00"))
    void = walk(report(), "handle/void")
    do(void, "chief.1", "reopen", now=at("03-17 14:00"))
    walk(void, "handle/to_sign", now=at("03-17 15:00"))
    merged = report("collector.02")
    do(merged, "acceptor.1", "merge", into=number)
    assert _differences() == []
    found = case(number)
    assert (found.deferred, found.extensions, found.clock) == (True, 1, "stopped")
    assert found.notes["given_back"] > 0, "reviewers' time was given back on this road"


@pytest.mark.parametrize(
    "change",
    [
        "clock_used_s = clock_used_s - 3600",
        "clock_due_at = clock_due_at + interval '1 hour'",
        "clock_limit_s = clock_limit_s + 3600",
        "clock_credit_s = 60",
        "dispatched_at = dispatched_at + interval '1 hour'",
        "extensions = 0",
        "deferred = false",
    ],
)
def test_a_clock_changed_beside_the_acts_is_named(change: str) -> None:
    number, other = _extended_suspended_sent_back(), walk(report(), "feedback/answered")
    sql.execute(f"UPDATE flow_case SET {change} WHERE number = %s", [number])
    (found,) = _differences()
    assert (found.number, [name for name, _kept, _told in found.said]) == (number, [change.split()[0]])
    assert not found.calendar
    assert case(other).clock == "stopped"


def test_another_limit_than_the_acts_gave_is_named() -> None:
    number = walk(report(), "feedback/answered")
    sql.execute("UPDATE flow_case SET limit_value = limit_value + 1 WHERE number = %s", [number])
    (found,) = _differences()
    assert {name for name, _kept, _told in found.said} == {"clock_limit_s", "clock_due_at"}


def test_records_that_tell_no_clock_are_a_difference() -> None:
    number = walk(report(), "handle/suspended")
    do(number, "@body", "resume", now=at("03-18 10:00"))
    sql.execute("SET LOCAL session_replication_role = replica")
    sql.execute("DELETE FROM flow_record WHERE case_id = %s AND act = 'suspend_decide'", [case(number).pk])
    sql.execute("SET LOCAL session_replication_role = origin")
    (found,) = _differences()
    assert found.said[0] == ("clock", "running", "no clock that these records can tell")


def _holiday() -> None:
    """The Wednesday is made a holiday, as the register does it."""
    day = SpecialDay.objects.create(day=date(2026, 3, 18), kind="holiday", name="假日", source="试")
    audit.record("worktime.day", day.pk, "added", {}, who("operator.1").id, at("03-18 08:00"))
    bump(TOPIC)


def test_a_calendar_changed_later_is_told_apart() -> None:
    number, changed = walk(report(), "handle/handling"), walk(report(), "handle/handling")
    night = walk(report(condition=1), "handle/handling")
    sql.execute("UPDATE flow_case SET extensions = 1 WHERE number = %s", [changed])
    sql.execute(
        "UPDATE flow_case SET clock_due_at = clock_due_at + interval '1 hour' WHERE number = %s", [night]
    )
    _holiday()
    found = {one.number: one.calendar for one in _differences()}
    assert found == {number: True, changed: False, night: False}
    after = walk(report(), "handle/handling")
    sql.execute(
        "UPDATE flow_case SET clock_due_at = clock_due_at + interval '1 hour' WHERE number = %s", [after]
    )
    assert {one.number: one.calendar for one in _differences()}[after] is False


def test_rows_loaded_for_a_bench_are_counted_apart() -> None:
    number = walk(report(), "feedback/answered")
    sql.execute(
        "UPDATE flow_case SET clock_used_s = 1, rework = 2, notes = notes || '{\"bulk\": true}' WHERE number = %s",
        [number],
    )
    (page,) = pages(*YEAR)
    assert (page.cases, page.bulk) == (1, 1)
    assert [one.said for one in page.differences] == [(("reworks", 2, 0),)]


def test_pages_hold_each_case_once() -> None:
    made = {walk(report(), "handle/to_sign") for _n in range(5)}
    sql.execute("UPDATE flow_case SET clock_due_at = NULL")
    found = list(pages(*YEAR, size=2))
    assert [page.cases for page in found] == [2, 2, 1]
    assert {one.number for page in found for one in page.differences} == made
