"""Rows of the working calendar as plain data, and office hours as files and JSON write them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from baoji.kernel.worktime.calendar import MIDNIGHT, Span, check_spans
from baoji.kernel.worktime.choices import Confidence, DayKind

END_OF_DAY: Final = "24:00"


@dataclass(frozen=True, slots=True)
class OfficeHoursEntry:
    """Known by `valid_from`; holds up to, not including, `valid_to`. The later `valid_from` rules an overlap."""

    valid_from: date
    valid_to: date | None
    spans: tuple[Span, ...]
    name: str
    source: str
    confidence: Confidence = Confidence.ONE_SOURCE


@dataclass(frozen=True, slots=True)
class SpecialDayEntry:
    """Known by `day`."""

    day: date
    kind: DayKind
    name: str
    source: str
    confidence: Confidence = Confidence.ONE_SOURCE


def spans_from_json(raw: Any) -> tuple[Span, ...]:
    """Reads `[["08:00", "12:00"], ["14:00", "18:00"]]`; `24:00` ends the day. ValueError if it is not so."""
    if not isinstance(raw, list) or not raw:
        raise ValueError("office hours must be a list of pairs")
    return check_spans(_span(pair) for pair in raw)


def spans_from_text(text: str) -> tuple[Span, ...]:
    """Reads `08:00-12:00;14:00-18:00`, as the city's files write it. ValueError if it is not so."""
    return spans_from_json([[end.strip() for end in part.split("-")] for part in text.split(";")])


def spans_to_json(spans: Iterable[Span]) -> list[list[str]]:
    """What `spans_from_json` reads."""
    return [[f"{start:%H:%M}", END_OF_DAY if end == MIDNIGHT else f"{end:%H:%M}"] for start, end in spans]


def _span(pair: Any) -> Span:
    if (
        not isinstance(pair, list | tuple)
        or len(pair) != 2
        or not all(isinstance(part, str) for part in pair)
    ):
        raise ValueError(f"not a pair of times: {pair}")
    start, end = pair
    return _minute(start), MIDNIGHT if end == END_OF_DAY else _minute(end)


def _minute(text: str) -> time:
    read = time.fromisoformat(text)
    if read.tzinfo or read.second or read.microsecond:
        raise ValueError(f"office hours go by the minute: {text}")
    return read
