"""Deadlines of bulk rows, as the real clock would set them at the times to which a story's acts are moved.

A story's own deadlines are taken apart here once, into the moment that each is counted from and the seconds of which measure lie
between (`Run`). The database puts them together again for each copy, by the city's working calendar laid out as arrays. A story
with a deadline that cannot be taken apart so is not copied.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection

from baoji.kernel.base import sql
from baoji.kernel.flow.clockwork import REVIEWING, Rates, clock_of, limit_of, step_measure
from baoji.kernel.worktime.calendar import EPOCH, WorkCalendar, epoch
from baoji.kernel.worktime.limits import Limit, LimitUnit, MeasureKind, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries import book
from baoji.systems.urban.rules.table import FLOW
from baoji.systems.urban.simulate.bulk.stories import statement

YEARS_BACK, YEARS_AHEAD = 3, 3
SECOND = 1_000_000
STOPS = frozenset((act.name, key) for act in FLOW.acts if act.clock == "stop" for key in act.at)
STATES = """
SELECT s.id, s.records, s.stage || '/' || s.step AS key, s.status, s.severity, s.limit_value, s.limit_unit, s.step_since, s.last_at,
       s.due_at, s.near_at, s.clock, s.clock_limit_s, s.clock_used_s, s.clock_credit_s, s.clock_since, s.clock_due_at, s.clock_near_at,
       s.dispatched_at, s.answered_at, s.notes, r.act, r.from_step, r.to_step, r.receiver_person_id, r.due_at AS left_due, u.condition_id
  FROM story_state s JOIN story_record r ON r.case_id = s.id AND r.n = s.records
  JOIN story_report u ON u.case_id = s.id AND u.n = s.records ORDER BY s.id, s.records
"""
TIMERS = """
SELECT case_id, n, kind, due_at FROM story_timer WHERE kind NOT IN ('near', 'due', 'twice') ORDER BY case_id, n
"""


class Unexplained(Exception):
    """A deadline of this story is not what its clock says: somebody set it by other means."""


class Run(NamedTuple):
    """So many seconds of office time (or by the clock) from a moment on, in epoch microseconds: a clock that has nothing left is
    due at the very moment of its start."""

    base_us: int
    is_work: bool
    due_s: int
    near_s: int = 0
    twice_s: int | None = None


class Span(NamedTuple):
    """Office time from `seconds` after `base` up to `end`, in epoch seconds; none where that is before."""

    base: int
    seconds: int
    is_work: bool
    end: int


Spans = tuple[Span, ...]


class Charge(NamedTuple):
    """What a clock of office time was charged: the times it ran, before its last start and in all, less what reviewers took beyond
    their own limits: given back at the last stop, promised to the time that runs, and kept for the next start."""

    used: Spans = ()
    before: Spans = ()
    settled: Spans = ()
    given: Spans = ()
    kept: Spans = ()


class Line(NamedTuple):
    """What `story_clock` holds of a state; `step` and `clock` are None where nothing runs, `left` where the step before says it."""

    at: datetime
    step: Run | None
    clock: Run | None
    is_clocks: bool
    charge: Charge
    left: Run | None
    may_be_late: bool


class State:
    """A row of `STATES`, by the names that a case has."""

    def __init__(self, names: list[str], row: tuple[Any, ...]) -> None:
        self.__dict__.update(zip(names, row, strict=True))
        self.notes: dict[str, Any] = orjson.loads(self.__dict__["notes"])

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)  # what the row does not have


def make_deadlines() -> int:
    """Fills `story_clock`, `story_wait` and `story_odd`, and makes the functions that count; how many stories are left out."""
    calendar = current_calendar()
    for name in ("deadline_tables", "deadline_functions"):
        with connection.cursor() as cursor:
            cursor.execute(statement(name).format(**_arrays(calendar)))
    waits = _waits()
    clocks: list[tuple[Any, ...]] = []
    timers: list[tuple[Any, ...]] = []
    odd: list[int] = []
    for story, states in _stories():
        try:
            lines = explain(states, calendar, book.rates())
            waited = list(_timers(states, waits.get(story, []), calendar))
        except Unexplained:
            odd.append(story)
            continue
        clocks += [(story, n + 1, *_columns(line)) for n, line in enumerate(lines)]
        timers += [(story, *row) for row in waited]
    _copy("story_clock", clocks)
    _copy("story_wait", timers)
    _copy("story_odd", [(story,) for story in odd])
    return len(odd)


def _arrays(calendar: WorkCalendar) -> dict[str, str]:
    """The calendar as arrays: of each interval when it opens, the office time up to its close and the idle time up to it."""
    opens, worked, idle, total = [0], [0], [0], 0
    year = datetime.now(calendar.tz).year
    for begin, end in calendar.intervals(year - YEARS_BACK, year + YEARS_AHEAD):
        total += end - begin
        opens.append(begin)
        worked.append(total)
        idle.append(end - total)
    texts = {"opens": opens, "worked": worked, "idle": idle}
    return {name: f"'{{{','.join(map(str, found))}}}'::bigint[]" for name, found in texts.items()}


def _stories() -> Iterator[tuple[int, list[State]]]:
    """Those of which every state is known; of others none is copied."""
    with connection.cursor() as cursor:
        cursor.execute(STATES)
        names = [column.name for column in cursor.description]
        rows = [State(names, row) for row in cursor.fetchall()]
    held: dict[int, list[State]] = {}
    for state in rows:
        held.setdefault(state.id, []).append(state)
    for story, states in held.items():
        if [state.records for state in states] == list(range(1, len(states) + 1)):
            yield story, states


def _copy(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    sql.execute(f"ANALYZE {table}")


def _columns(line: Line) -> tuple[Any, ...]:
    step, clock, left = line.step, line.clock, line.left
    return (
        line.at,
        *(step or (None,) * 5),
        *(clock or (None,) * 5),
        line.is_clocks,
        *([int(number) for span in spans for number in span] for spans in line.charge),
        *(left[:3] if left else (None,) * 3),
        line.may_be_late,
    )


# Taking apart -------------------------------------------------------------------


def explain(states: list[State], calendar: WorkCalendar, rates: Rates) -> list[Line]:
    """The story's states in their order, each as `Line`. Raises Unexplained."""
    lines: list[Line] = []
    before: State | None = None
    charge, step, clock = Charge(), None, None
    for state in states:
        charge = _charged(state, before, step, charge, calendar)
        clock = _clock_run(state, clock, charge, calendar, rates)
        is_clocks = state.due_at is not None and state.key.startswith("handle/")
        step = None if state.due_at is None or is_clocks else _step_run(state, calendar, rates)
        _require(not is_clocks or (state.due_at, state.near_at) == (state.clock_due_at, state.clock_near_at))
        left = _left_run(state, before, calendar, rates)
        leaves = state.to_step != state.from_step or (state.act, state.from_step) in STOPS
        lines.append(Line(state.last_at, step, clock, is_clocks, charge, left, leaves))
        before = state
    return lines


