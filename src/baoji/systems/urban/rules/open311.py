"""GeoReport v2 without HTTP: moments and spans of a query, attributes of a service, words that strangers may read."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

SPAN = timedelta(days=90)  # "may not span more than 90 days"
MOST_REQUESTS = 1000  # "first 1000 requests returned"
LONGEST_DESCRIPTION = 4000

# https://www.w3.org/TR/NOTE-datetime; a `+` that was not escaped in an address arrives as a blank.
W3C = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?P<zone>Z|[+ -]\d\d:?\d\d)?)?)?)?",
    re.IGNORECASE,
)


class Moment(NamedTuple):
    """What was written covers the time from `first` to before `past`: a day, a minute, a second."""

    first: datetime
    past: datetime


def moment(text: str, zone: tzinfo) -> Moment | None:
    """A W3C date and time; one without an offset is in `zone`. None if it is none."""
    found = W3C.fullmatch(text.strip())
    if found is None:
        return None
    part = found.groupdict()
    month, day = int(part["month"] or 1), int(part["day"] or 1)
    micro = int((part["part"] or "0").ljust(6, "0")[:6])
    try:
        first = datetime(
            int(part["year"]),
            month,
            day,
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            micro,
            tzinfo=_zone(part["zone"], zone),
        )
        return Moment(first, first + _length(part, first))
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None, zone: tzinfo) -> tzinfo:
    if not text:
        return zone
    return datetime.fromisoformat(f"2000-01-01T00:00{text.upper().replace(' ', '+')}").tzinfo or zone


def _length(part: Mapping[str, str | None], first: datetime) -> timedelta:
    """How long what was written lasts."""
    if part["part"]:
        return timedelta(microseconds=1)
    for name, length in (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400)):
        if part[name]:
            return timedelta(seconds=length)
    past = first.replace(year=first.year + 1, month=1)
    if part["month"]:
        past = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return past - first


class Span(NamedTuple):
    """From `first` to before `past`."""

    first: datetime
    past: datetime


def span_of(start: Moment | None, end: Moment | None, now: datetime) -> Span | str:
    """The time a query covers, or why it cannot: `reversed`, `too-long`. One end alone reaches 90 days from there."""
    if start and end:
        if end.past <= start.first:
            return "reversed"
        return "too-long" if end.first - start.first > SPAN else Span(start.first, end.past)
    try:
        if start:
            return Span(start.first, start.first + SPAN)
        if end:
            return Span(end.first - SPAN, end.past)
    except OverflowError:
        return "too-long"
    return Span(now - SPAN, now + timedelta(days=1))


# The attributes of a service from the JSON Schema of its class ----------------------------------


def attributes_of(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The schema's properties as a service definition's attributes, in their order."""
    needed = schema.get("required", ())
    return [
        {
            "variable": True,
            "code": code,
            "datatype": _datatype(field),
            "required": code in needed,
            "datatype_description": field.get("description"),
            "order": order,
            "description": field["title"],
            "values": [{"key": str(one["const"]), "name": one["title"]} for one in _choices(field)],
        }
        for order, (code, field) in enumerate(schema["properties"].items(), 1)
    ]


def _choices(field: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = field.get("items", field).get("oneOf", ())
    return found


def _datatype(field: Mapping[str, Any]) -> str:
    if _choices(field):
        return "multivaluelist" if field.get("type") == "array" else "singlevaluelist"
    if field["type"] in {"number", "integer"}:
        return "number"
    if field.get("format") == "date-time":
        return "datetime"
    return "text" if field.get("maxLength", 0) > 200 else "string"


def read_attributes(
    schema: Mapping[str, Any], given: Mapping[str, Sequence[str]], zone: tzinfo
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values sent, typed, and what is wrong by code: unknown, required, several, choice, number, datetime, pattern.

    An empty value counts as none, as the specification wants.
    """
    values: dict[str, Any] = {}
    sent = {code: [text.strip() for text in texts if text.strip()] for code, texts in given.items()}
    wrong = {code: "unknown" for code in sent if code not in schema["properties"]}
    for code, field in schema["properties"].items():
        texts = sent.get(code, [])
        if not texts:
            if code in schema.get("required", ()):
                wrong[code] = "required"
        elif len(texts) > 1 and field.get("type") != "array":
            wrong[code] = "several"
        else:
            found = [_value(field, text, zone) for text in texts]
            fault = next((value.why for value in found if isinstance(value, _Wrong)), "")
            if fault:
                wrong[code] = fault
            else:
                values[code] = found if field.get("type") == "array" else found[0]
    return values, wrong


class _Wrong(NamedTuple):
    why: str


def _value(field: Mapping[str, Any], text: str, zone: tzinfo) -> Any:
    if choices := _choices(field):
        return next((one["const"] for one in choices if str(one["const"]) == text), _Wrong("choice"))
    if field["type"] in {"number", "integer"}:
        plain = re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text)
        if plain is None or (plain[1] and field["type"] == "integer"):
            return _Wrong("number")
        return int(text) if field["type"] == "integer" else float(text)
    if field.get("format") == "date-time":
        found = moment(text, zone) if "T" in text.upper() else None  # a day alone names no moment
        return found.first if found else _Wrong("datetime")
    if not re.fullmatch(field.get("pattern", r"[\s\S]*"), text) or len(text) > field.get("maxLength", 200):
        return _Wrong("pattern")
    return text


def full_name(first: str, last: str) -> str:
    """Family name first where the names are Chinese."""
    if re.search(r"[\u4e00-\u9fff]", first + last):
        return last + first
    return " ".join(part for part in (first, last) if part)
