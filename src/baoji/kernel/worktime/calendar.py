"""Working time: how many office seconds lie between two instants, and when a number of them has passed.

All reckoning is in whole seconds; fractions of a second are dropped. Instants must carry a time zone.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from threading import Lock
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

# China has one legal time zone, in every city: a constant, no setting. Statements in .sql files and scripts name it once more.
ZONE: Final = "Asia/Shanghai"
SHANGHAI: Final = ZoneInfo(ZONE)
FIRST_YEAR: Final = 1949
LAST_YEAR: Final = 2199
MIDNIGHT: Final = time(0)
DAY: Final = timedelta(days=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[time, time]
DayKindName = Literal["holiday", "workday"]


class NoWorkingTime(ValueError):
    """The calendar has no answer within the years it reaches (1949 to 2199)."""


class HoursPeriod(NamedTuple):
    """Office hours in force from `valid_from` up to, not including, `valid_to`; None means until further notice.

    Where periods overlap, the one that began last is in force: summer hours may lie over all-year hours.
    A span that ends at 00:00 ends at the day's last midnight.
    """

    valid_from: date
    valid_to: date | None
    spans: tuple[Span, ...]

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class _Table(NamedTuple):
    """Opening intervals of whole years, [lo, hi) in epoch seconds; entry 0 is an empty interval at `lo`."""

    first_year: int
    last_year: int
    lo: int
    hi: int
    opens: list[int]
    closes: list[int]
    # Working seconds from `lo` to the close of each interval, and idle seconds from the epoch up to it:
    # inside interval i, worked = at - idle[i].
    worked: list[int]
    idle: list[int]
    # Where the zone's offset never changes in these years, `steady` is the zone and `anchor` the epoch on its
    # wall clock: subtracting within one zone needs no look-up of offsets, which is most of the cost.
    steady: tzinfo | None
    anchor: datetime

    def worked_at(self, at: int) -> int:
        i = bisect_right(self.opens, at) - 1
        return min(at - self.idle[i], self.worked[i])


def epoch(at: datetime) -> int:
    """Whole seconds since 1970 in UTC; TypeError for an instant without a time zone."""
    since = at - EPOCH
    return since.days * 86400 + since.seconds


def check_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order; ValueError if one is empty or two overlap."""
    ordered = tuple(sorted(spans))
    for i, (start, end) in enumerate(ordered):
        if end != MIDNIGHT and end <= start:
            raise ValueError(f"office hours end before they begin: {start} to {end}")
        if i + 1 < len(ordered) and (end == MIDNIGHT or ordered[i + 1][0] < end):
            raise ValueError(f"office hours overlap: {start} to {end} and {ordered[i + 1][0]}")
    return ordered


def years_with_data(days: Iterable[date]) -> frozenset[int]:
    """A year counts as known once it has a special day between February and November.

    The days around New Year may come with the neighbouring year's notice and prove nothing.
    """
    return frozenset(day.year for day in days if 2 <= day.month <= 11)


