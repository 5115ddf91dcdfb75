from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from baoji.kernel.worktime.calendar import SHANGHAI, NoWorkingTime, WorkCalendar
from baoji.kernel.worktime.tests.town_hours import (
    EXCEPTIONS,
    PERIODS,
    SUMMER,
    WINTER,
    at,
    seconds_of,
    town_calendar,
)

CITY = town_calendar()
HOUR = 3600
DAY = 8 * HOUR


@pytest.mark.parametrize(
    ("begin", "hours", "due", "why"),
    [
        ("03-03 09:00", 1, "03-03 10:00", "within the morning"),
        ("03-03 11:00", 2, "03-03 15:00", "across lunch"),
        ("03-03 08:00", 4, "03-03 12:00", "used up exactly at noon, not at two"),
        ("03-03 14:00", 4, "03-03 18:00", "used up exactly at closing, not next morning"),
        ("03-03 12:30", 1, "03-03 15:00", "given at lunch"),
        ("03-03 12:00", 1, "03-03 15:00", "given at the second of closing"),
        ("03-03 06:00", 1, "03-03 09:00", "given before opening"),
        ("03-03 17:00", 2, "03-04 09:00", "over night"),
        ("03-07 17:00", 2, "03-10 09:00", "over the weekend"),
        ("03-08 10:00", 1, "03-10 09:00", "given on Saturday"),
        ("03-03 09:00", 8, "03-04 09:00", "one work day"),
        ("03-03 08:00", 40, "03-07 18:00", "five work days end on Friday evening"),
        ("04-25 17:00", 2, "04-27 09:00", "the Sunday before May Day is worked"),
        ("04-30 17:00", 2, "05-06 09:00", "over the May holiday"),
        ("05-03 10:00", 1, "05-06 09:00", "given in the May holiday"),
        ("10-10 17:00", 2, "10-11 09:00", "Saturday after National Day is worked"),
        ("10-11 17:00", 2, "10-13 09:00", "and the Sunday is not"),
        (
            "05-30 17:00",
            6,
            "06-02 15:30",
            "into summer hours: one on Friday, four on Monday, one after half past two",
        ),
        ("06-02 08:00", 8, "06-03 08:30", "a summer day has seven and a half hours"),
        ("09-30 17:00", 2, "10-09 09:00", "out of summer hours over National Day"),
    ],
)
def test_a_deadline(begin: str, hours: int, due: str, why: str) -> None:
    assert CITY.add(at(begin), hours * HOUR) == at(due), why
    assert CITY.seconds_between(at(begin), at(due)) == hours * HOUR, why


@pytest.mark.parametrize(
    ("begin", "end", "seconds"),
    [
        ("03-03 12:00", "03-03 14:00", 0),
        ("03-03 11:59:59", "03-03 14:00:01", 2),
        ("03-07 18:00", "03-10 08:00", 0),
        ("04-30 18:00", "05-06 08:00", 0),
        ("04-26 00:00", "04-28 00:00", DAY),
        ("10-01 00:00", "11-01 00:00", 18 * DAY),
        ("03-04 10:00", "03-03 10:00", -DAY),
    ],
)
def test_seconds_between(begin: str, end: str, seconds: int) -> None:
    assert CITY.seconds_between(at(begin), at(end)) == seconds


def test_nothing_to_add_leaves_the_instant_alone() -> None:
    sunday = at("03-09 10:00")
    assert CITY.add(sunday, 0) is sunday


def test_looking_back_finds_the_earliest_instant() -> None:
    assert CITY.add(at("03-03 09:00"), -HOUR) == at("02-28 18:00")
    assert CITY.add(at("03-03 09:00"), -2 * HOUR) == at("02-28 17:00")


def test_the_zone_of_the_instant_does_not_matter() -> None:
    local = at("03-03 17:00")
    assert CITY.add(local.astimezone(UTC), 2 * HOUR) == CITY.add(local, 2 * HOUR)
    assert CITY.add(local.astimezone(ZoneInfo("America/New_York")), 2 * HOUR) == at("03-04 09:00")


def test_fractions_of_a_second_are_dropped() -> None:
    late = at("03-03 09:00") + timedelta(microseconds=999_999)
    assert CITY.add(late, 1) == at("03-03 09:00:01")
    assert CITY.seconds_between(at("03-03 09:00"), late) == 0


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        CITY.add(datetime(2025, 3, 3, 9), HOUR)
    with pytest.raises(TypeError):
        CITY.seconds_between(datetime(2025, 3, 3, 9), at("03-03 10:00"))


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("03-03 07:59:59", False),
        ("03-03 08:00", True),
        ("03-03 11:59:59", True),
        ("03-03 12:00", False),
        ("03-08 10:00", False),
        ("04-27 10:00", True),
        ("05-02 10:00", False),
        ("06-02 14:15", False),
    ],
)
def test_is_working(when: str, open_: bool) -> None:
    assert CITY.is_working(at(when)) is open_


@pytest.mark.parametrize(
    ("when", "turns"),
    [
        ("03-03 08:00", "03-03 12:00"),
        ("03-03 11:59:59", "03-03 12:00"),
        ("03-03 12:00", "03-03 14:00"),
        ("03-03 17:30", "03-03 18:00"),
        ("03-03 18:00", "03-04 08:00"),
        ("03-07 22:00", "03-10 08:00"),
        ("04-30 18:00", "05-06 08:00"),
        ("06-02 13:00", "06-02 14:30"),
    ],
)
def test_when_office_time_ends_or_begins_again(when: str, turns: str) -> None:
    assert CITY.turns_at(at(when)) == at(turns)


