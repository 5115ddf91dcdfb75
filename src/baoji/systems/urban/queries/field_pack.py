"""What a phone takes along to work without a network: its area, what stands there, the words, the tiles of its map."""

from collections.abc import Iterator
from hashlib import sha256
from math import asinh, floor, pi, radians, tan
from typing import Any, NamedTuple

import orjson
from django.utils.translation import get_language

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import versions
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.queries import in_bounds
from baoji.systems.urban import access
from baoji.systems.urban.queries.book import book, photos, policies
from baoji.systems.urban.queries.field_own import stays_at
from baoji.systems.urban.queries.names import case_title, class_name
from baoji.systems.urban.queries.tables import class_table

FORMAT = 2  # of the pack; a phone fetches it anew when this changes
ZOOMS = range(11, 18)
MOST_TILES = 600
MARGIN = 0.0015  # degrees around the area, some 150 m
NEARBY = 0.009  # degrees around where somebody without an area stands, some 900 m
ANSWERS = ("verify_answer", "check_answer", "answer")
AREAS = """
SELECT code, name, unit_grids, ST_AsGeoJSON(ST_SimplifyPreserveTopology(place, 0.00005), 6) AS outline,
       ST_XMin(place) AS w, ST_YMin(place) AS s, ST_XMax(place) AS e, ST_YMax(place) AS n
  FROM urban_responsibility_grid WHERE collector_id = %s ORDER BY code
"""
THERE = "SELECT code, class_code, name, address, ST_X(place) AS lon, ST_Y(place) AS lat, state FROM urban_component WHERE "
IN_GRIDS = THERE + "unit_grid = ANY(%s) ORDER BY code"
IN_BOX = (
    THERE + "place_web && ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4490), 3857) ORDER BY code LIMIT 5000"
)


class Box(NamedTuple):
    """Degrees of CGCS2000."""

    west: float
    south: float
    east: float
    north: float


def pack(caller: Caller, here: tuple[float, float] | None = None) -> dict[str, Any]:
    """The caller's responsibility grids, or the neighbourhood of `here` (longitude, latitude) for who has none."""
    rows = sql.rows(AREAS, [caller.id])
    box = _box(rows, here)
    door = access.door_of(caller)
    given = policies()
    components = [_short(row) for row in _components(rows, box)]
    return {
        "version": version(caller, box),
        "areas": [
            {"code": row["code"], "name": row["name"], "outline": orjson.loads(row["outline"])}
            for row in rows
        ],
        "box": list(box) if box else None,
        "components": components,
        "classes": class_table(),
        "door": door,
        "photos": {
            "report": list(photos(given, "report", door)),
            **{act: list(photos(given, act, door)) for act in ANSWERS},
        },
        "self_disposed": door in given.get("self_disposed", {}).get("doors", ["collector"]),
        "controls": _controls(box),
        "tiles": [f"/tiles/city/{z}/{x}/{y}" for z, x, y in _tiles(box)],
        "edition": _edition(box, components),
    }


def version(caller: Caller, box: Box | None) -> str:
    """Changes when a phone should fetch its pack anew."""
    said = [
        FORMAT,
        get_language(),
        versions("classes", "city", "policies", "grids", "components"),
        caller.id,
        box,
    ]
    return sha256(repr(said).encode()).hexdigest()[:16]


def _edition(box: Box | None, components: list[list[Any]]) -> str:
    """Changes when the tiles do: with the city, or with what stands in the own area; not with each correction elsewhere,
    or else every phone would ask for its whole map each time."""
    return sha256(repr((versions("city"), box, components)).encode()).hexdigest()[:16]


def _box(rows: list[dict[str, Any]], here: tuple[float, float] | None) -> Box | None:
    if rows:
        return Box(
            min(row["w"] for row in rows) - MARGIN,
            min(row["s"] for row in rows) - MARGIN,
            max(row["e"] for row in rows) + MARGIN,
            max(row["n"] for row in rows) + MARGIN,
        )
    if here is None or not in_bounds(*here):
        return None
    lon, lat = here
    return Box(lon - NEARBY, lat - NEARBY, lon + NEARBY, lat + NEARBY)


CONTROLS = """
SELECT name, basis, since, until, topics, ST_AsGeoJSON(place, 6) AS outline FROM urban_control_area
 WHERE active AND until > now() AND place && ST_MakeEnvelope(%s, %s, %s, %s, 4490) ORDER BY until
"""


