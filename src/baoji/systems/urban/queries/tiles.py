"""The layers of 数字城管 on the map: components, responsibility grids, and live cases filtered by their reader."""

from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access

GATHERED_BELOW = 13
MOST_CASES = 5000

_BOX = "WITH b AS MATERIALIZED (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box)"
# Below z13 points are gathered to a grid of 64 × 64 cells a tile, one row a cell and major class.
_GATHERED = (
    _BOX
    + """, c AS (
  SELECT ST_SnapToGrid(place_web, ST_XMin(b.box), ST_YMin(b.box), (ST_XMax(b.box) - ST_XMin(b.box)) / 64, (ST_YMax(b.box) - ST_YMin(b.box)) / 64) AS p,
         left(class_code, 2) AS m FROM urban_component, b WHERE place_web && b.box)
SELECT coalesce(ST_AsMVT(t, 'component', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(p, b.box, 4096, 64, true) AS g, m, count(*)::int AS n FROM c, b GROUP BY p, m, b.box) t WHERE g IS NOT NULL
"""
)
_POINTS = (
    _BOX
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
    _BOX
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
    _BOX
    + f"""
SELECT coalesce(ST_AsMVT(t, 'case', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(c.place_web, b.box, 4096, 64, true) AS g, c.number, {_LIGHT} AS light,
               (c.rank = 0)::int AS urgent, c.title, c.step
          FROM flow_case c, b WHERE c.place_web && b.box AND c.status IN ('open', 'suspended') AND {{scope}}
         ORDER BY c.rank, c.sort_at LIMIT {MOST_CASES}) t WHERE g IS NOT NULL
"""
)
_CASES_GATHERED = (
    _BOX
    + f"""
SELECT coalesce(ST_AsMVT(t, 'case', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(p, b.box, 4096, 64, true) AS g, n, light, urgent FROM (
    SELECT ST_SnapToGrid(c.place_web, (ST_XMax(b.box) - ST_XMin(b.box)) / 32) AS p, count(*)::int AS n, max(c.rank = 0)::int AS urgent, (ARRAY['green', 'pause', 'yellow', 'red'])[max(array_position(ARRAY['green', 'pause', 'yellow', 'red'], {_LIGHT}))] AS light
      FROM flow_case c, b WHERE c.place_web && b.box AND c.status IN ('open', 'suspended') AND {{scope}} GROUP BY 1) s, b) t WHERE g IS NOT NULL
""".replace("max(c.rank = 0)::int", "max((c.rank = 0)::int)")
)


def cases(caller: Caller, z: int, x: int, y: int, now: datetime) -> bytes:
    """Live cases that this reader may see; below z13 gathered, with the count."""
    scope, more = _scope(caller)
    statement = (_CASES_GATHERED if z < GATHERED_BELOW else _CASES).format(scope=scope)
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
