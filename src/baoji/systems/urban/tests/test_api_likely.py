"""Likely duplicates in a case's JSON: numbers and why, at intake and filing, for who takes in and files."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from tests.town import COVER, EVENT_PLACE, NOW, do, event, new, program, report, walk

from baoji.systems.urban.queries import desk

pytestmark = pytest.mark.django_db
NEAR = {"type": "Point", "coordinates": [EVENT_PLACE["coordinates"][0] + 40 / 91_900, 34.3605]}


def shown(person: str, number: str) -> dict[str, Any]:
    caller = program(person)
    answer = caller.get(f"/api/v1/cases/{number}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("person", ["acceptor.1", "chief.1"])
def test_the_same_component_and_the_same_class_near_by_are_named(person: str) -> None:
    first, second = report(), report("officer.001", now=NOW + timedelta(hours=2))
    (one,) = shown(person, second)["likely_duplicates"]
    assert (one["number"], one["why"], one["metres"], one["status"]) == (first, "same-component", 0, "open")
    rubbish, more = event(), event("officer.001", location=NEAR)
    (other,) = shown(person, more)["likely_duplicates"]
    assert (other["number"], other["why"], other["metres"]) == (rubbish, "same-class-near-by", 40)


def test_what_has_no_class_yet_is_likely_by_its_place() -> None:
    """Neighbours who chose no class report the same thing; what lies elsewhere or came long before is not likely."""
    unclassed: dict[str, Any] = {"class_code": "", "condition": None}
    first, second = event(None, pictures=0, **unclassed), event(None, pictures=0, location=NEAR, **unclassed)
    event(None, pictures=0, now=NOW - timedelta(days=3), **unclassed)
    classed = event()
    near = {one["number"]: one["why"] for one in shown("acceptor.1", second)["likely_duplicates"]}
    assert near == {first: "near-by", classed: "near-by"}
    near = {one["number"]: one["why"] for one in shown("acceptor.1", classed)["likely_duplicates"]}
    assert near == {first: "near-by", second: "near-by"}


def test_a_case_like_no_other_says_so() -> None:
    assert shown("acceptor.1", event())["likely_duplicates"] == []


@pytest.mark.parametrize("step", ["file/accepted", "file/verifying", "file/verified"])
def test_they_are_told_until_the_case_is_filed(step: str) -> None:
    first, number = report(), walk(report("officer.001"), step)
    assert [one["number"] for one in shown("chief.1", number)["likely_duplicates"]] == [first]


@pytest.mark.parametrize(
    ("person", "step"),
    [
        ("collector.01", "file/accepted"),
        ("dispatcher.1", "file/accepted"),
        ("head.1", "file/accepted"),
        ("chief.1", "collect/rejected"),
        ("chief.1", "dispatch/filed"),
        ("acceptor.1", "check/to_check"),
        ("handler.D29", "handle/handling"),
    ],
)
def test_for_others_and_later_nothing_is_looked_up(person: str, step: str) -> None:
    report(component=COVER)
    number = new(step)
    with patch.object(desk, "duplicates") as asked:
        assert "likely_duplicates" not in shown(person, number)
    asked.assert_not_called()


def test_a_merge_takes_a_case_off_the_list() -> None:
    first, second = report(), report("officer.001")
    third = report("collector.02", now=NOW + timedelta(minutes=5))
    do(second, "acceptor.1", "merge", into=first)
    assert [one["number"] for one in shown("acceptor.1", third)["likely_duplicates"]] == [first]


def test_the_document_names_them() -> None:
    document = Client().get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert "likely_duplicates" in document["CaseOut"]["properties"]
    assert set(document["LikelyOut"]["properties"]) == {
        "number",
        "case_number",
        "title",
        "status",
        "created_at",
        "why",
        "metres",
    }
    assert "likely_duplicates" not in document["CaseOut"]["required"]
