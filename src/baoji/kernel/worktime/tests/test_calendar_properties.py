"""What must hold for any instants and spans, and a count minute by minute to compare with."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from baoji.kernel.worktime.bench import plain_add
from baoji.kernel.worktime.calendar import SHANGHAI, WorkCalendar
from baoji.kernel.worktime.tests.town_hours import (
    EXCEPTIONS,
    HOLIDAYS,
    SUMMER,
    WINTER,
    WORKDAYS,
    town_calendar,
)

CITY = town_calendar()
BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = WorkCalendar(
    [(date(2000, 1, 1), None, [(time(0, 30), time(4)), (time(22), time(0))])],
    {date(2025, 3, 30): "workday", date(2025, 10, 26): "workday"},
    BERLIN,
)
seconds = st.integers(1, 60 * 8 * 3600)
instants = st.datetimes(
    datetime(2024, 6, 1), datetime(2026, 6, 1), timezones=st.sampled_from([UTC, SHANGHAI, BERLIN])
)
calendars = st.sampled_from([CITY, NIGHTS])
TICK = timedelta(seconds=1)


@given(calendars, instants, seconds)
def test_adding_and_counting_undo_each_other(calendar: WorkCalendar, a: datetime, n: int) -> None:
    assert calendar.seconds_between(a, calendar.add(a, n)) == n
    assert calendar.seconds_between(a, calendar.add(a, -n)) == -n


@given(calendars, instants, seconds)
def test_the_deadline_is_the_earliest_instant(calendar: WorkCalendar, a: datetime, n: int) -> None:
    # Through UTC: subtracting on a wall clock that changes would not go one second back.
    before = calendar.add(a, n).astimezone(UTC) - TICK
    assert calendar.seconds_between(a, before) == n - 1


@given(calendars, instants, instants, instants)
def test_parts_add_up(calendar: WorkCalendar, a: datetime, b: datetime, c: datetime) -> None:
    between = calendar.seconds_between
    assert between(a, c) == between(a, b) + between(b, c)
    assert between(a, b) == -between(b, a)


@given(calendars, instants, seconds, seconds)
def test_two_steps_are_one(calendar: WorkCalendar, a: datetime, n: int, m: int) -> None:
    assert calendar.add(calendar.add(a, n), m) == calendar.add(a, n + m)


@given(calendars, instants, instants, seconds, seconds)
def test_later_or_longer_is_never_due_earlier(
    calendar: WorkCalendar, a: datetime, b: datetime, n: int, m: int
) -> None:
    assert calendar.add(min(a, b), n) <= calendar.add(max(a, b), n)
    assert calendar.add(a, min(n, m)) <= calendar.add(a, max(n, m))


@given(instants, seconds)
@settings(max_examples=50)
def test_the_plain_walk_agrees(a: datetime, n: int) -> None:
    whole = a.replace(microsecond=0)
    assert plain_add(CITY, whole, n) == CITY.add(whole, n)


def office_minute(at: datetime) -> bool:
    """Said again from the raw tables, without the calendar's own code."""
    local = at.astimezone(SHANGHAI)
    day = local.date()
    works = day in WORKDAYS if day in EXCEPTIONS else local.isoweekday() <= 5
    spans = SUMMER if date(2025, 6, 1) <= day <= date(2025, 9, 30) else WINTER
    return works and any(start <= local.time() < end for start, end in spans)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 1)), st.integers(0, 5 * 1440))
@settings(max_examples=60, deadline=None)
def test_minute_by_minute(begin: datetime, minutes: int) -> None:
    a = begin.replace(second=0, microsecond=0, tzinfo=UTC)
    counted = sum(office_minute(a + timedelta(minutes=n)) for n in range(minutes))
    assert CITY.seconds_between(a, a + timedelta(minutes=minutes)) == counted * 60


@given(st.sampled_from(HOLIDAYS), st.integers(-2, 2), st.integers(0, 1439), st.integers(1, 1200))
@settings(max_examples=60, deadline=None)
def test_deadlines_minute_by_minute_around_holidays(day: date, off: int, minute: int, left: int) -> None:
    a = datetime.combine(day, time(0), SHANGHAI) + timedelta(days=off, minutes=minute)
    wanted, at = left, a
    while wanted:
        wanted -= office_minute(at)
        at += timedelta(minutes=1)
    assert CITY.add(a, left * 60) == at
