"""A form that knows nothing but the schema, and the facts that come back from it."""

from typing import Any

import pytest
from django.http import QueryDict

from baoji.kernel.ui.schema_form import facts_from, fields_of


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def kind_of(spec: dict[str, Any], required: bool = True) -> str:
    given = schema(fact=spec)
    if not required:
        given["required"] = []
    return fields_of(given)[0].kind


@pytest.mark.parametrize(
    ("spec", "required", "kind"),
    [
        ({"type": "string"}, True, "textarea"),
        ({"type": "string", "maxLength": 40}, True, "text"),
        ({"type": "string", "pattern": "^[0-9]{16}$"}, True, "text"),
        ({"type": "string", "format": "date-time"}, True, "datetime"),
        ({"type": "string", "format": "date"}, True, "date"),
        ({"type": "string", "x-search": "/bodies"}, True, "search"),
        ({"type": "string", "enum": ["a", "b"]}, True, "radios"),
        ({"type": "string", "enum": ["a", "b", "c", "d"]}, True, "select"),
        ({"type": "string", "enum": ["a", "b"]}, False, "select"),
        ({"type": "boolean"}, True, "radios"),
        ({"type": "boolean"}, False, "checkbox"),
        ({"type": "boolean", "default": True}, True, "checkbox"),
        ({"type": "integer"}, True, "number"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, True, "checkboxes"),
        ({"type": "array", "items": {"enum": list("abcdefghij")}}, True, "select"),
        ({"type": "object", "properties": {"coordinates": {}}}, True, "place"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, False, "number"),
        ({"type": ["string", "null"], "format": "date"}, False, "date"),
    ],
)
def test_control_for_each_kind_of_fact(spec: dict[str, Any], required: bool, kind: str) -> None:
    assert kind_of(spec, required) == kind


def test_choices_carry_the_titles_of_one_of() -> None:
    spec = {
        "type": "boolean",
        "oneOf": [{"const": True, "title": "已修好"}, {"const": False, "title": "没有修好"}],
    }
    assert fields_of(schema(fixed=spec))[0].choices == [("true", "已修好"), ("false", "没有修好")]


def test_what_was_typed_wins_over_the_proposal() -> None:
    spec = {"type": "string", "x-search": "/bodies", "default": "610300-11", "x-default-title": "市排水公司"}
    assert fields_of(schema(to=spec))[0].value == "610300-11"
    again = fields_of(schema(to=spec), {"to": "610302-03"}, {"to": "没有这个单位"})[0]
    assert (again.value, again.error) == ("610302-03", "没有这个单位")


def test_a_form_brings_back_typed_facts() -> None:
    given = schema(
        to={"type": "string"},
        co_handlers={"type": "array", "items": {"type": "string"}, "x-search": "/bodies"},
        n={"type": "integer"},
        reply_by={"type": "string", "format": "date-time"},
        fixed={"type": "boolean"},
        location={"type": "object", "properties": {"coordinates": {}}},
        caller={"type": "object", "properties": {"name": {"type": "string"}, "phone": {"type": "string"}}},
    )
    sent = QueryDict(
        "to= 610300-11 &co_handlers=610300-21、610302-03&n=2&reply_by=2026-11-24T12:54&fixed=false"
        "&location.lon=107.14&location.lat=34.36&caller.name=李静&caller.phone="
    )
    assert facts_from(given, sent) == {
        "to": "610300-11",
        "co_handlers": ["610300-21", "610302-03"],
        "n": 2,
        "reply_by": "2026-11-24T12:54:00+08:00",
        "fixed": False,
        "location": {"type": "Point", "coordinates": [107.14, 34.36]},
        "caller": {"name": "李静"},
    }


def test_an_unticked_box_is_no_and_a_question_not_asked_is_nothing() -> None:
    given = schema(copy={"type": "boolean"})
    assert facts_from(given, QueryDict("copy.asked=1")) == {"copy": False}
    assert facts_from(given, QueryDict("")) == {}


def test_what_is_no_number_goes_on_to_the_acts_own_check() -> None:
    assert facts_from(schema(n={"type": "integer"}), QueryDict("n=abc")) == {"n": "abc"}
