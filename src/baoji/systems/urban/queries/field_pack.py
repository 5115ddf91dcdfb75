"""What a phone takes along to work without a network: its area, what stands there, the words, the tiles of its map."""

from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baoji import __version__
from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import committed, versions
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.queries import in_bounds
from baoji.kernel.maps.ways import apple_way, geo_way
from baoji.systems.urban import access
from baoji.systems.urban.queries.book import book, photos, policies
from baoji.systems.urban.queries.discretion import reported, written
from baoji.systems.urban.queries.field_map import NEAR_FROM, Box, covers, editions, tiles
from baoji.systems.urban.queries.field_own import stays_at
from baoji.systems.urban.queries.names import case_title, class_name, grid_name
from baoji.systems.urban.queries.tables import class_table

FORMAT = 4  # of the pack; a phone fetches it anew when this changes
TOPICS = ("classes", "city", "policies", "grids", "components")
MARGIN = 0.0015  # degrees around the area, some 150 m
NEARBY = 0.009  # degrees around where somebody without an area stands, some 900 m
ANSWERS = ("verify_answer", "check_answer", "answer")
BOUNDS = """
SELECT code, unit_grids, ST_XMin(place) AS w, ST_YMin(place) AS s, ST_XMax(place) AS e, ST_YMax(place) AS n
  FROM urban_responsibility_grid WHERE collector_id = %s ORDER BY code
"""
AREAS = """
SELECT code, name, ST_AsGeoJSON(ST_SimplifyPreserveTopology(place, 0.00005), 6) AS outline
  FROM urban_responsibility_grid WHERE collector_id = %s ORDER BY code
"""
THERE = "SELECT code, class_code, name, address, ST_X(place) AS lon, ST_Y(place) AS lat, state FROM urban_component WHERE "
IN_GRIDS = THERE + "unit_grid = ANY(%s) ORDER BY code"
IN_BOX = (
    THERE + "place_web && ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4490), 3857) ORDER BY code LIMIT 5000"
)


class Asked(NamedTuple):
    """Whose pack, and the little that has to be looked up to know whether it has changed. `version` was taken first: what is
    read for the pack afterwards is that or newer, and never an old content under a new version."""

    caller: Caller
    unit_grids: list[str]
    box: Box | None
    version: str


def asked(caller: Caller, here: tuple[float, float] | None = None) -> Asked:
    """For the caller's responsibility grids, or the neighbourhood of `here` (longitude, latitude in degrees) for who has none.

    Three short queries, whatever stands in the area.
    """
    # What a snapshot gives may be a second older than what the database does: a pack has both.
    seen = [versions(*TOPICS), committed(*TOPICS)]
    rows = sql.rows(BOUNDS, [caller.id])
    box = _box(rows, here)
    # A permit that runs out changes the pack, and nobody bumps a topic for it.
    controls = sql.tuples(CONTROLS_NOW, list(box)) if box else []
    grids = [(row["code"], row["unit_grids"]) for row in rows]
    said = [
        FORMAT,
        __version__,
        get_language(),
        caller.id,
        access.door_of(caller),
        seen,
        grids,
        box,
        controls,
    ]
    version = sha256(repr(said).encode()).hexdigest()[:16]
    return Asked(caller, [grid for row in rows for grid in row["unit_grids"]], box, version)


def pack(wanted: Asked) -> dict[str, Any]:
    """What a phone takes along; `version` and `edition` say when to fetch it, and its map, anew."""
    box, door, given = wanted.box, access.door_of(wanted.caller), policies()
    covered = covers(box)
    drawn = editions(covered)
    return {
        "version": wanted.version,
        "areas": [
            {
                "code": row["code"],
                "name": grid_name(row["name"], row["code"]),
                "outline": orjson.loads(row["outline"]),
            }
            for row in sql.rows(AREAS, [wanted.caller.id])
        ],
        "box": list(box) if box else None,
        "components": [_short(row) for row in _components(wanted)],
        "classes": class_table(),
        "door": door,
        "photos": {
            "report": list(photos(given, "report", door)),
            **{act: list(photos(given, act, door)) for act in ANSWERS},
        },
        "self_disposed": door in given.get("self_disposed", {}).get("doors", ["collector"]),
        "controls": _controls(box),
        "tiles": [f"/tiles/city/{z}/{x}/{y}" for z, x, y in tiles(covered)],
        "edition": _edition(drawn),
        "editions": drawn,
    }


