"""Where a point lies, and which places words mean."""

from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.maps.addresses import readings
from baoji.kernel.maps.grids import grids


class Spot(NamedTuple):
    """`area` is the finest code known: a 15-digit unit grid, else a community (12 digits), a street (12, 000 behind), a county (6)."""

    area: str
    unit_grid: str

    @property
    def county(self) -> str:
        return self.area[:6]


# By level, not by the code's length: streets have twelve digits as well.
LOCATE = """
SELECT g.code, CASE WHEN g.code IS NULL THEN (
         SELECT division FROM maps_outline o WHERE ST_Covers(o.place, p.pt)
          ORDER BY array_position('{community,street,county}'::text[], o.level::text), division LIMIT 1) END
  FROM (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4490) AS pt) p
  LEFT JOIN LATERAL (SELECT code FROM maps_unit_grid u WHERE u.valid_to IS NULL AND ST_Covers(u.place, p.pt) LIMIT 1) g ON true
"""


def locate(lon: float, lat: float) -> Spot | None:
    """The spot of a point inside the city; None outside it. Only where no unit grid is found the database is asked."""
    if unit_grid := grids().at(lon, lat):
        return Spot(unit_grid, unit_grid)
    unit_grid, division = sql.tuples(LOCATE, [lon, lat])[0]
    if unit_grid:
        return Spot(unit_grid, unit_grid)
    return Spot(division[:12], "") if division else None


def _load_bounds() -> tuple[float, float, float, float] | None:
    row = sql.tuples(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
        " FROM (SELECT ST_Extent(place) AS e FROM maps_outline WHERE level = 'county') x"
    )[0]
    return row if row[0] is not None else None


bounds = Snapshot(_load_bounds, "city")


def in_bounds(lon: float, lat: float) -> bool:
    """Whether the point lies in the city's box: asks no database, and says nothing of its outline."""
    box = bounds()
    return box is not None and box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


class Found(NamedTuple):
    """A place by its words; `kind` is plate, crossing, street or poi."""

    name: str
    kind: str
    lon: float
    lat: float


def search_places(words: str, limit: int = 10) -> list[Found]:
    """Places that an address as people write it may mean (see `addresses.readings`)."""
    for reading in readings(words):
        found = places_named(reading, limit)
        if found:
            return found
    return []


def places_named(words: str, limit: int = 10) -> list[Found]:
    """Places whose name begins with the words, door plates and crossings first."""
    pattern = words.strip().replace("\\", "").replace("%", "").replace("_", "") + "%"
    rows = sql.tuples(
        "SELECT name, kind, ST_X(place), ST_Y(place) FROM maps_address WHERE name LIKE %s ORDER BY length(name), name LIMIT %s",
        [pattern, limit],
    )
    return [Found(*row) for row in rows]


NEAREST = """
SELECT a.name, a.m FROM (SELECT n, ST_SetSRID(ST_MakePoint(lon, lat), 4490) AS pt
         FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY x(lon, lat, n)) p
  LEFT JOIN LATERAL (SELECT name, ST_Distance(place::geography, p.pt::geography) AS m FROM maps_address
                      WHERE ST_DWithin(place, p.pt, 0.003) ORDER BY place <-> p.pt LIMIT 1) a ON true
 ORDER BY p.n
"""


def nearest_address(lon: float, lat: float, within_m: float = 150) -> str:
    """The name of the nearest address, with its distance when it is not at hand; '' if none is near."""
    return nearest_addresses([(lon, lat)], within_m)[0]


def nearest_addresses(places: list[tuple[float, float]], within_m: float = 150) -> list[str]:
    """The same of many places, in one query."""
    if not places:
        return []
    lons, lats = zip(*places, strict=True)
    rows = sql.tuples(NEAREST, [list(lons), list(lats)])
    return [_beside(name, m) if name and m <= within_m else "" for name, m in rows]


def _beside(name: str, m: float) -> str:
    return name if m < 15 else f"{name}旁 {round(m / 5) * 5} 米"