def _controls(box: Box | None) -> list[dict[str, Any]]:
    """管控区: works are permitted there, so some classes need no report here and now."""
    if box is None:
        return []
    known = book().classes
    kinds = {"c": "component", "e": "event"}
    found = []
    for row in sql.rows(CONTROLS, list(box)):
        topics = orjson.loads(row["topics"]) if isinstance(row["topics"], str) else row["topics"]
        named = [known.get((kinds.get(topic[:1], ""), topic[1:])) for topic in topics]
        found.append(
            {
                **row,
                "topics": topics,
                "names": [class_name(one) for one in named if one is not None],
                "outline": orjson.loads(row["outline"]),
            }
        )
    return found


def _components(rows: list[dict[str, Any]], box: Box | None) -> list[dict[str, Any]]:
    if rows:
        return sql.rows(IN_GRIDS, [[grid for row in rows for grid in row["unit_grids"]]])
    return sql.rows(IN_BOX, list(box)) if box else []


def _short(row: dict[str, Any]) -> list[Any]:
    """`[code, class, name, longitude, latitude, address, state]`: thousands of them go to each phone."""
    return [
        row["code"],
        row["class_code"],
        row["name"],
        round(row["lon"], 6),
        round(row["lat"], 6),
        row["address"],
        row["state"],
    ]


def _tiles(box: Box | None) -> Iterator[tuple[int, int, int]]:
    """The tiles over the box, the near zooms left out once there would be too many."""
    if box is None:
        return
    count = 0
    for z in ZOOMS:
        (x0, y1), (x1, y0) = _tile(box.west, box.south, z), _tile(box.east, box.north, z)
        count += (x1 - x0 + 1) * (y1 - y0 + 1)
        if count > MOST_TILES:
            return
        yield from ((z, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))


def _tile(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Column and row of the web tile, counted from the north-west."""
    return (
        floor((lon + 180) / 360 * 2**z),
        floor((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z),
    )


# Tasks ------------------------------------------------------------------

TASKS = """
SELECT c.number, c.title, c.address, c.step, c.severity, c.due_at, c.near_at, c.version, r.description, r.component, r.class_code, r.kind,
       ST_X(c.place) AS lon, ST_Y(c.place) AS lat,
       (SELECT opinion FROM flow_record t WHERE t.case_id = c.id AND t.act = 'answer' ORDER BY t.n DESC LIMIT 1) AS answered,
       (SELECT array_agg(a.id ORDER BY a.id) FROM flow_attachment a WHERE a.case_id = c.id AND a.kind = 'photo') AS pictures
  FROM flow_case c JOIN urban_report r ON r.case_id = c.id
 WHERE c.status IN ('open', 'suspended') AND {mine} ORDER BY c.rank, c.sort_at, c.id LIMIT 200
"""
ASKED = TASKS.format(mine="c.holder_person_id = ANY(%s) AND c.step IN ('verifying', 'checking')")
TO_DO = TASKS.format(mine="c.holder_org_id = ANY(%s) AND c.step = 'handling'")
ACT_AT = {"verifying": "verify_answer", "checking": "check_answer", "handling": "answer"}
MOST_PICTURES = 6


def tasks(caller: Caller) -> list[dict[str, Any]]:
    """What this person, or whom they stand in for, is asked to look at, and what their crew is to put right; 特急 first,
    then by the time left. `stays` says who stays at the place, or stayed."""
    rows = sql.rows(ASKED, [sorted(_people(caller))])
    crews = access.crews_of(caller)
    rows += sql.rows(TO_DO, [crews]) if crews else []
    stays = stays_at([row["number"] for row in rows if row["severity"] == "critical"])
    return [_task(row) | {"stays": stays.get(row["number"], [])} for row in rows]


def _people(caller: Caller) -> set[int]:
    """This person and whom they stand in for."""
    return {caller.id or 0, *(hold.lender for hold in caller.holds if hold.lender)}


def _task(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        "act": ACT_AT[row["step"]],
        "title": case_title(row["title"]),
        "address": row["address"],
        "location": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        "severity": row["severity"],
        "due_at": row["due_at"],
        "near_at": row["near_at"],
        "version": row["version"],
        "description": row["description"],
        "answered": row["answered"] or "",
        "component": row["component"] or None,
        "kind": row["kind"],
        "class": row["class_code"] or None,
        "pictures": [f"/files/{id_}/320" for id_ in (row["pictures"] or [])[-MOST_PICTURES:]],
    }


def no_longer(caller: Caller, numbers: list[str]) -> list[dict[str, str]]:
    """Of the tasks a phone still holds, those that are not this person's any more, with the step they are at."""
    people, crews = _people(caller), set(access.crews_of(caller))
    rows = sql.tuples(
        "SELECT number, step, status, holder_person_id, holder_org_id FROM flow_case WHERE number = ANY(%s)",
        [numbers[:500]],
    )
    return [
        {"number": number, "step": step, "status": status}
        for number, step, status, person, org in rows
        if step not in ACT_AT or (org not in crews if step == "handling" else person not in people)
    ]
