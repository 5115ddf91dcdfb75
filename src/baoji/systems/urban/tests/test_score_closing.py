"""The pieces that PostgreSQL adds office time with, against the calendar itself."""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from baoji.kernel.worktime.calendar import SHANGHAI, HoursPeriod, WorkCalendar
from baoji.systems.urban.queries.score_closing import Pieces, pieces

WINTER = ((time(8), time(12)), (time(14), time(18)))
SUMMER = ((time(8), time(12)), (time(14, 30), time(18, 30)))
CALENDAR = WorkCalendar(
    [HoursPeriod(date(2026, 1, 1), date(2026, 5, 1), WINTER), HoursPeriod(date(2026, 5, 1), None, SUMMER)],
    {
        date(2026, 5, 1): "holiday",
        date(2026, 5, 4): "holiday",
        date(2026, 5, 5): "holiday",
        date(2026, 5, 9): "workday",
    },
)
START, END = datetime(2026, 4, 20, tzinfo=SHANGHAI), datetime(2026, 5, 20, tzinfo=SHANGHAI)
WEEKS = int((END - START).total_seconds())


def added(made: Pieces, due: datetime) -> datetime:
    """What the statement of the score does."""
    i = bisect_right(made.cuts, due) - 1
    return max(due, made.anchors[i]) + made.plus[i]


@given(st.integers(0, WEEKS), st.sampled_from([60, 105 * 60, 4 * 3600, 8 * 3600, 11 * 3600 + 7, 40 * 3600]))
@settings(max_examples=400, deadline=None)
def test_the_pieces_add_as_the_calendar_does(after: int, seconds: int) -> None:
    due = START + timedelta(seconds=after)
    assert added(pieces(CALENDAR, START, END, seconds), due) == CALENDAR.add(due, seconds)


def test_at_the_seams_of_office_hours() -> None:
    made = pieces(CALENDAR, START, END, 105 * 60)
    for day in ("2026-04-30", "2026-05-06", "2026-05-09"):
        for hour in (
            "07:59:59",
            "08:00:00",
            "10:15:00",
            "10:15:01",
            "12:00:00",
            "13:00:00",
            "14:30:00",
            "18:00:00",
            "18:30:00",
            "23:59:59",
        ):
            due = datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=SHANGHAI)
            assert added(made, due) == CALENDAR.add(due, 105 * 60), due


def test_without_stage_limits_nothing_is_added() -> None:
    assert added(pieces(CALENDAR, START, END, 0), START + timedelta(days=3)) == START + timedelta(days=3)