class WorkCalendar:
    """Office hours, weekends (Saturday, Sunday), public holidays and 调休 work days of one city.

    Tables are made year by year as they are needed and kept; safe to share between threads.
    """

    def __init__(
        self,
        periods: Iterable[HoursPeriod | tuple[date, date | None, Iterable[Span]]],
        exceptions: Mapping[date, DayKindName] | None = None,
        tz: ZoneInfo = SHANGHAI,
        known_years: Collection[int] | None = None,
    ) -> None:
        """`known_years` are those whose holidays are on record; if left out, see `years_with_data`."""
        self.periods = tuple(
            sorted(
                (HoursPeriod(start, end, check_spans(spans)) for start, end, spans in periods),
                key=lambda period: period.valid_from,
                reverse=True,
            )
        )
        self.exceptions = dict(exceptions or {})
        self.tz = tz
        self.known_years = years_with_data(self.exceptions) if known_years is None else frozenset(known_years)
        self._years: dict[int, list[tuple[int, int]]] = {}
        self._growing = Lock()
        self._table = self._tabulate(2020, 2020)

    def seconds_between(self, a: datetime, b: datetime) -> int:
        """Working seconds from a to b; negative when b is before a."""
        start, end = epoch(a), epoch(b)
        table = self._table
        if not (table.lo <= start < table.hi and table.lo <= end < table.hi):
            table = self._reach(start, end)
        return table.worked_at(end) - table.worked_at(start)

    def add(self, a: datetime, seconds: int) -> datetime:
        """The earliest instant t with `seconds_between(a, t) == seconds`, in the calendar's time zone.

        A deadline that is used up exactly at closing time stays there. Zero returns `a` as it is, also
        outside office hours. Negative seconds look back. Raises NoWorkingTime if there is no such instant.
        """
        if not seconds:
            return a
        # Written out rather than called: a million deadlines a time depend on these lines.
        _, _, lo, hi, opens, _, worked, idle, steady, anchor = self._table
        since = a - (anchor if a.tzinfo is steady else EPOCH)
        at = since.days * 86400 + since.seconds
        if lo <= at < hi:
            i = bisect_right(opens, at) - 1
            target = at - idle[i]
            if target > worked[i]:
                target = worked[i]
            target += seconds
            if 0 < target <= worked[-1]:
                return datetime.fromtimestamp(target + idle[bisect_left(worked, target)], self.tz)
        return datetime.fromtimestamp(self._far(epoch(a), seconds), self.tz)

    def is_working(self, at: datetime) -> bool:
        """True from the second of opening up to, but without, the second of closing."""
        instant = epoch(at)
        table = self._reach(instant, instant)
        return instant < table.closes[bisect_right(table.opens, instant) - 1]

    def turns_at(self, at: datetime) -> datetime:
        """The next instant at which office time ends or, outside it, begins again. Raises NoWorkingTime if it never does."""
        if not self.is_working(at):
            return self.add(at, 1) - timedelta(seconds=1)
        table = self._table
        return datetime.fromtimestamp(table.closes[bisect_right(table.opens, epoch(at)) - 1], self.tz)

    def is_workday(self, day: date) -> bool:
        """By the exceptions first, else by the weekday."""
        kind = self.exceptions.get(day)
        return kind == "workday" if kind else day.weekday() < 5

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Office hours on that day by the clock on the wall; empty on a day off."""
        period = self._period_on(day) if self.is_workday(day) else None
        return period.spans if period else ()

    def intervals(self, first_year: int, last_year: int) -> list[tuple[int, int]]:
        """When offices are open in these years, both included: [opens, closes) in epoch seconds, in order."""
        return [
            interval for year in range(first_year, last_year + 1) for interval in self._intervals_in(year)
        ]

    def _period_on(self, day: date) -> HoursPeriod | None:
        return next((period for period in self.periods if period.covers(day)), None)

    def _intervals_on(self, day: date) -> list[tuple[int, int]]:
        """Opening intervals in epoch seconds. Clock changes may shorten, lengthen or swallow a span."""
        found: list[tuple[int, int]] = []
        for start, end in self.spans_on(day):
            closing_day = day + DAY if end == MIDNIGHT else day
            opens = int(datetime.combine(day, start, self.tz).timestamp())
            closes = int(datetime.combine(closing_day, end, self.tz).timestamp())
            if found:
                opens = max(opens, found[-1][1])
            if opens < closes:
                found.append((opens, closes))
        return found

    def _intervals_in(self, year: int) -> list[tuple[int, int]]:
        if year not in self._years:
            days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
            self._years[year] = [
                interval for day in days if day.year == year for interval in self._intervals_on(day)
            ]
        return self._years[year]

    def _tabulate(self, first_year: int, last_year: int) -> _Table:
        lo = int(datetime(first_year, 1, 1, tzinfo=self.tz).timestamp())
        hi = int(datetime(last_year + 1, 1, 1, tzinfo=self.tz).timestamp())
        opens, closes, worked, idle = [lo], [lo], [0], [lo]
        total = 0
        for year in range(first_year, last_year + 1):
            for start, end in self._intervals_in(year):
                total += end - start
                opens.append(start)
                closes.append(end)
                worked.append(total)
                idle.append(end - total)
        offset = self._steady_offset(first_year, last_year)
        anchor = EPOCH.replace(tzinfo=self.tz) + (offset or timedelta())
        steady = None if offset is None else self.tz
        return _Table(first_year, last_year, lo, hi, opens, closes, worked, idle, steady, anchor)

    def _steady_offset(self, first_year: int, last_year: int) -> timedelta | None:
        """The zone's offset if it is the same on every day of these years and next to them, else None."""
        day = datetime(first_year, 1, 1, tzinfo=self.tz) - DAY
        offset = day.utcoffset()
        while day.year <= last_year:
            day += DAY
            if day.utcoffset() != offset:
                return None
        return offset

    def _grow(self, first_year: int, last_year: int) -> _Table:
        with self._growing:
            table = self._table
            first = max(min(first_year, table.first_year), FIRST_YEAR)
            last = min(max(last_year, table.last_year), LAST_YEAR)
            if (first, last) != (table.first_year, table.last_year):
                table = self._table = self._tabulate(first, last)
            return table

    def _reach(self, *instants: int) -> _Table:
        table = self._table
        for at in instants:
            if not table.lo <= at < table.hi:
                year = datetime.fromtimestamp(at, self.tz).year
                table = self._grow(year, year)
                if not table.lo <= at < table.hi:
                    raise NoWorkingTime(f"the year {year} is beyond the working calendar")
        return table

    def _far(self, at: int, seconds: int) -> int:
        """`add` beyond the years made so far, in growing steps; epoch seconds."""
        table = self._reach(at)
        step = 1
        while True:
            target = table.worked_at(at) + seconds
            if 0 < target <= table.worked[-1]:
                return target + table.idle[bisect_left(table.worked, target)]
            back, ahead = (step, 0) if target <= 0 else (0, step)
            wider = self._grow(table.first_year - back, table.last_year + ahead)
            if wider is table:
                raise NoWorkingTime(f"no working time left for {seconds} s")
            table, step = wider, step * 2
