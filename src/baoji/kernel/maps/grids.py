"""Which unit grid a point lies in, worked out in the process: every report asks, and grids change once in years."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from math import floor
from struct import unpack_from
from typing import TypeAlias

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot

Ring: TypeAlias = "array[float]"  # longitude and latitude in turn: a tenth of what pairs of numbers would take of the memory
Rings: TypeAlias = tuple[Ring, ...]
SIZES = (
    0.001,
    0.016,
    0.25,
)  # sides of the squares in degrees: a grid in town is some hundred metres wide, one in the hills more
MOST_SQUARES = 64  # a grid that touches more of one size is filed under the next


class Grids:
    """Unit grids by the squares they touch. A point on the line between two belongs to one of them, always the same."""

    def __init__(self, grids: Iterable[tuple[str, Rings]]) -> None:
        self._squares: defaultdict[tuple[float, int, int], list[tuple[str, Rings]]] = defaultdict(list)
        for grid in grids:
            for square in _touched(grid[1][0]):
                self._squares[square].append(grid)

    def at(self, lon: float, lat: float) -> str:
        """The code of the grid there, or ''."""
        for size in SIZES:
            for code, rings in self._squares.get((size, floor(lon / size), floor(lat / size)), ()):
                if _covers(rings, lon, lat):
                    return code
        return ""


def _touched(outline: Ring) -> list[tuple[float, int, int]]:
    west, east, south, north = min(outline[::2]), max(outline[::2]), min(outline[1::2]), max(outline[1::2])
    for size in SIZES:
        columns = range(floor(west / size), floor(east / size) + 1)
        rows = range(floor(south / size), floor(north / size) + 1)
        if len(columns) * len(rows) <= MOST_SQUARES:
            break
    return [(size, x, y) for x in columns for y in rows]


def _covers(rings: Rings, lon: float, lat: float) -> bool:
    """Even-odd rule over the outline and its holes."""
    inside = False
    for ring in rings:
        x0, y0 = ring[-2:]
        for at in range(0, len(ring), 2):
            x, y = ring[at], ring[at + 1]
            if (y > lat) != (y0 > lat) and lon < (x0 - x) * (lat - y) / (y0 - y) + x:
                inside = not inside
            x0, y0 = x, y
    return inside


def rings_of(polygon: bytes) -> Rings:
    """The rings of a polygon in well-known binary, little-endian."""
    (count,) = unpack_from("<I", polygon, 5)
    at, rings = 9, []
    for _ring in range(count):
        (corners,) = unpack_from("<I", polygon, at)
        rings.append(array("d", unpack_from(f"<{2 * corners}d", polygon, at + 4)))
        at += 4 + 16 * corners
    return tuple(rings)


def _load() -> Grids:
    rows = sql.tuples("SELECT code, ST_AsBinary(place, 'NDR') FROM maps_unit_grid WHERE valid_to IS NULL")
    return Grids((code, rings_of(bytes(place))) for code, place in rows)


grids = Snapshot(_load, "city")
