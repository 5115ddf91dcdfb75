"""Periods of the score: day, week, month, quarter, half-year, year (CJ/T 292), or any span of days. Plain Python."""

from dataclasses import dataclass
from datetime import date, timedelta

KINDS = ("day", "week", "month", "quarter", "half", "year", "any")
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days from `first` up to, not including, `end`."""

    kind: str
    first: date
    end: date

    @property
    def last(self) -> date:
        return self.end - DAY

    @property
    def number(self) -> int:
        """Which one of its year: the month 1–12, the quarter 1–4, the half 1–2, the ISO week; of a month: the day."""
        if self.kind == "week":
            return self.first.isocalendar().week
        if self.kind == "day":
            return self.first.day
        return (self.first.month - 1) // MONTHS.get(self.kind, 1) + 1

    def before(self) -> "Span":
        return (
            of(self.kind, self.first - DAY)
            if self.kind != "any"
            else any_days(self.first - (self.end - self.first), self.last_before)
        )

    def after(self) -> "Span":
        return (
            of(self.kind, self.end)
            if self.kind != "any"
            else any_days(self.end, self.end + (self.end - self.first) - DAY)
        )

    @property
    def last_before(self) -> date:
        return self.first - DAY


def of(kind: str, day: date) -> Span:
    """The period of this kind in which the day lies."""
    if kind == "day":
        return Span(kind, day, day + DAY)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(kind, monday, monday + timedelta(days=7))
    months = MONTHS[kind]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Span(kind, first, _plus_months(first, months))


def any_days(first: date, last: date) -> Span:
    """Both days count. ValueError if they are the wrong way round."""
    if last < first:
        raise ValueError(f"{last} is before {first}")
    return Span("any", first, last + DAY)


def _plus_months(first: date, months: int) -> date:
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)
