"""Moments, spans, attributes and what strangers may read, without HTTP and without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban.rules.open311 import (
    MOST_REQUESTS,
    SPAN,
    Moment,
    Span,
    attributes_of,
    moment,
    read_attributes,
    span_of,
)
from baoji.systems.urban.rules.redaction import HIDDEN, redacted, unreachable

NOW = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "past"),
    [
        ("1994-11-05T08:15:30-05:00", "1994-11-05T13:15:30", "1994-11-05T13:15:31"),
        ("1994-11-05T13:15:30Z", "1994-11-05T13:15:30", "1994-11-05T13:15:31"),
        ("1994-11-05t13:15:30z", "1994-11-05T13:15:30", "1994-11-05T13:15:31"),
        ("2026-01-01T08:00+08:00", "2026-01-01T00:00:00", "2026-01-01T00:01:00"),
        ("2026-01-01T08:00:00 08:00", "2026-01-01T00:00:00", "2026-01-01T00:00:01"),  # an unescaped +
        ("2026-01-01T08:00:00+0800", "2026-01-01T00:00:00", "2026-01-01T00:00:01"),
        ("2026-01-01T08:00:00", "2026-01-01T00:00:00", "2026-01-01T00:00:01"),  # the city's own time
        ("2026-01-01T00:00:00.25Z", "2026-01-01T00:00:00.250000", "2026-01-01T00:00:00.250001"),
        ("2026-01-31", "2026-01-30T16:00:00", "2026-01-31T16:00:00"),
        ("2026-12", "2026-11-30T16:00:00", "2026-12-31T16:00:00"),
        ("2026", "2025-12-31T16:00:00", "2026-12-31T16:00:00"),
    ],
)
def test_a_moment_covers_what_was_written(text: str, first: str, past: str) -> None:
    found = moment(text, SHANGHAI)
    assert found is not None
    assert (found.first.astimezone(UTC), found.past.astimezone(UTC)) == (utc(first), utc(past))


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z", "01/02/2026", "1767225600", "9999"],
)
def test_what_is_no_moment(text: str) -> None:
    assert moment(text, SHANGHAI) is None


def second(text: str) -> Moment:
    found = moment(text, SHANGHAI)
    assert found is not None
    return found


def test_without_times_the_last_ninety_days() -> None:
    span = span_of(None, None, NOW)
    assert isinstance(span, Span) and span.first == NOW - timedelta(days=90) and span.past > NOW


def test_one_end_reaches_ninety_days() -> None:
    start, end = second("2025-01-01T00:00:00Z"), second("2025-06-30T00:00:00Z")
    assert span_of(start, None, NOW) == Span(start.first, start.first + SPAN)
    assert span_of(None, end, NOW) == Span(end.first - SPAN, end.past)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", ""),  # exactly 90 days
        ("2026-01-01T00:00:00Z", "2026-04-01T00:00:01Z", "too-long"),
        ("2026-01-01", "2026-04-01", ""),  # days, the last one included
        ("2026-01-01", "2026-04-02", "too-long"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ""),  # one second
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "reversed"),
    ],
)
def test_both_ends_may_span_ninety_days(start: str, end: str, found: str) -> None:
    span = span_of(second(start), second(end), NOW)
    assert span == found if found else isinstance(span, Span)


def test_the_volume_is_that_of_the_specification() -> None:
    assert (MOST_REQUESTS, SPAN.days) == (1000, 90)


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "WHISHETN": {
            "title": "Make",
            "description": "pick one",
            "oneOf": [{"const": 123, "title": "Ford"}, {"const": 124, "title": "Chrysler"}],
            "type": "integer",
        },
        "COLOURS": {
            "title": "Colours",
            "type": "array",
            "items": {"oneOf": [{"const": "r", "title": "red"}, {"const": "b", "title": "blue"}]},
        },
        "HOWMANYD": {"title": "Days", "type": "integer"},
        "WIDTH": {"title": "Width", "type": "number"},
        "SINCE": {"title": "Since", "type": "string", "format": "date-time"},
        "PLATE": {"title": "Plate", "type": "string", "pattern": "[A-Z0-9]{3,7}"},
        "STORY": {"title": "Story", "type": "string", "maxLength": 1000},
    },
    "required": ["HOWMANYD"],
}


def test_a_schema_becomes_attributes_of_every_datatype() -> None:
    found = attributes_of(SCHEMA)
    assert [one["datatype"] for one in found] == [
        "singlevaluelist",
        "multivaluelist",
        "number",
        "number",
        "datetime",
        "string",
        "text",
    ]
    assert [one["order"] for one in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [one["code"] for one in found if one["required"]] == ["HOWMANYD"]
    assert found[0] == {
        "variable": True,
        "code": "WHISHETN",
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": "pick one",
        "order": 1,
        "description": "Make",
        "values": [{"key": "123", "name": "Ford"}, {"key": "124", "name": "Chrysler"}],
    }
    assert found[3]["values"] == []


def test_attributes_are_read_as_their_types() -> None:
    values, wrong = read_attributes(
        SCHEMA,
        {
            "WHISHETN": ["124"],
            "COLOURS": ["r", "b"],
            "HOWMANYD": ["3"],
            "WIDTH": ["1.5"],
            "SINCE": ["2026-01-01T00:00:00Z"],
            "PLATE": [""],
            "STORY": ["two\nlines"],
        },
        SHANGHAI,
    )
    assert not wrong
    assert values == {
        "WHISHETN": 124,
        "COLOURS": ["r", "b"],
        "HOWMANYD": 3,
        "WIDTH": 1.5,
        "SINCE": utc("2026-01-01T00:00:00"),
        "STORY": "two\nlines",
    }


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"HOWMANYD": [""]}, {"HOWMANYD": "required"}),
        ({}, {"HOWMANYD": "required"}),
        ({"HOWMANYD": ["three"]}, {"HOWMANYD": "number"}),
        ({"HOWMANYD": ["1.5"]}, {"HOWMANYD": "number"}),
        ({"HOWMANYD": ["1", "2"]}, {"HOWMANYD": "several"}),
        ({"HOWMANYD": ["1"], "WHISHETN": ["125"]}, {"WHISHETN": "choice"}),
        ({"HOWMANYD": ["1"], "COLOURS": ["r", "g"]}, {"COLOURS": "choice"}),
        ({"HOWMANYD": ["1"], "SINCE": ["soon"]}, {"SINCE": "datetime"}),
        ({"HOWMANYD": ["1"], "PLATE": ["??"]}, {"PLATE": "pattern"}),
        ({"HOWMANYD": ["1"], "STORY": ["x" * 1001]}, {"STORY": "pattern"}),
        ({"HOWMANYD": ["1"], "NOSUCH": ["1"]}, {"NOSUCH": "unknown"}),
    ],
)
def test_what_is_wrong_with_an_attribute(given: dict[str, list[str]], why: dict[str, str]) -> None:
    assert read_attributes(SCHEMA, given, SHANGHAI)[1] == why


@pytest.mark.parametrize(
    "secret",
    [
        "13912345678",
        "139 1234 5678",
        "+86 139-1234-5678",
        "0917-3261234",
        "3261234",
        "610302199001011234",
        "61030219900101123X",
        "who.else@example.org",
        "陕C12345",
        "陕C·D12345",
        "王先生",
        "3号楼2单元501室",
        "501室",
        "3单元402",
        "5-2-301",
        "李小龙",
    ],
)
def test_what_leads_to_a_person_is_hidden(secret: str) -> None:
    told = redacted(f"垃圾堆在路边，{secret}。", ["李小龙"])
    assert secret not in told and HIDDEN in told and told.startswith("垃圾堆在路边，")


@pytest.mark.parametrize(
    "text",
    [
        "经二路 12 号门前井盖破损，约 25 平方厘米",
        "2026年3月17日 10:30 起积水 15 cm",
        "the cover at No. 12 rattles",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redacted(text, ["", "王"]) == text


def test_the_number_in_the_street_stays_and_the_door_does_not() -> None:
    assert redacted("家住中山东路12号3单元402") == "家住中山东路12号***"


def test_who_does_the_work_is_told_where_and_not_whom_to_call() -> None:
    told = unreachable("3号楼2单元门口井盖坏了，联系李小龙 13812345678", ["李小龙", "13812345678"])
    assert told == "3号楼2单元门口井盖坏了，联系*** ***"