def test_without_office_hours_nothing_turns() -> None:
    with pytest.raises(NoWorkingTime):
        WorkCalendar([]).turns_at(at("03-03 10:00"))


def test_the_hours_of_a_day() -> None:
    assert CITY.spans_on(date(2025, 7, 1)) == SUMMER
    assert CITY.spans_on(date(2025, 9, 30)) == SUMMER
    assert CITY.spans_on(date(2026, 7, 1)) == WINTER
    assert CITY.spans_on(date(2025, 5, 1)) == ()
    assert seconds_of(CITY, date(2025, 7, 1)) == 7.5 * HOUR
    assert seconds_of(CITY, date(2025, 7, 5)) == 0


def test_a_year_with_holidays_on_record_is_known() -> None:
    assert CITY.known_years == {2025}
    assert WorkCalendar(PERIODS, EXCEPTIONS, known_years=[]).known_years == frozenset()


def test_days_around_new_year_do_not_make_a_year_known() -> None:
    calendar = WorkCalendar(
        PERIODS, EXCEPTIONS | {date(2026, 1, 1): "holiday", date(2024, 12, 31): "holiday"}
    )
    assert calendar.known_years == {2025}


def test_days_before_the_first_office_hours_hold_none() -> None:
    calendar = WorkCalendar([(date(2025, 3, 3), None, WINTER)], EXCEPTIONS)
    assert calendar.seconds_between(at("02-03 09:00"), at("03-03 09:00")) == HOUR


def test_no_answer_is_said_and_not_looked_for_without_end() -> None:
    ended = WorkCalendar([(date(2025, 1, 1), date(2025, 4, 1), WINTER)])
    assert ended.add(at("03-31 17:00"), HOUR) == at("03-31 18:00")
    with pytest.raises(NoWorkingTime):
        ended.add(at("03-31 17:00"), 2 * HOUR)
    with pytest.raises(NoWorkingTime):
        ended.add(at("01-01 09:00"), -2 * HOUR)
    with pytest.raises(NoWorkingTime):
        CITY.add(at("2300-01-01 09:00"), HOUR)
    with pytest.raises(NoWorkingTime):
        WorkCalendar([]).add(at("03-03 09:00"), 1)


def test_far_years_are_reached() -> None:
    assert town_calendar().add(at("2018-01-02 17:00"), 2 * HOUR) == at("2018-01-03 09:00")
    assert town_calendar().add(at("2019-12-31 17:00"), 600 * DAY).year == 2022
    assert town_calendar().add(at("2020-01-02 08:30"), -HOUR) == at("2020-01-01 17:30")
    assert town_calendar().add(at("2020-01-01 09:00"), -HOUR) == at("2019-12-31 18:00")
    assert town_calendar().seconds_between(at("2016-01-04 00:00"), at("2016-01-05 00:00")) == DAY


@pytest.mark.parametrize(
    "spans",
    [
        [(time(12), time(8))],
        [(time(8), time(8))],
        [(time(8), time(12)), (time(11), time(18))],
        [(time(20), time(0)), (time(22), time(23))],
    ],
)
def test_impossible_office_hours_are_refused(spans: list[tuple[time, time]]) -> None:
    with pytest.raises(ValueError):
        WorkCalendar([(date(2025, 1, 1), None, spans)])


def test_a_shift_may_end_at_midnight() -> None:
    calendar = WorkCalendar([(date(2025, 1, 1), None, [(time(20), time(0))])])
    assert seconds_of(calendar, date(2025, 3, 3)) == 4 * HOUR
    assert calendar.add(at("03-03 21:00"), 4 * HOUR) == at("03-04 21:00")


def test_a_zone_that_changes_its_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    every_night = {date(2025, 3, 30): "workday", date(2025, 10, 26): "workday"}
    calendar = WorkCalendar([(date(2025, 1, 1), None, [(time(1), time(5))])], every_night, berlin)
    assert seconds_of(calendar, date(2025, 3, 30)) == 3 * HOUR
    assert seconds_of(calendar, date(2025, 10, 26)) == 5 * HOUR
    begin = datetime(2025, 3, 30, 1, 30, tzinfo=berlin)
    assert calendar.add(begin, HOUR) == datetime(2025, 3, 30, 3, 30, tzinfo=berlin)
    assert calendar.seconds_between(begin, datetime(2025, 3, 30, 3, 30, tzinfo=berlin)) == HOUR


def test_spans_pushed_into_each_other_by_a_clock_change_are_counted_once() -> None:
    spans = [(time(1), time(2, 45)), (time(3), time(5))]  # 02:45 did not exist and comes after 03:00
    calendar = WorkCalendar(
        [(date(2025, 1, 1), None, spans)], {date(2025, 3, 30): "workday"}, ZoneInfo("Europe/Berlin")
    )
    assert seconds_of(calendar, date(2025, 3, 30)) == 3 * HOUR


def test_the_city_when_it_changed_its_clocks() -> None:
    # Summer time held in China from 1986 to 1991: eight in the morning was seven by standard time.
    calendar = WorkCalendar([(date(1985, 1, 1), None, WINTER)])
    assert calendar.add(datetime(1988, 7, 4, 7, tzinfo=SHANGHAI), HOUR).astimezone(UTC).hour == 0
    assert calendar.add(datetime(1995, 7, 4, 7, tzinfo=SHANGHAI), HOUR).astimezone(UTC).hour == 1
