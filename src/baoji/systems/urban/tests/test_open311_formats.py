"""XML and JSON are the same tree; the extension decides, then the Accept header."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import RequestFactory

from baoji.systems.urban.api.open311.formats import Answer, as_json, as_xml, response, wanted
from baoji.systems.urban.tests.open311_reading import spark

TREE = [
    {
        "service_request_id": "T1",
        "description": "<b>5 > 3 & 2</b>\nline \x00\x07two\ud7ff",
        "address": None,
        "lat": 34.3605,
        "required": True,
        "order": 1,
        "values": [{"key": "1", "name": "one"}],
        "photos": [],
    }
]


def test_xml_is_the_json_by_the_spark_convention() -> None:
    told = as_xml("service_requests", TREE)
    assert told.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<service_requests><request>')
    found = spark(ElementTree.fromstring(told))[0]
    plain = json.loads(as_json(TREE))[0]
    assert found["description"] == plain["description"].replace("\x00", "").replace("\x07", "")
    assert (found["lat"], found["required"], found["order"]) == ("34.3605", "true", "1")
    assert found["address"] is None and found["photos"] is None
    assert found["values"] == plain["values"]


@pytest.mark.parametrize(
    ("extension", "accept", "kind"),
    [
        ("xml", "application/json", "xml"),
        ("json", "text/xml", "json"),
        ("", "", "xml"),
        ("", "*/*", "xml"),
        ("", "application/json", "json"),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "xml"),
        ("", "text/xml;q=0.5, application/json;q=0.9", "json"),
        ("", "application/json;q=0", "xml"),
    ],
)
def test_the_format_that_was_asked_for(extension: str, accept: str, kind: str) -> None:
    asked: Any = RequestFactory().get("/open311/v2/services", headers={"Accept": accept} if accept else {})
    assert wanted(asked, extension) == kind


@pytest.mark.parametrize(
    ("kind", "mime"), [("xml", "text/xml; charset=utf-8"), ("json", "application/json; charset=utf-8")]
)
def test_the_content_types_are_those_of_the_specification(kind: str, mime: str) -> None:
    made = response(Answer("errors", [], 400, {"Allow": "GET"}), kind)
    assert (made.status_code, made["Content-Type"], made["Allow"]) == (400, mime, "GET")
