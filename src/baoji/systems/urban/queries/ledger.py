"""Reading the component ledger, key-set paged by code."""

from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.organisations.queries import organisations

COLUMNS = (
    "code, edition, class_code, name, ST_X(place) AS lon, ST_Y(place) AS lat, unit_grid, address, in_charge_id, owner_id, maintainer_id,"
    " state, surveyed_on, changed_on, accuracy, data_source, provenance"
)
Box = tuple[float, float, float, float]


def component(code: str) -> dict[str, Any] | None:
    row = sql.row(f"SELECT {COLUMNS} FROM urban_component WHERE code = %s", [code])
    return _shown(row) if row else None


def components(
    *, bbox: Box | None = None, class_code: str = "", words: str = "", after: str = "", limit: int = 100
) -> tuple[list[dict[str, Any]], str | None]:
    """Components in code order; `bbox` is west, south, east, north in degrees."""
    clauses, params = ["code > %(after)s"], {"after": after, "limit": limit + 1}
    if bbox is not None:
        clauses.append("place_web && ST_Transform(ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4490), 3857)")
        params |= dict(zip("wsen", bbox, strict=True))
    if class_code:
        clauses.append("class_code = %(class_code)s")
        params["class_code"] = class_code
    if words:
        clauses.append("(code LIKE %(words)s OR name LIKE %(words)s)")
        params["words"] = words.replace("%", "").replace("_", "") + "%"
    rows = sql.rows(
        f"SELECT {COLUMNS} FROM urban_component WHERE {' AND '.join(clauses)} ORDER BY code LIMIT %(limit)s",
        params,
    )
    more = len(rows) > limit
    return [_shown(row) for row in rows[:limit]], rows[limit - 1]["code"] if more else None


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    tree = organisations()
    return {
        "code": row["code"],
        "class": row["class_code"],
        "edition": row["edition"],
        "name": row["name"],
        "location": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        "unit_grid": row["unit_grid"],
        "address": row["address"],
        "in_charge": tree.code(row["in_charge_id"]),
        "owner": tree.code(row["owner_id"]),
        "maintainer": tree.code(row["maintainer_id"]),
        "state": row["state"],
        "surveyed_on": row["surveyed_on"],
        "changed_on": row["changed_on"],
        "accuracy": row["accuracy"],
        "data_source": row["data_source"],
        "provenance": row["provenance"],
    }


def nearest(lon: float, lat: float, within_m: float = 60, limit: int = 12) -> list[dict[str, Any]]:
    """Components around a point, nearest first, each with `metres`."""
    rows = sql.rows(
        f"SELECT {COLUMNS}, m AS metres FROM (SELECT c.*, ST_Distance(c.place::geography, p.pt::geography) AS m FROM urban_component c,"
        " (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS pt) p"
        " WHERE c.place_web && ST_Expand(ST_Transform(p.pt, 3857), %(reach)s) ORDER BY m LIMIT %(limit)s) x WHERE m <= %(within)s",
        {"lon": lon, "lat": lat, "reach": within_m * 1.3, "within": within_m, "limit": limit},
    )
    return [{**_shown(row), "metres": round(row["metres"], 1)} for row in rows]
