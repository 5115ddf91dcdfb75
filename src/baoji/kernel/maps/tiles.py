"""Vector tiles of the city (Mapbox Vector Tile 2.1), cut by PostGIS from geometry kept in EPSG:3857.

The city's tiles are the same for everybody and change seldom: they are kept in the process under the version of
the topics `city` and `components`. What is filtered by reader (cases) is never kept here.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from gzip import compress
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import committed, versions
from baoji.kernel.registry.manifest import load, manifests

MIME = "application/vnd.mapbox-vector-tile"
DEEPEST = 17
TOPICS = ("city", "components")
MOST_BYTES = 96 * 1024 * 1024
MINOR_ROADS_FROM, LANES_FROM = 13, 14  # zooms
Cut = Callable[[int, int, int], bytes]


class Tile(NamedTuple):
    """`packed` is the body in gzip, empty where that is not worth it; `tag` is its ETag."""

    body: bytes
    packed: bytes
    tag: str


class Shelf:
    """The most recently used tiles of one edition of the city, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.held = 0
        self.edition: tuple[int, ...] = ()
        self.tiles: OrderedDict[str, Tile] = OrderedDict()
        self.lock = Lock()

    def get(self, path: str) -> Tile | None:
        """A tile of the edition that this process knows, at most a second old."""
        edition = versions(*TOPICS)
        with self.lock:
            if self.edition != edition:
                self._empty(edition)
            tile = self.tiles.get(path)
            if tile is not None:
                self.tiles.move_to_end(path)
            return tile

    def put(self, path: str, tile: Tile, edition: tuple[int, ...]) -> None:
        """`edition` is what was `committed` before the tile was cut: what it shows is that or newer. Whoever was overtaken by a
        change while cutting keeps nothing, or the old tile would be given out as the new one until the next change."""
        with self.lock:
            if edition != self.edition:
                return
            self._take(path)
            self.tiles[path] = tile
            self.held += _bytes(tile)
            while self.held > self.most_bytes and self.tiles:
                self._take(next(iter(self.tiles)))

    def clear(self) -> None:
        edition = versions(*TOPICS)
        with self.lock:
            self._empty(edition)

    def _empty(self, edition: tuple[int, ...]) -> None:
        self.tiles.clear()
        self.held = 0
        self.edition = edition

    def _take(self, path: str) -> None:
        """Two who missed the same tile both bring it: the first one's bytes go with it."""
        tile = self.tiles.pop(path, None)
        self.held -= _bytes(tile) if tile is not None else 0


def _bytes(tile: Tile) -> int:
    return len(tile.body) + len(tile.packed)


shelf = Shelf()
DISTRICT_NAME_EN = (
    "(SELECT nullif(d.name_en, '') FROM organisations_division d WHERE d.code = division) AS name_en"
)
# layer of the base map → the zoom from which it shows, its table, the columns it shows, and a condition
BASE = (
    ("land", 0, "maps_feature", "", "layer = 'land'"),
    ("block", 12, "maps_feature", "", "layer = 'block'"),
    ("green", 11, "maps_feature", "name", "layer = 'green'"),
    ("water", 0, "maps_feature", "name", "layer = 'water'"),
    ("building", 14, "maps_feature", "", "layer = 'building'"),
    ("road", 11, "maps_feature", "name, rank", "layer = 'road'"),
    ("rail", 11, "maps_feature", "name", "layer = 'rail'"),
    ("label", 9, "maps_feature", "name, rank", "layer = 'label'"),
    ("grid", 15, "maps_unit_grid", "code", "valid_to IS NULL"),
    (
        "district",
        0,
        "maps_outline",
        f"name, {DISTRICT_NAME_EN}, division AS code, provenance",
        "level = 'county'",
    ),
)


def _layer(name: str, table: str, columns: str, condition: str) -> str:
    shown = f", {columns}" if columns else ""
    return (
        f"(SELECT coalesce(ST_AsMVT(t, '{name}', 4096, 'g'), ''::bytea) FROM (SELECT ST_AsMVTGeom(place_web, b.box, 4096, 64, true) AS g{shown}"
        f" FROM {table}, b WHERE place_web && b.box AND {condition}) t WHERE g IS NOT NULL)"
    )


@cache
def _base_statement(z: int) -> str:
    parts = [
        _layer(name, table, columns, condition + (_roads(z) if name == "road" else ""))
        for name, least, table, columns, condition in BASE
        if z >= least
    ]
    return f"WITH b AS MATERIALIZED (SELECT ST_TileEnvelope(%s, %s, %s) AS box) SELECT {' || '.join(parts)}"


def _roads(z: int) -> str:
    """From afar only the main ones, lanes from near by."""
    if z < MINOR_ROADS_FROM:
        return " AND rank = 'main'"
    return " AND rank <> 'lane'" if z < LANES_FROM else ""


def base(z: int, x: int, y: int) -> bytes:
    """The base map's layers that show at this zoom."""
    return bytes(sql.value(_base_statement(z), [z, x, y]))


@cache
def sources() -> dict[str, tuple[Cut, ...]]:
    """Tile sets that everybody may see: their parts are simply put one behind the other, as the format allows."""
    found: dict[str, tuple[Cut, ...]] = {"base": (base,)}
    layers: list[Cut] = [base]
    for manifest in manifests():
        if manifest.tiles:
            for name, cut in load(manifest.tiles).items():
                found[name] = (cut,)
                layers.append(cut)
    found["city"] = tuple(layers)
    return found


def is_tile(z: int, x: int, y: int) -> bool:
    """Whether there can be such a tile."""
    return 0 <= z <= DEEPEST and 0 <= x < 1 << z and 0 <= y < 1 << z


def cut(name: str, z: int, x: int, y: int) -> Tile:
    """Cuts a tile as the city is now, and keeps it."""
    path = f"/tiles/{name}/{z}/{x}/{y}"
    edition = committed(*TOPICS)
    body = b"".join(part(z, x, y) for part in sources()[name])
    # By its content: a correction at the other end of the city leaves it valid where it is kept.
    tag = f'"{sha256(body).hexdigest()[:20]}"'
    tile = Tile(body, compress(body, 5) if len(body) > 500 else b"", tag)
    shelf.put(path, tile, edition)
    return tile