def _require(is_so: bool) -> None:
    if not is_so:
        raise Unexplained


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _is_work(kind: MeasureKind) -> bool:
    return kind is MeasureKind.WORK


def _kind(is_work: bool) -> MeasureKind:
    return MeasureKind.WORK if is_work else MeasureKind.CLOCK


def _charged(
    state: State, before: State | None, step: Run | None, was: Charge, calendar: WorkCalendar
) -> Charge:
    """What the clock has been charged after the act; `step` is how the step left behind was measured."""
    if state.clock == "none" or not _is_work(limit_of(state).measure):
        return Charge()
    # What stages have left when they are stopped would have to be reckoned anew, too.
    _require(
        "stages" not in state.notes
        and (before is None or before.clock == "none" or _has_office_clock(before))
    )
    if before is None or state.clock == "running" and state.dispatched_at == state.last_at:
        found = Charge()
    else:
        found = _went_on(state, before, _kept(state, before, step, was))
    settled, used = _seconds(found.settled, calendar), _seconds(found.used, calendar)
    _require(used - settled == state.clock_used_s and _seconds(found.given, calendar) == state.clock_credit_s)
    _require(settled == state.notes.get("given_back", 0))
    _require(_seconds(found.kept, calendar) == state.notes.get("credit", 0))
    return found


def _has_office_clock(state: State) -> bool:
    return _is_work(limit_of(state).measure)


