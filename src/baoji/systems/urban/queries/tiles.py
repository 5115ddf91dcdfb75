"""The layers of 数字城管 on the map: components, responsibility grids, and live cases filtered by their reader."""

from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access

GATHERED_BELOW = 13
MOST_CASES = 5000

BOX = "WITH b AS MATERIALIZED (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box)"
# Below z13 points are gathered to the corners of `cells` × `cells` squares a tile. Grouped by two whole numbers: by the
# geometry that ST_SnapToGrid makes of each point the same takes three to four times as long.
CORNERS = (
    BOX
    + """, e AS MATERIALIZED (SELECT box, ST_XMin(box) AS x, ST_YMin(box) AS y, (ST_XMax(box) - ST_XMin(box)) / {cells} AS side FROM b),
g AS (SELECT round((ST_X(place_web) - e.x) / e.side)::int AS i, round((ST_Y(place_web) - e.y) / e.side)::int AS j, count(*)::int AS n, {columns}
        FROM {table}, e WHERE place_web && e.box AND {condition} GROUP BY {keys})
SELECT coalesce(ST_AsMVT(t, '{layer}', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(ST_SetSRID(ST_Point(e.x + i * e.side, e.y + j * e.side), 3857), e.box, 4096, 64, true) AS g, {shown} FROM g, e) t
 WHERE g IS NOT NULL
"""
)
_GATHERED = CORNERS.format(
    layer="component",
    table="urban_component",
    condition="true",
    cells=64,
    columns="left(class_code, 2) AS m",
    keys="1, 2, 4",
    shown="m, n",
)
_POINTS = (
    BOX
    + """
SELECT coalesce(ST_AsMVT(t, 'component', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(place_web, b.box, 4096, 64, true) AS g, left(class_code, 2) AS m{more}
          FROM urban_component, b WHERE place_web && b.box) t WHERE g IS NOT NULL
"""
)
# What anybody sees in the street: the ledger's codes and states are asked for by who is signed in.
_FAR, _NEAR = _POINTS.format(more=""), _POINTS.format(more=", class_code AS k")


def components(z: int, x: int, y: int) -> bytes:
    statement = _GATHERED if z < GATHERED_BELOW else _FAR if z < 16 else _NEAR
    return bytes(sql.value(statement, {"z": z, "x": x, "y": y}))


_DUTY = (
    BOX
    + """
SELECT coalesce(ST_AsMVT(t, 'duty', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(place_web, b.box, 4096, 64, true) AS g, code, name FROM urban_responsibility_grid, b WHERE place_web && b.box) t
 WHERE g IS NOT NULL
"""
)


def duty(z: int, x: int, y: int) -> bytes:
    return bytes(sql.value(_DUTY, {"z": z, "x": x, "y": y})) if z >= 12 else b""


LAYERS = {"components": components, "duty": duty}

_LIGHT = "CASE WHEN c.status = 'suspended' THEN 'pause' WHEN c.due_at < %(now)s THEN 'red' WHEN c.near_at <= %(now)s THEN 'yellow' ELSE 'green' END"
_CASES = (
    BOX
    + f"""
SELECT coalesce(ST_AsMVT(t, 'case', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(c.place_web, b.box, 4096, 64, true) AS g, c.number, {_LIGHT} AS light,
               (c.rank = 0)::int AS urgent, c.title, c.step
          FROM flow_case c, b WHERE c.place_web && b.box AND c.status IN ('open', 'suspended') AND {{scope}}
         ORDER BY c.rank, c.sort_at LIMIT {MOST_CASES}) t WHERE g IS NOT NULL
"""
)
# The lights, the worst one last.
LIGHTS = "ARRAY['green', 'pause', 'yellow', 'red']"


def _gathered_cases(scope: str) -> str:
    """The worst light of a corner, and whether anything urgent is there."""
    return CORNERS.format(
        layer="case",
        table="flow_case c",
        condition=f"c.status IN ('open', 'suspended') AND {scope}",
        cells=32,
        columns=f"max((c.rank = 0)::int) AS urgent, ({LIGHTS})[max(array_position({LIGHTS}, {_LIGHT}))] AS light",
        keys="1, 2",
        shown="n, light, urgent",
    )


def cases(caller: Caller, z: int, x: int, y: int, now: datetime) -> bytes:
    """Live cases that this reader may see; below z13 gathered, with the count."""
    scope, more = _scope(caller)
    statement = _gathered_cases(scope) if z < GATHERED_BELOW else _CASES.format(scope=scope)
    return bytes(sql.value(statement, {"z": z, "x": x, "y": y, "now": now, **more}))


def _scope(caller: Caller) -> tuple[str, dict[str, Any]]:
    if access.sees_all(caller):
        return "c.flow = 'urban'", {}
    orgs = access.organisations_of(caller)
    return (
        "(c.reporter_id = %(me)s OR c.holder_person_id = %(me)s OR EXISTS"
        " (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND p.org_id = ANY(%(orgs)s)))",
        {"me": caller.id, "orgs": orgs},
    )