def _edition(drawn: dict[str, str]) -> str:
    """For apps that ask for the whole map again at each change of it: what changes far away is left out."""
    nearest = max(map(int, drawn), default=0)
    near = [mark for z, mark in drawn.items() if int(z) >= min(nearest, NEAR_FROM)]
    return sha256(repr(near).encode()).hexdigest()[:16]


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


_LIVE = "active AND until > now() AND place && ST_MakeEnvelope(%s, %s, %s, %s, 4490) ORDER BY until, id"
CONTROLS_NOW = f"SELECT id, until FROM urban_control_area WHERE {_LIVE}"
CONTROLS = f"""
SELECT name, basis, since, until, topics, ST_AsGeoJSON(place, 6) AS outline FROM urban_control_area WHERE {_LIVE}
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


def _components(wanted: Asked) -> list[dict[str, Any]]:
    if wanted.unit_grids:
        return sql.rows(IN_GRIDS, [wanted.unit_grids])
    return sql.rows(IN_BOX, list(wanted.box)) if wanted.box else []


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


# Tasks ------------------------------------------------------------------

TASKS = """
SELECT c.number, c.title, c.address, c.step, c.severity, c.due_at, c.near_at, c.version, c.source, r.description, r.component, r.class_code, r.kind,
       r.caller_name, r.caller_phone,
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
    then by the time left. `stays` says who stays at the place, or stayed; to crews without names, who reported is often one."""
    rows = sql.rows(ASKED, [sorted(_people(caller))])
    crews = access.crews_of(caller)
    rows += sql.rows(TO_DO, [crews]) if crews else []
    stays = stays_at([row["number"] for row in rows if row["severity"] == "critical"])
    if not access.may_see_watchers(caller):
        stays = {number: [_nameless(stay) for stay in those] for number, those in stays.items()}
    return [_task(caller, row) | {"stays": stays.get(row["number"], [])} for row in rows]


def _nameless(stay: dict[str, Any]) -> dict[str, Any]:
    handed_to = stay["handed_to"] and _("现场人员")
    return stay | {"who": _("现场人员"), "handed_to": handed_to}


def _people(caller: Caller) -> set[int]:
    """This person and whom they stand in for."""
    return {caller.id or 0, *(hold.lender for hold in caller.holds if hold.lender)}


def _task(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    name, phone = row["caller_name"], row["caller_phone"]
    return {
        "number": row["number"],
        "act": ACT_AT[row["step"]],
        "title": case_title(row["title"]),
        "address": written(caller, row["address"], name, phone),
        "location": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        "ways": _ways(row["lon"], row["lat"]),
        "severity": row["severity"],
        "due_at": row["due_at"],
        "near_at": row["near_at"],
        "version": row["version"],
        "description": reported(caller, row["source"], row["description"], name, phone),
        "answered": written(caller, row["answered"] or "", name, phone),
        "component": row["component"] or None,
        "kind": row["kind"],
        "class": row["class_code"] or None,
        "pictures": [f"/files/{id_}/320" for id_ in (row["pictures"] or [])[-MOST_PICTURES:]],
    }


def _ways(lon: float | None, lat: float | None) -> dict[str, str]:
    """How each phone's own map is asked to lead there."""
    return (
        {"geo": geo_way(lon, lat), "apple": apple_way(lon, lat)}
        if lon is not None and lat is not None
        else {}
    )


# Only of what was ever asked of this person, of whom they stood in for, or of where they worked: what a phone can hold.
WENT = """
SELECT c.number, c.step, c.status, c.holder_person_id, c.holder_org_id FROM flow_case c WHERE c.number = ANY(%(numbers)s) AND EXISTS (
  SELECT 1 FROM flow_record r WHERE r.case_id = c.id AND (
       r.receiver_person_id IN (SELECT %(me)s UNION SELECT principal_id FROM identity_delegation WHERE deputy_id = %(me)s)
    OR r.receiver_org_id IN (SELECT t.organisation_id FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id WHERE h.person_id = %(me)s)))
"""


def no_longer(caller: Caller, numbers: list[str]) -> list[dict[str, str]]:
    """Of the tasks a phone still holds, those that are not this person's any more, with the step they are at."""
    people, crews = _people(caller), set(access.crews_of(caller))
    rows = sql.tuples(WENT, {"numbers": numbers[:500], "me": caller.id})
    return [
        {"number": number, "step": step, "status": status}
        for number, step, status, person, org in rows
        if step not in ACT_AT or (org not in crews if step == "handling" else person not in people)
    ]
