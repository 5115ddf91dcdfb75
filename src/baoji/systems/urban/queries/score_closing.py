"""`add(due, seconds)` in office time as pieces that PostgreSQL can work out for a million cases.

Between two neighbouring cuts the sum either moves along with the deadline or stands still (outside office hours), so
it is `greatest(due, anchor) + plus` with the anchor and the addition of the piece that `width_bucket` finds.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baoji.kernel.worktime.calendar import MIDNIGHT, WorkCalendar

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Pieces:
    """`cuts` are first instants of the pieces; parallel lists."""

    cuts: list[datetime]
    anchors: list[datetime]
    plus: list[timedelta]


def pieces(calendar: WorkCalendar, start: datetime, end: datetime, seconds: int) -> Pieces:
    """Exact for deadlines from `start` to `end`."""
    made = Pieces([], [], [])
    first, last = (at.astimezone(calendar.tz).date() for at in (start, end))
    if seconds <= 0:
        return Pieces([start - DAY], [start - DAY], [timedelta()])
    ends = _ends(calendar, first - DAY, last + DAY)
    low, high = (
        datetime.combine(day, datetime.min.time(), calendar.tz) for day in (first - DAY, last + 2 * DAY)
    )
    marks = sorted(
        {
            low,
            high,
            *ends,
            *(
                calendar.add(at, -seconds)
                for at in [*ends, *_ends(calendar, last + 2 * DAY, last + 30 * DAY)]
            ),
        }
    )
    marks = [at for at in marks if low <= at <= high]
    for a, b in zip(marks, marks[1:], strict=False):
        after_a, after_b = calendar.add(min(a + SECOND, b), seconds), calendar.add(b, seconds)
        moves = after_a != after_b or b - a <= SECOND
        made.cuts.append(a + TICK)
        made.anchors.append(a if moves else b)
        made.plus.append(after_b - b)
    return made


def _ends(calendar: WorkCalendar, first: date, last: date) -> list[datetime]:
    """Opening and closing instants of all office hours on these days."""
    found = []
    for n in range((last - first).days + 1):
        day = first + n * DAY
        for opens, closes in calendar.spans_on(day):
            found.append(datetime.combine(day, opens, calendar.tz))
            found.append(datetime.combine(day + DAY if closes == MIDNIGHT else day, closes, calendar.tz))
    return found
