"""What a phone takes along: its own area and nothing of others'; what it is asked to do."""

from gzip import decompress
from math import asinh, pi, radians, tan

import pytest
from django.test import Client
from tests.town import COVER, NOW, case, do, new, program, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db


def test_a_collector_takes_along_what_stands_in_the_own_grids() -> None:
    found = program("collector.01").get("/api/v1/field/pack").json()
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
    asked = program("collector.01")
    for tile in asked.get("/api/v1/field/pack").json()["tiles"][:20]:
        assert asked.get(tile).status_code in {200, 204}, tile


def test_the_map_that_everybody_sees_holds_no_ledger(client: Client) -> None:
    """What stands where and of which class is seen in the street; numbers and states are asked for with a token."""
    found = program("collector.01").get("/api/v1/field/pack").json()
    near = next(one for one in found["components"] if one[0] == COVER)
    n = 1 << 17
    x = int((near[3] + 180) / 360 * n)
    y = int((1 - asinh(tan(radians(near[4]))) / pi) / 2 * n)
    answer = client.get(f"/tiles/components/17/{x}/{y}")
    body = decompress(answer.content) if answer.headers.get("Content-Encoding") == "gzip" else answer.content
    state = sql.value("SELECT state FROM urban_component WHERE code = %s", [COVER])
    assert near[1].encode() in body
    assert COVER.encode() not in body and state.encode() not in body


def test_the_map_of_a_phone_is_renewed_for_what_changed_there_and_for_nothing_else() -> None:
    asked = program("collector.01")
    first = asked.get("/api/v1/field/pack").json()
    elsewhere = sql.value(
        "SELECT code FROM urban_component WHERE code <> ALL(%s) ORDER BY code LIMIT 1",
        [[one[0] for one in first["components"]]],
    )
    far = "UPDATE urban_component SET place = ST_SetSRID(ST_MakePoint(107.4, 34.5), 4490) WHERE code = %s"
    sql.execute(far, [elsewhere])  # on no tile that was taken along
    bump("components")
    first = asked.get("/api/v1/field/pack").json()
    changed = "UPDATE urban_component SET state = '破损' WHERE code = %s"
    sql.execute(changed, [elsewhere])
    bump("components")
    second = asked.get("/api/v1/field/pack").json()
    assert (second["edition"], second["version"] == first["version"]) == (first["edition"], False)
    sql.execute(changed, [first["components"][0][0]])
    bump("components")
    third = asked.get("/api/v1/field/pack").json()["edition"]
    bump("city")
    assert len({first["edition"], third, asked.get("/api/v1/field/pack").json()["edition"]}) == 3


def test_a_pack_is_fetched_anew_by_who_reads_another_language_now() -> None:
    asked = program("collector.01")
    chinese, english = (
        asked.get("/api/v1/field/pack", headers={"Accept-Language": language}).json()
        for language in ("zh-hans", "en")
    )
    assert chinese["classes"][0]["title"] != english["classes"][0]["title"]
    assert (chinese["version"] == english["version"], chinese["edition"]) == (False, english["edition"])


def test_the_shell_holds_all_that_an_installed_app_shows() -> None:
    files = program("collector.01").get("/field/shell.json").json()["files"]
    assert {"/field/", "/field/app.webmanifest", "/static/ui/mark-192.png"} < set(files)
    assert [one for one in files if one.endswith(".woff2")]


def test_a_tile_that_stayed_as_it_was_is_not_sent_again() -> None:
    asked = program("collector.01")
    known = asked.get("/api/v1/field/pack").json()
    thing = known["components"][0]
    near = [tile for tile in known["tiles"] if tile.startswith("/tiles/city/17/")]
    tags = {tile: asked.get(tile)["ETag"] for tile in near}
    sql.execute("UPDATE urban_component SET class_code = '0137' WHERE code = %s", [thing[0]])
    bump("components")
    statuses = [asked.get(tile, headers={"If-None-Match": tags[tile]}).status_code for tile in near]
    assert 0 < statuses.count(200) < statuses.count(304), statuses