def _kept(state: State, before: State, step: Run | None, was: Charge) -> Charge:
    """A reviewer who may have been late keeps what the body is to get back."""
    enters = state.to_step != state.from_step or state.receiver_person_id is not None
    if not enters or before.clock != "stopped" or step is None or before.key.split("/")[0] not in REVIEWING:
        return was
    return was._replace(
        kept=(*was.kept, Span(step.base_us // SECOND, step.due_s, step.is_work, epoch(state.last_at)))
    )


def _went_on(state: State, before: State, was: Charge) -> Charge:
    now = epoch(state.last_at)
    if before.clock == "running" and state.clock in ("stopped", "paused"):
        used = (*was.used, Span(epoch(before.clock_since), 0, False, now))
        if state.clock == "paused":
            return was._replace(used=used)
        return was._replace(used=used, settled=was.settled + was.given, given=())
    if before.clock == "stopped" and state.clock == "running":  # as if it had never stopped
        used = (*was.used, Span(epoch(before.answered_at), 0, False, now))
        return was._replace(used=used, before=used, given=was.given + was.kept, kept=())
    return was._replace(before=was.used) if before.clock == "paused" and state.clock == "running" else was


def _seconds(spans: Spans, calendar: WorkCalendar) -> int:
    total = 0
    for span in spans:
        base = datetime.fromtimestamp(span.base, calendar.tz)
        begin = measure_for(_kind(span.is_work), calendar).add(base, span.seconds)
        total += max(0, calendar.seconds_between(begin, datetime.fromtimestamp(span.end, calendar.tz)))
    return total


def _clock_run(
    state: State, before: Run | None, charge: Charge, calendar: WorkCalendar, rates: Rates
) -> Run | None:
    """From where the clock runs to its deadline, were nothing charged yet; a clock that stands keeps the one it had."""
    if state.clock == "none" or state.clock_due_at is None:
        return None
    if state.clock == "running":
        clock, is_work = clock_of(state), _has_office_clock(state)
        more = 0 if is_work else clock.credit_s - clock.used_s  # by the clock on the wall, nothing varies
        near_s = clock.limit_s - round(clock.limit_s * rates.yellow_below)
        run = Run(
            _micros(state.clock_since), is_work, clock.limit_s + more, near_s + more, 2 * clock.limit_s + more
        )
    else:
        _require(before is not None)
        assert before is not None
        run = before
    more = _seconds(charge.settled + charge.given, calendar) - _seconds(charge.before, calendar)
    moved = run._replace(due_s=run.due_s + more, near_s=run.near_s + more)
    _check(moved, state.clock_due_at, state.clock_near_at, calendar)
    return run


def _step_run(state: State, calendar: WorkCalendar, rates: Rates) -> Run:
    minutes = rates.minutes.get(state.key)
    _require(bool(minutes))
    seconds = (minutes or 0) * 60
    near_s = round(seconds * (1 - rates.yellow_below))
    run = Run(_micros(state.step_since), _is_work(step_measure(state)), seconds, near_s, seconds)
    _check(run, state.due_at, state.near_at, calendar)
    return run


def _left_run(state: State, before: State | None, calendar: WorkCalendar, rates: Rates) -> Run | None:
    """What the act was measured by, where that is not the deadline of the step it left: a signature has its own."""
    if before is None or state.left_due == before.due_at:
        _require(before is not None or state.left_due is None)
        return None
    seconds = rates.minutes.get("handle/to_sign", 0) * 60
    _require(state.act == "sign" and bool(seconds))
    run = Run(_micros(before.step_since), _is_work(step_measure(before)), seconds)
    _check(run, state.left_due, None, calendar)
    return run


def _check(run: Run, due_at: datetime, near_at: datetime | None, calendar: WorkCalendar) -> None:
    """That the database will find in the story what the story has."""
    time = measure_for(_kind(run.is_work), calendar)
    base = (EPOCH + timedelta(microseconds=run.base_us)).astimezone(calendar.tz)
    _require(time.add(base, run.due_s) == due_at)
    _require(near_at is None or time.add(base, run.near_s) == near_at)


# Timers -------------------------------------------------------------------------


def _waits() -> dict[int, list[tuple[int, str, datetime]]]:
    """Timers of the stories other than the lights': the state in which each stands, its kind and its time."""
    found: dict[int, list[tuple[int, str, datetime]]] = {}
    for story, n, kind, due_at in sql.tuples(TIMERS):
        found.setdefault(story, []).append((n, kind, due_at))
    return found


def _timers(
    states: list[State], waits: list[tuple[int, str, datetime]], calendar: WorkCalendar
) -> Iterator[tuple[int, str, int, int]]:
    """State, kind, and the office seconds since the act that set it. What runs day and night, or was named, moves with the acts."""
    set_by: dict[tuple[str, datetime], State] = {}
    for n, kind, due_at in waits:
        state = set_by.setdefault((kind, due_at), states[n - 1])
        if _is_work(_measure_of(kind, state)):
            seconds = calendar.seconds_between(state.last_at, due_at)
            _require(calendar.add(state.last_at, seconds) == due_at)
            yield n, kind, epoch(state.last_at), seconds


def _measure_of(kind: str, state: State) -> MeasureKind:
    if kind in ("sign", "extend", "suspend", "appeal"):
        return step_measure(state)
    if kind[0] == "m" and kind[1:].isdigit():
        condition = book.book().by_id[state.condition_id]
        stage = next((stage for stage in condition.milestones if str(stage.n) == kind[1:]), None)
        if stage is not None:
            return Limit(stage.limit_value, LimitUnit(stage.limit_unit)).measure
    return MeasureKind.CLOCK
