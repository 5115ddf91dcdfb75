"""Instants that strangers and phones say: within bounds that the database, the calendar and every page can hold."""

import re
from datetime import UTC, date, datetime, timedelta

# Outside of these no clock of ours ever stands; PostgreSQL would keep what Python cannot read, and no local time exists.
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2200, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A date with a time, as ISO 8601 writes it; a date alone would be read as its first instant.
WITH_A_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}", re.ASCII)
MOST_SKEW_MS = int((LAST - FIRST) / timedelta(milliseconds=1))


def is_sane(at: datetime) -> bool:
    """Whether this can be shown; the bounds themselves are what a wild clock was cut down to."""
    return FIRST < at < LAST


def is_sane_day(day: date) -> bool:
    """Whether all of it, or of the time that it is, lies within the bounds."""
    return FIRST.year <= day.year < LAST.year


def bounded(at: datetime) -> datetime:
    """The instant, or the nearer bound."""
    return at if is_sane(at) else FIRST if at <= FIRST else LAST


def of_milliseconds(ms: int) -> datetime:
    """Milliseconds since 1970, cut down to the bounds."""
    try:
        return bounded(EPOCH + timedelta(milliseconds=ms))
    except OverflowError:
        return FIRST if ms < 0 else LAST


def bounded_skew(ms: int) -> int:
    """How far a clock is off, in milliseconds, at most from one bound to the other."""
    return max(-MOST_SKEW_MS, min(MOST_SKEW_MS, ms))
