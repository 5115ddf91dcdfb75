"""What an act does to a case's clock, and when its step is due. Plain Python: the case, the calendar and the time come in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from baoji.kernel.worktime.calendar import WorkCalendar
from baoji.kernel.worktime.clock import Clock
from baoji.kernel.worktime.limits import Limit, LimitUnit, MeasureKind, measure_for

# Steps in which reviewers look at an answer: what they take beyond their own limit is not charged to the body.
REVIEWING = frozenset({"feedback", "check"})


@dataclass(frozen=True)
class Rates:
    """Numbers of the city: when a light turns yellow, and how many minutes each step may take."""

    yellow_below: float
    minutes: dict[str, int]


def clock_of(case: Any) -> Clock:
    limit = limit_of(case)
    return Clock(limit.measure, case.clock_limit_s, case.clock_used_s, case.clock_since, case.clock_credit_s)


def limit_of(case: Any) -> Limit:
    return Limit(case.limit_value, LimitUnit(case.limit_unit))


def keep(case: Any, clock: Clock, calendar: WorkCalendar, rates: Rates, state: str) -> None:
    """Writes the clock back to the case. A clock that stands keeps its last due time for the record."""
    case.clock = state
    case.clock_limit_s, case.clock_used_s = clock.limit_s, clock.used_s
    case.clock_since, case.clock_credit_s = clock.since, clock.credit_s
    if clock.runs:
        _set_due(case, clock, calendar, rates)


def _set_due(case: Any, clock: Clock, calendar: WorkCalendar, rates: Rates) -> None:
    case.clock_due_at = clock.due_at(calendar)
    case.clock_near_at = clock.near_at(calendar, rates.yellow_below)


def swap(case: Any, clock: Clock, calendar: WorkCalendar, rates: Rates) -> None:
    """Another clock for the case in the same state. One that an answer stopped is due when it would have been, had it
    run until then: the answer is measured by the new limit."""
    keep(case, clock, calendar, rates, case.clock)
    if case.clock == "stopped" and case.answered_at is not None:
        _set_due(case, clock.start(case.answered_at), calendar, rates)


def turn(case: Any, effect: str, now: datetime, calendar: WorkCalendar, rates: Rates) -> None:
    """Applies a declared clock effect: fresh, stop, run, pause, resume, drop or '' (nothing)."""
    if effect == "fresh":
        start_fresh(case, now, calendar, rates)
    elif effect == "stop" and case.clock == "running":
        _stop(case, now, calendar, rates)
    elif effect == "run":
        run_on(case, now, calendar, rates)
    elif effect == "pause" and case.clock == "running":
        keep(case, clock_of(case).pause(calendar, now), calendar, rates, "paused")
    elif effect == "resume":
        keep(case, clock_of(case).resume(now), calendar, rates, "running")
    elif effect == "drop":
        drop(case)


def _stop(case: Any, now: datetime, calendar: WorkCalendar, rates: Rates) -> None:
    """The answer: `clock_used_s` is what is charged for it, which the score adds up."""
    clock = clock_of(case).stop(calendar, now)
    if clock.credit_s:
        case.notes["given_back"] = int(case.notes.get("given_back", 0)) + clock.credit_s
    keep(case, clock.settle(), calendar, rates, "stopped")
    case.answered_at = now


def start_fresh(case: Any, now: datetime, calendar: WorkCalendar, rates: Rates) -> None:
    keep(case, Clock.fresh(limit_of(case), now), calendar, rates, "running")
    case.dispatched_at, case.answered_at, case.extensions = now, None, 0
    case.deferred = False  # 缓办 is granted to one body for one limit
    for name in ("fresh", "credit", "given_back"):
        case.notes.pop(name, None)


def run_on(case: Any, now: datetime, calendar: WorkCalendar, rates: Rates) -> None:
    """The answer counts as never given, less the reviewers' time beyond their own limits; after a reopening, a new limit."""
    if case.notes.get("fresh") or case.answered_at is None:
        start_fresh(case, now, calendar, rates)
        return
    credit = int(case.notes.pop("credit", 0))
    keep(case, clock_of(case).reopen(calendar, now, case.answered_at, credit), calendar, rates, "running")
    case.answered_at = None


def drop(case: Any) -> None:
    case.clock, case.clock_since, case.clock_due_at, case.clock_near_at = "none", None, None, None
    case.clock_used_s = case.clock_credit_s = 0
    case.dispatched_at = case.answered_at = None
    case.deferred = False
    case.notes.pop("given_back", None)


def credit_reviewers(case: Any, now: datetime, calendar: WorkCalendar) -> None:
    """On leaving a reviewing step late, remembers by how much, in the body's own measure."""
    if case.stage not in REVIEWING or case.due_at is None or now <= case.due_at or case.clock != "stopped":
        return
    late = measure_for(limit_of(case).measure, calendar).between(case.due_at, now)
    case.notes["credit"] = int(case.notes.get("credit", 0)) + max(0, late)


def step_due(
    case: Any, key: str, now: datetime, calendar: WorkCalendar, rates: Rates
) -> tuple[datetime | None, datetime | None]:
    """When the step is due and when it is near: the body's clock while it handles, else the step's own minutes.

    Steps of a case whose limit runs day and night run so too; the others keep office hours.
    """
    if key.startswith("handle/"):
        return (case.clock_due_at, case.clock_near_at) if case.clock == "running" else (None, None)
    minutes = rates.minutes.get(key)
    if not minutes:
        return None, None
    measure = measure_for(step_measure(case), calendar)
    seconds = minutes * 60
    return measure.add(now, seconds), measure.add(now, round(seconds * (1 - rates.yellow_below)))


def twice_due(case: Any, key: str, calendar: WorkCalendar, rates: Rates) -> datetime | None:
    """When the step will have taken twice what it may, in the measure of its limit; None where none was given."""
    if case.due_at is None:
        return None
    if case.clock == "running" and case.due_at == case.clock_due_at:
        return clock_of(case).instant_at(calendar, 2 * case.clock_limit_s)
    minutes = rates.minutes.get(key)
    return measure_for(step_measure(case), calendar).add(case.due_at, minutes * 60) if minutes else None


def step_measure(case: Any) -> MeasureKind:
    urgent = case.severity != "normal" or case.limit_unit.startswith("urgent")
    return MeasureKind.CLOCK if urgent else MeasureKind.WORK
