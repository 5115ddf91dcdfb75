"""What each declared effect does to a case's clock. No database: a plain thing with the case's columns."""

from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from baoji.kernel.flow import clockwork
from baoji.kernel.flow.clockwork import Rates
from baoji.kernel.worktime.calendar import SHANGHAI, HoursPeriod, WorkCalendar

CALENDAR = WorkCalendar([HoursPeriod(date(2020, 1, 1), None, ((time(8), time(12)), (time(14), time(18))))])
RATES = Rates(0.25, {"feedback/answered": 30, "check/to_check": 15})


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


def _case(unit: str = "work_hour", value: str = "4", severity: str = "normal") -> Any:
    return SimpleNamespace(
        stage="handle",
        step="handling",
        severity=severity,
        limit_value=Decimal(value),
        limit_unit=unit,
        clock="none",
        clock_limit_s=0,
        clock_used_s=0,
        clock_credit_s=0,
        clock_since=None,
        clock_due_at=None,
        clock_near_at=None,
        dispatched_at=None,
        answered_at=None,
        due_at=None,
        near_at=None,
        extensions=0,
        notes={},
    )


def _turn(case: Any, *turns: tuple[str, str]) -> Any:
    for effect, when in turns:
        clockwork.turn(case, effect, at(when), CALENDAR, RATES)
    return case


@pytest.mark.parametrize(
    ("turns", "state", "used_h", "due"),
    [
        ([("fresh", "17 10:00")], "running", 0, "17 16:00"),
        ([("fresh", "17 10:00"), ("stop", "17 15:00")], "stopped", 3, "17 16:00"),
        ([("fresh", "17 10:00"), ("", "17 15:00")], "running", 0, "17 16:00"),
        ([("fresh", "17 10:00"), ("stop", "17 11:00"), ("run", "17 14:00")], "running", 2, "17 16:00"),
        ([("fresh", "17 10:00"), ("pause", "17 11:00"), ("resume", "18 08:00")], "running", 1, "18 11:00"),
        ([("fresh", "17 10:00"), ("stop", "17 11:00"), ("fresh", "18 08:00")], "running", 0, "18 12:00"),
        ([("fresh", "17 10:00"), ("stop", "17 11:00"), ("stop", "17 12:00")], "stopped", 1, "17 16:00"),
    ],
)
def test_an_effect_turns_the_clock(turns: list[tuple[str, str]], state: str, used_h: int, due: str) -> None:
    case = _turn(_case(), *turns)
    assert (case.clock, case.clock_used_s, case.clock_due_at) == (state, used_h * 3600, at(due))


def test_dropping_forgets_everything() -> None:
    case = _turn(_case(), ("fresh", "17 10:00"), ("stop", "17 11:00"), ("drop", "17 12:00"))
    assert (case.clock, case.clock_used_s, case.clock_due_at, case.dispatched_at, case.answered_at) == (
        "none",
        0,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("stage", "clock", "due", "now", "credit_h"),
    [
        ("feedback", "stopped", "17 11:00", "17 10:30", None),  # in time
        ("feedback", "stopped", "17 11:00", "17 15:00", 2),  # over lunch
        ("check", "stopped", "17 17:00", "18 09:00", 2),  # overnight
        ("handle", "running", "17 11:00", "17 15:00", None),  # the body's own time
    ],
)
def test_reviewers_lateness_is_remembered_in_the_bodys_own_time(
    stage: str, clock: str, due: str, now: str, credit_h: int | None
) -> None:
    case = _case()
    case.stage, case.clock, case.due_at = stage, clock, at(due)
    clockwork.credit_reviewers(case, at(now), CALENDAR)
    assert case.notes.get("credit") == (credit_h * 3600 if credit_h else None)


def test_credit_is_given_once() -> None:
    case = _turn(_case(), ("fresh", "17 08:00"), ("stop", "17 09:00"))
    case.notes["credit"] = 3600
    _turn(case, ("run", "17 11:00"))
    assert (case.clock_due_at, "credit" in case.notes) == (at("17 15:00"), False)
    _turn(case, ("stop", "17 11:00"), ("run", "17 12:00"))
    assert case.clock_due_at == at("17 15:00")


def test_a_new_limit_begins_without_old_credit() -> None:
    case = _turn(_case(), ("fresh", "17 08:00"), ("stop", "17 09:00"))
    case.notes |= {"fresh": True, "credit": 3600}
    _turn(case, ("run", "17 10:00"))
    assert (case.notes, case.clock_due_at) == ({}, at("17 16:00"))


@pytest.mark.parametrize(
    ("key", "now", "severity", "due", "near"),
    [
        ("feedback/answered", "17 11:50", "normal", "17 14:20", "17 14:12:30"),
        ("feedback/answered", "17 11:50", "critical", "17 12:20", "17 12:12:30"),
        ("check/to_check", "20 17:50", "normal", "23 08:05", "23 08:01:15"),  # over a weekend
        ("evaluate/closed", "17 10:00", "normal", None, None),
    ],
)
def test_a_step_has_its_own_minutes(
    key: str, now: str, severity: str, due: str | None, near: str | None
) -> None:
    found = clockwork.step_due(_case(severity=severity), key, at(now), CALENDAR, RATES)
    assert found == (at(due) if due else None, at(near) if near else None)


def test_a_step_of_handling_is_due_with_the_bodys_clock() -> None:
    case = _turn(_case(), ("fresh", "17 10:00"))
    assert clockwork.step_due(case, "handle/handling", at("17 11:00"), CALENDAR, RATES) == (
        at("17 16:00"),
        at("17 15:00"),
    )
    _turn(case, ("pause", "17 11:00"))
    assert clockwork.step_due(case, "handle/suspended", at("17 11:00"), CALENDAR, RATES) == (None, None)
