from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baoji.kernel.worktime.clock import Clock, ClockError, light
from baoji.kernel.worktime.limits import Limit, LimitUnit, MeasureKind
from baoji.kernel.worktime.tests.town_hours import at, town_calendar

CITY = town_calendar()
HOUR = 3600
TWO_DAYS = Limit(2, LimitUnit.WORK_DAY)
URGENT = Limit(2, LimitUnit.URGENT_HOUR)


def test_from_dispatch_to_answer() -> None:
    clock = Clock.fresh(TWO_DAYS, at("03-06 10:00"))
    assert clock.due_at(CITY) == at("03-10 10:00")
    assert clock.spent(CITY, at("03-07 10:00")) == 8 * HOUR
    answered = clock.stop(CITY, at("03-07 17:00"))
    assert (answered.used_s, answered.runs, answered.due_at(CITY)) == (13 * HOUR, False, None)
    assert answered.spent(CITY, at("04-01 09:00")) == 13 * HOUR
    assert answered.left(CITY, at("04-01 09:00")) == 3 * HOUR


def test_pause_and_resume() -> None:
    paused = Clock.fresh(TWO_DAYS, at("03-06 10:00")).pause(CITY, at("03-06 16:00"))
    resumed = paused.resume(at("05-03 11:00"))
    assert resumed.spent(CITY, at("05-03 11:00")) == 4 * HOUR
    # Twelve hours are left from the first morning after the May holiday.
    assert resumed.due_at(CITY) == at("05-07 12:00")


def test_a_clock_starts_and_stops_once() -> None:
    clock = Clock.fresh(TWO_DAYS)
    with pytest.raises(ClockError):
        clock.stop(CITY, at("03-06 10:00"))
    with pytest.raises(ClockError):
        clock.start(at("03-06 10:00")).start(at("03-06 11:00"))


def test_an_answer_sent_back_counts_as_never_given() -> None:
    clock = Clock.fresh(TWO_DAYS, at("03-06 10:00"))
    answered = clock.stop(CITY, at("03-06 17:00"))
    again = answered.reopen(CITY, at("03-07 11:00"), stopped_at=at("03-06 17:00"))
    assert again.due_at(CITY) == clock.due_at(CITY)
    assert again.spent(CITY, at("03-07 15:00")) == clock.spent(CITY, at("03-07 15:00"))


def test_reviewers_time_beyond_their_limit_is_given_back() -> None:
    answered = Clock.fresh(TWO_DAYS, at("03-06 10:00")).stop(CITY, at("03-06 17:00"))
    again = answered.reopen(CITY, at("03-07 11:00"), stopped_at=at("03-06 17:00"), credit_s=3 * HOUR)
    assert again.due_at(CITY) == at("03-10 15:00")
    more = answered.reopen(CITY, at("03-07 11:00"), stopped_at=at("03-06 17:00"), credit_s=99 * HOUR)
    assert more.credit_s == 4 * HOUR  # no more than the review took


def test_an_answer_sent_back_late_is_overdue_since_the_old_due_time() -> None:
    clock = Clock.fresh(URGENT, at("03-08 10:00"))
    again = clock.stop(CITY, at("03-08 11:00")).reopen(CITY, at("03-08 15:00"), stopped_at=at("03-08 11:00"))
    assert again.due_at(CITY) == at("03-08 12:00")
    assert again.left(CITY, at("03-08 15:00")) == -3 * HOUR


def test_an_extension_moves_the_due_time() -> None:
    clock = Clock.fresh(TWO_DAYS, at("03-06 10:00")).extend(TWO_DAYS.seconds)
    assert clock.due_at(CITY) == at("03-12 10:00")
    with pytest.raises(ValueError):
        clock.extend(0)


def test_near_milestone_and_twice_overdue() -> None:
    clock = Clock.fresh(TWO_DAYS, at("03-06 08:00"))
    assert clock.due_at(CITY) == at("03-07 18:00")
    assert clock.near_at(CITY) == at("03-07 14:48")
    assert clock.near_at(CITY, share=0.5) == at("03-06 18:00")
    assert clock.instant_at(CITY, HOUR) == at("03-06 09:00")
    assert clock.instant_at(CITY, 2 * clock.limit_s) == at("03-11 18:00")


def test_a_machine_clock_set_back_counts_nothing() -> None:
    clock = Clock.fresh(TWO_DAYS, at("03-06 10:00"))
    assert clock.spent(CITY, at("03-06 09:00")) == 0
    assert clock.stop(CITY, at("03-06 09:00")).used_s == 0


@pytest.mark.parametrize(
    ("now", "colour"),
    [
        ("03-07 14:47:59", "green"),
        ("03-07 14:48", "yellow"),
        ("03-07 18:00", "yellow"),
        ("03-07 18:00:01", "red"),
    ],
)
def test_lights(now: str, colour: str) -> None:
    clock = Clock.fresh(TWO_DAYS, at("03-06 08:00"))
    assert light(at(now), clock.due_at(CITY), clock.near_at(CITY)) == colour


def test_no_light_without_a_due_time() -> None:
    assert light(at("03-06 08:00"), None, None) is None


moments = st.datetimes(datetime(2025, 4, 1), datetime(2025, 10, 31)).map(
    lambda d: at(d.isoformat(" ", "seconds"))
)


@given(
    st.sampled_from(MeasureKind),
    moments,
    st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    st.integers(1, 10**6),
)
def test_reopening_is_as_if_never_stopped(
    measure: MeasureKind, begin: datetime, gaps: list[int], limit: int
) -> None:
    stop, back, look = (begin + timedelta(seconds=sum(gaps[: n + 1])) for n in range(3))
    never = Clock(measure, limit, since=begin)
    again = never.stop(CITY, stop).reopen(CITY, back, stopped_at=stop)
    assert again.spent(CITY, look) == never.spent(CITY, look)
    due = again.due_at(CITY)
    # Where everything is used up at the very reopening the due time is that instant, else the old one.
    assert due == (back if again.used_s == limit else never.due_at(CITY))


@given(st.sampled_from(MeasureKind), moments, st.lists(st.integers(0, 10**5), min_size=6, max_size=6))
def test_only_running_time_is_charged(measure: MeasureKind, begin: datetime, gaps: list[int]) -> None:
    times = [begin + timedelta(seconds=sum(gaps[:n])) for n in range(7)]
    clock, charged = Clock(measure, 10**6), 0
    for start, stop in zip(times[::2], times[1::2], strict=False):
        charged += Clock(measure, 1, since=start).spent(CITY, stop)
        clock = clock.start(start).stop(CITY, stop)
    assert clock.spent(CITY, times[-1]) == charged
