"""The calendar of these tests: winter hours all year, summer hours over them, the holidays of 2025."""

from datetime import date, datetime, time, timedelta

from baoji.kernel.worktime.calendar import SHANGHAI, HoursPeriod, WorkCalendar

WINTER = ((time(8), time(12)), (time(14), time(18)))
SUMMER = ((time(8), time(12)), (time(14, 30), time(18)))
PERIODS = [
    HoursPeriod(date(2015, 1, 1), None, WINTER),
    HoursPeriod(date(2025, 6, 1), date(2025, 10, 1), SUMMER),
]
HOLIDAYS = [date(2025, 1, 1)]
HOLIDAYS += [date(2025, 5, 1) + timedelta(days=n) for n in range(5)]
HOLIDAYS += [date(2025, 10, 1) + timedelta(days=n) for n in range(8)]
WORKDAYS = [date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11)]
EXCEPTIONS = {day: "holiday" for day in HOLIDAYS} | {day: "workday" for day in WORKDAYS}


def town_calendar() -> WorkCalendar:
    return WorkCalendar(PERIODS, EXCEPTIONS)


def at(text: str) -> datetime:
    """`05-06 09:00` of 2025 in local time; a year may stand before it."""
    return datetime.fromisoformat(text if text.count("-") == 2 else f"2025-{text}").replace(tzinfo=SHANGHAI)


def seconds_of(calendar: WorkCalendar, day: date) -> int:
    """Working seconds from midnight to midnight on the wall clock."""
    start, end = (datetime.combine(each, time(0), calendar.tz) for each in (day, day + timedelta(days=1)))
    return calendar.seconds_between(start, end)
