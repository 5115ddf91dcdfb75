"""When a phone fetches its pack anew: whenever it would be another, and found out without building it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from django.utils.translation import override
from tests.town import program, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban import public
from baoji.systems.urban.models import Policy
from baoji.systems.urban.queries.field_map import Box, covers, editions, tiles

pytestmark = pytest.mark.django_db
CODE = "collector.01"
PLACE = (107.1485, 34.3605)
CONTROL = """
INSERT INTO urban_control_area (name, place, topics, since, until, basis, source, active)
VALUES ('路口', ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 4490)), '[]', %s, %s, '许可', '', true)
"""


def packed(here: tuple[float, float] | None = None, **more: Any) -> dict[str, Any]:
    return public.pack(public.pack_asked(replace(who(CODE), **more), here))


def test_it_is_not_built_to_say_that_it_has_not_changed() -> None:
    phone = program(CODE)
    tag = phone.get("/api/v1/field/pack")["ETag"]
    with patch("baoji.systems.urban.public.pack", side_effect=AssertionError("built")):
        answer = phone.get("/api/v1/field/pack", headers={"If-None-Match": tag})
    assert (answer.status_code, answer["ETag"], answer.content) == (304, tag, b"")


def a_component() -> None:
    sql.execute("UPDATE urban_component SET state = '破损' WHERE code = %s", [packed()["components"][0][0]])
    bump("components")


def the_grids_of_the_collector() -> None:
    """One goes to somebody else; the version looks the grids up, so that it needs no topic."""
    sql.execute(
        "UPDATE urban_responsibility_grid SET collector_id = %s WHERE collector_id = %s",
        [who("collector.02").id, who(CODE).id],
    )


def the_name_of_a_grid() -> None:
    sql.execute(
        "UPDATE urban_responsibility_grid SET name = name || '甲' WHERE collector_id = %s", [who(CODE).id]
    )
    bump("grids")


def a_class() -> None:
    sql.execute("UPDATE urban_class SET name = name || '甲'")
    bump("classes")


def a_condition() -> None:
    sql.execute("UPDATE urban_condition SET text = text || '甲'")
    bump("classes")


def a_policy() -> None:
    Policy.objects.filter(name="self_disposed").update(value={"doors": []})
    bump("policies")


def a_permit() -> None:
    now = timezone.now()
    sql.execute(CONTROL, [*packed()["box"], now - timedelta(days=2), now + timedelta(days=1)])
    bump("grids")


@pytest.mark.parametrize(
    "change",
    [
        a_component,
        the_grids_of_the_collector,
        the_name_of_a_grid,
        a_class,
        a_condition,
        a_policy,
        a_permit,
    ],
)
def test_each_change_of_the_city_makes_another_version(change: Callable[[], None]) -> None:
    before, again = packed(), packed()
    assert before == again
    change()
    after = packed()
    contents = [{name: said for name, said in one.items() if name != "version"} for one in (before, after)]
    assert contents[0] != contents[1] and before["version"] != after["version"]


def test_a_permit_that_runs_out_makes_another_version() -> None:
    """Nobody says so; only the time goes on."""
    a_permit()
    before = packed()
    sql.execute("UPDATE urban_control_area SET until = now() - interval '1 second'")
    after = packed()
    assert (len(before["controls"]), len(after["controls"])) == (1, 0)
    assert before["version"] != after["version"]


def test_a_city_loaded_anew_makes_another_version_and_map() -> None:
    before = packed()
    bump("city")
    after = packed()
    assert before["version"] != after["version"] and before["edition"] != after["edition"]
    assert all(before["editions"][z] != mark for z, mark in after["editions"].items())


def test_who_asks_from_where_in_which_language_and_of_which_release() -> None:
    found = [packed()["version"], packed(holds=())["version"]]
    officer = who("officer.001")
    with override("en"):
        found.append(packed()["version"])
    with patch("baoji.systems.urban.queries.field_pack.__version__", "99"):
        found.append(packed()["version"])
    for here in (None, PLACE, (PLACE[0] + 0.001, PLACE[1])):
        found.append(public.pack_asked(officer, here).version)
    assert len(set(found)) == len(found)


def test_a_change_that_comes_while_a_pack_is_built_makes_another_version() -> None:
    """The version was taken before what it stands for was read."""
    wanted = public.pack_asked(who(CODE))
    a_component()
    assert public.pack(wanted)["version"] != public.pack_asked(who(CODE)).version


# The map ----------------------------------------------------------------------------------------


def marks() -> dict[str, str]:
    found: dict[str, str] = packed()["editions"]
    return found


def changed(before: dict[str, str]) -> set[str]:
    return {z for z, mark in marks().items() if before[z] != mark}


def stranger(lon: float, lat: float) -> str:
    """A component that stands there and is in no grid of the collector's."""
    own = [one[0] for one in packed()["components"]]
    code: str = sql.value("SELECT min(code) FROM urban_component WHERE code <> ALL(%s)", [own])
    moved = "UPDATE urban_component SET place = ST_SetSRID(ST_MakePoint(%s, %s), 4490), unit_grid = '' WHERE code = %s"
    sql.execute(moved, [lon, lat, code])
    bump("components")
    return code


def break_(code: str) -> None:
    sql.execute("UPDATE urban_component SET state = '破损' WHERE code = %s", [code])
    bump("components")


def test_a_component_just_outside_the_own_grids_renews_the_near_map() -> None:
    west, south, _east, _north = packed()["box"]
    code = stranger(
        west + 0.0001, south + 0.0001
    )  # in the margin around the grids, on tiles that were taken along
    before, edition = marks(), packed()["edition"]
    break_(code)
    assert changed(before) == {"16", "17"} and packed()["edition"] != edition


def test_far_away_only_what_is_built_or_moved_renews_the_far_map() -> None:
    west, south, _east, _north = packed()["box"]
    code = stranger(west - 0.005, south)  # beyond the near tiles, on the far ones
    before, edition = marks(), packed()["edition"]
    break_(code)
    assert changed(before) == set()
    stranger(west - 0.006, south)
    assert {"11", "12", "13"} <= changed(before) <= {"11", "12", "13", "14", "15"}
    assert packed()["edition"] == edition


def test_marks_cover_the_tiles_and_no_more_than_a_phone_can_take() -> None:
    box = Box(107.14, 34.35, 107.16, 34.37)
    covered = covers(box)
    found = list(tiles(covered))
    assert sum(one.size for one in covered) == len(set(found)) == len(found) <= 600
    assert editions(covered).keys() == {str(z) for z, _x, _y in found} == {str(one.z) for one in covered}
    wide = covers(Box(107.0, 34.2, 107.4, 34.5))
    assert sum(one.size for one in wide) <= 600 and max(one.z for one in wide) < 17
    assert (covers(None), editions([])) == ([], {})