def test_a_pack_that_has_not_changed_is_not_sent_again() -> None:
    asked = program("collector.01")
    first = asked.get("/api/v1/field/pack")
    assert asked.get("/api/v1/field/pack", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_pack_goes_compressed_to_who_can_read_it() -> None:
    asked = program("collector.01")
    plain = asked.get("/api/v1/field/pack")
    small = asked.get("/api/v1/field/pack", headers={"Accept-Encoding": "gzip, br"})
    assert (small["Content-Encoding"], plain.has_header("Content-Encoding")) == ("gzip", False)
    assert decompress(small.content) == plain.content and small["ETag"] == plain["ETag"]


def test_who_has_no_area_takes_the_neighbourhood() -> None:
    asked = program("officer.001")
    assert asked.get("/api/v1/field/pack").json()["components"] == []
    assert asked.get("/api/v1/field/pack?lon=107.1485&lat=34.3605").json()["components"]


def test_tasks_are_told_and_those_that_went_too() -> None:
    number = new("check/checking")
    code = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    asked = program(code)
    found = asked.get("/api/v1/field/tasks").json()
    assert [(one["number"], one["act"]) for one in found["items"]] == [(number, "check_answer")]
    ways = found["items"][0]["ways"]
    assert ways["geo"].startswith("geo:34.") and ways["apple"].startswith("https://maps.apple.com/?daddr=34.")
    do(number, "chief.1", "void")
    found = asked.get(f"/api/v1/field/tasks?have={number}").json()
    assert (found["items"], [one["number"] for one in found["gone"]]) == ([], [number])
    assert public.field_tasks(who("collector.03")) == []


@pytest.mark.parametrize(
    ("code", "tools"),
    [
        ("collector.01", ["correct", "duty", "report", "stay", "tasks"]),
        ("officer.001", ["correct", "duty", "report", "stay", "tasks"]),
        ("cleaner.0001", ["duty", "report"]),
        ("crew.D01.1", ["duty", "tasks"]),
        ("dispatcher.1", []),
    ],
)
def test_each_post_has_its_own_tools(code: str, tools: list[str]) -> None:
    assert program(code).get("/api/v1/field/me").json()["tools"] == tools


def test_a_crew_is_told_what_it_is_to_put_right_and_answers_it() -> None:
    number = new("handle/handling")
    org = sql.row(
        "SELECT o.id, o.code FROM organisations_organisation o JOIN flow_case c ON o.parent_id IN"
        " (SELECT id FROM organisations_organisation WHERE id = c.body_id OR parent_id = c.body_id)"
        " WHERE c.number = %s AND o.kind = 'crew' ORDER BY o.code LIMIT 1",
        [number],
    )
    assert org is not None
    code = sql.value(
        "SELECT p.code FROM identity_person p JOIN identity_holding h ON h.person_id = p.id"
        " JOIN organisations_post t ON t.id = h.post_id WHERE t.organisation_id = %s AND t.kind = 'crew' LIMIT 1",
        [org["id"]],
    )
    asked = program(code)
    assert asked.get("/api/v1/field/tasks").json()["items"] == []
    do(number, "@body", "pass_on", to=org["code"])
    found = asked.get("/api/v1/field/tasks").json()["items"]
    assert [(one["number"], one["act"]) for one in found] == [(number, "answer")]
    assert public.end_duty(by=who(code), now=NOW) == []  # a crew's work is not passed on to collectors
    assert [one["number"] for one in asked.get("/api/v1/field/tasks").json()["items"]] == [number]
    sql.execute("UPDATE flow_case SET holder_org_id = body_id WHERE number = %s", [number])
    gone = asked.get(f"/api/v1/field/tasks?have={number}").json()["gone"]
    assert [one["number"] for one in gone] == [number]


@pytest.mark.parametrize("code", ["collector.02", "crew.D01.1"])
def test_nobody_learns_how_a_case_stands_that_was_never_their_task(code: str) -> None:
    number = new("handle/to_sign")
    assert program(code).get(f"/api/v1/field/tasks?have={number}").json()["gone"] == []
