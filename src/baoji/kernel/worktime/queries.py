"""The working calendar as the tables have it, kept in the process. Its rows are edited as registers, or loaded from files."""

from datetime import date, time
from typing import Final

from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.worktime.calendar import HoursPeriod, WorkCalendar, years_with_data
from baoji.kernel.worktime.choices import UNVERIFIED
from baoji.kernel.worktime.entries import OfficeHoursEntry, SpecialDayEntry
from baoji.kernel.worktime.models import OfficeHours, SpecialDay

TOPIC: Final = "worktime"
# A city that has not entered its hours yet still has deadlines; the calendar page warns.
USUAL_HOURS: Final = HoursPeriod(date(1970, 1, 1), None, ((time(8), time(12)), (time(14), time(18))))


def office_hours() -> list[OfficeHoursEntry]:
    """Every row, the earliest first."""
    return [row.entry for row in OfficeHours.objects.order_by("valid_from")]


def special_days() -> list[SpecialDayEntry]:
    """Every holiday and work day on record, the earliest first."""
    return [row.entry for row in SpecialDay.objects.order_by("day")]


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
