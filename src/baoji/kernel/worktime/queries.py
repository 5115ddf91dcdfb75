from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Final

from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.worktime.calendar import HoursPeriod, WorkCalendar, years_with_data
from baoji.kernel.worktime.choices import UNVERIFIED
from baoji.kernel.worktime.entries import CalendarChange, Entry, OfficeHoursEntry, SpecialDayEntry
from baoji.kernel.worktime.models import OfficeHours, SpecialDay

TOPIC: Final = "worktime"
# A city that has not entered its hours yet still has deadlines; the calendar page warns.
USUAL_HOURS: Final = HoursPeriod(date(1970, 1, 1), None, ((time(8), time(12)), (time(14), time(18))))


def office_hours() -> list[OfficeHoursEntry]:
    return [row.entry for row in OfficeHours.objects.order_by("valid_from")]


def special_days(year: int | None = None) -> list[SpecialDayEntry]:
    rows = SpecialDay.objects.order_by("day")
    return [row.entry for row in (rows.filter(day__year=year) if year else rows)]


def load_calendar() -> WorkCalendar:
    """The calendar as the tables have it now; `current_calendar` is the quick way."""
    days = special_days()
    hours = [HoursPeriod(entry.valid_from, entry.valid_to, entry.spans) for entry in office_hours()]
    sure = [entry.day for entry in days if entry.confidence not in UNVERIFIED]
    return WorkCalendar(
        hours or [USUAL_HOURS],
        {entry.day: entry.kind.value for entry in days},
        known_years=years_with_data(sure),
    )


current_calendar: Final[Snapshot[WorkCalendar]] = Snapshot(load_calendar, TOPIC)


def calendar_diff(hours: Iterable[OfficeHoursEntry], days: Iterable[SpecialDayEntry]) -> list[CalendarChange]:
    """What would change if exactly these entries stood in the tables; writes nothing."""
    hours_before = {entry.valid_from: entry for entry in office_hours()}
    days_before = {entry.day: entry for entry in special_days()}
    hours_after = {entry.valid_from: entry for entry in hours}
    days_after = {entry.day: entry for entry in days}
    return [
        *(CalendarChange("office_hours", *change) for change in _changes(hours_before, hours_after)),
        *(CalendarChange("special_day", *change) for change in _changes(days_before, days_after)),
    ]


def _changes(
    before: Mapping[date, Entry], after: Mapping[date, Entry]
) -> list[tuple[date, Entry | None, Entry | None]]:
    pairs = [(key, before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())]
    return [(key, old, new) for key, old, new in pairs if old != new]
