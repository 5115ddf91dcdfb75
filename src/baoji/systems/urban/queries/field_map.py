"""The map in a phone's pack: which tiles lie over an area, and marks that change when one of them would be drawn otherwise."""

from collections.abc import Iterator
from hashlib import sha256
from math import asinh, floor, pi, radians, tan
from typing import Any, NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot, committed

ZOOMS = range(11, 18)
MOST_TILES = 600
MOST_KNOWN = 10_000
NEAR_FROM = 16  # the zoom from which a tile tells the code and the state of what stands there


class Box(NamedTuple):
    """Degrees of CGCS2000."""

    west: float
    south: float
    east: float
    north: float


class Cover(NamedTuple):
    """The tiles of one zoom over an area: columns and rows of the web, the last ones included."""

    z: int
    west: int
    north: int
    east: int
    south: int

    @property
    def size(self) -> int:
        return (self.east - self.west + 1) * (self.south - self.north + 1)


def covers(box: Box | None) -> list[Cover]:
    """The tiles over the box, from afar to near; the near zooms left out once there would be too many. None without one."""
    found: list[Cover] = []
    if box is None:
        return found
    for z in ZOOMS:
        (west, south), (east, north) = _tile(box.west, box.south, z), _tile(box.east, box.north, z)
        found.append(Cover(z, west, north, east, south))
        if sum(one.size for one in found) > MOST_TILES:
            return found[:-1]
    return found


def tiles(covered: list[Cover]) -> Iterator[tuple[int, int, int]]:
    """Zoom, column and row of each."""
    for z, west, north, east, south in covered:
        yield from ((z, x, y) for x in range(west, east + 1) for y in range(north, south + 1))


def _tile(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Column and row of the web tile, counted from the north-west."""
    return (
        floor((lon + 180) / 360 * 2**z),
        floor((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z),
    )


# What a tile shows of a component (`queries.tiles`): near by each with its state, from afar its place and kind.
_SHOWN = {
    True: "concat_ws(' ', code, class_code, state, ST_X(place_web), ST_Y(place_web))",
    False: "concat_ws(' ', left(class_code, 2), ST_X(place_web), ST_Y(place_web))",
}
_DRAWN = """
SELECT concat_ws(' ', count(*), sum(hashtextextended({shown}, 0))) FROM urban_component
 WHERE place_web && ST_Envelope(ST_Collect(ST_TileEnvelope(%(z)s, %(west)s, %(north)s), ST_TileEnvelope(%(z)s, %(east)s, %(south)s)))
"""
# Neighbours have the far tiles in common, so what was reckoned for one is kept for the others until something changes.
_known: Snapshot[dict[tuple[Any, ...], str]] = Snapshot(dict, "city", "components")


def editions(covered: list[Cover]) -> dict[str, str]:
    """Zoom → a mark that changes when one of its tiles would be drawn otherwise: by a change of the city, or of a component
    anywhere on these tiles, also outside the own grids. A state that changed is seen near by only, so far tiles stay."""
    known, now = _known(), committed("city", "components")
    return {str(one.z): _mark(known, now, one) for one in covered}


def _mark(known: dict[tuple[Any, ...], str], now: tuple[int, ...], cover: Cover) -> str:
    key = (*now, *cover)
    if len(known) > MOST_KNOWN:
        known.clear()
    if key not in known:
        drawn = sql.value(_DRAWN.format(shown=_SHOWN[cover.z >= NEAR_FROM]), cover._asdict())
        known[key] = sha256(repr((now[0], cover, drawn)).encode()).hexdigest()[:16]
    return known[key]
