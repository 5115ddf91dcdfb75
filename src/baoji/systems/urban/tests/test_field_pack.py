"""What a phone takes along: its own area and nothing of others'; what it is asked to do."""

import pytest
from django.test import Client
from tests.town import case, do, new, who

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import new_token
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db


def client(code: str) -> Client:
    return Client(HTTP_AUTHORIZATION=f"Bearer {new_token(who(code).id or 0, 'test')}")


def test_a_collector_takes_along_what_stands_in_the_own_grids() -> None:
    found = client("collector.01").get("/api/v1/field/pack").json()
    grids = sql.value(
        "SELECT unit_grids FROM urban_responsibility_grid WHERE collector_id = %s", [who("collector.01").id]
    )
    there = {
        row[0] for row in sql.tuples("SELECT code FROM urban_component WHERE unit_grid = ANY(%s)", [grids])
    }
    assert {one[0] for one in found["components"]} == there and there
    west, south, east, north = found["box"]
    assert all(west < one[3] < east and south < one[4] < north for one in found["components"])
    assert found["photos"]["report"][0] >= 1 and found["door"] == "collector"
    assert all(tile.startswith("/tiles/city/") for tile in found["tiles"]) and found["tiles"]


def test_the_tiles_of_the_pack_are_there() -> None:
    asked = client("collector.01")
    for tile in asked.get("/api/v1/field/pack").json()["tiles"][:20]:
        assert asked.get(tile).status_code in {200, 204}, tile


def test_a_pack_that_has_not_changed_is_not_sent_again() -> None:
    asked = client("collector.01")
    first = asked.get("/api/v1/field/pack")
    assert asked.get("/api/v1/field/pack", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_who_has_no_area_takes_the_neighbourhood() -> None:
    asked = client("officer.001")
    assert asked.get("/api/v1/field/pack").json()["components"] == []
    assert asked.get("/api/v1/field/pack?lon=107.1485&lat=34.3605").json()["components"]


def test_tasks_are_told_and_those_that_went_too() -> None:
    number = new("check/checking")
    code = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    asked = client(code)
    found = asked.get("/api/v1/field/tasks").json()
    assert [(one["number"], one["act"]) for one in found["items"]] == [(number, "check_answer")]
    do(number, "chief.1", "void")
    found = asked.get(f"/api/v1/field/tasks?have={number}").json()
    assert (found["items"], [one["number"] for one in found["gone"]]) == ([], [number])
    assert public.field_tasks(who("collector.03")) == []
