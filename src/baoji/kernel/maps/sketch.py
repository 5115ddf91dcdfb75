"""A locator sketch: the streets round a place as plain SVG paths, for paper, where no script draws a map."""

from dataclasses import dataclass
from math import cos, radians

from baoji.kernel.base import sql

HALF_WIDTH_M, HALF_HEIGHT_M = 260, 120
UNITS_A_METRE = 2
WIDTH, HEIGHT = 2 * HALF_WIDTH_M * UNITS_A_METRE, 2 * HALF_HEIGHT_M * UNITS_A_METRE
ROADS = ("main", "minor", "lane")


@dataclass(frozen=True)
class Street:
    """The longest piece of a named street in sight, as a path that is read from left to right."""

    id: str
    name: str
    path: str


@dataclass(frozen=True)
class Sketch:
    """SVG path data in a box of WIDTH by HEIGHT units, north up, the place in its middle.

    `areas` are block, green, water and building; `roads` go by rank; `grids` are unit grids, `own` that of the place.
    """

    areas: dict[str, str]
    roads: dict[str, str]
    grids: str
    own: str
    streets: list[Street]
    width: int = WIDTH
    height: int = HEIGHT
    middle: tuple[int, int] = (WIDTH // 2, HEIGHT // 2)
    scale_m: int = 100
    scale: int = 100 * UNITS_A_METRE  # the length of `scale_m`

    @property
    def is_empty(self) -> bool:
        return not (self.areas or self.roads or self.grids)


# `%(half_w)s` and `%(half_h)s` are in web-mercator units, `%(k)s` is SVG units for one of those.
FRAME = """
WITH p AS (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), 3857) AS pt),
f AS MATERIALIZED (SELECT ST_X(pt) - %(half_w)s AS west, ST_Y(pt) + %(half_h)s AS north,
  ST_MakeEnvelope(ST_X(pt) - %(half_w)s, ST_Y(pt) - %(half_h)s, ST_X(pt) + %(half_w)s, ST_Y(pt) + %(half_h)s, 3857) AS box FROM p)
"""
# Moved so that the frame's corner is the origin; ST_AsSVG turns north up.
DRAWN = "ST_AsSVG(ST_Affine({shape}, %(k)s, 0, 0, %(k)s, -west * %(k)s, -north * %(k)s), 0, 1)"


def _in_frame(dimension: int) -> str:
    """The part of a shape inside the frame, lines (2) or areas (3) alone."""
    return f"ST_CollectionExtract(ST_ClipByBox2D(place_web, box), {dimension})"


SHAPES = (
    FRAME
    + f"""
SELECT layer, CASE layer WHEN 'road' THEN rank ELSE '' END AS rank,
       string_agg({DRAWN.format(shape=f"CASE layer WHEN 'road' THEN {_in_frame(2)} ELSE {_in_frame(3)} END")}, ' ') AS path
  FROM maps_feature, f
 WHERE place_web && box AND layer IN ('block', 'green', 'water', 'building', 'road') GROUP BY 1, 2
UNION ALL
SELECT CASE code WHEN %(own)s THEN 'own' ELSE 'grid' END, '', string_agg({DRAWN.format(shape=_in_frame(3))}, ' ')
  FROM maps_unit_grid, f WHERE place_web && box AND valid_to IS NULL GROUP BY 1
"""
)
STREETS = (
    FRAME
    + f"""
SELECT DISTINCT ON (name) name, {DRAWN.format(shape="CASE WHEN ST_X(ST_StartPoint(line)) > ST_X(ST_EndPoint(line)) THEN ST_Reverse(line) ELSE line END")}
  FROM (SELECT name, (ST_Dump(ST_LineMerge({_in_frame(2)}))).geom AS line
          FROM maps_feature, f WHERE place_web && box AND layer = 'road' AND name <> '') cut, f
 WHERE ST_Length(line) > %(shortest)s ORDER BY name, ST_Length(line) DESC
"""
)
SHORTEST_NAMED_M = 90


def sketch(lon: float, lat: float, unit_grid: str = "") -> Sketch:
    """What lies within HALF_WIDTH_M and HALF_HEIGHT_M of a place; `unit_grid` is the code of its own grid."""
    stretch = 1 / cos(radians(lat))  # web mercator is so much longer than the ground here
    given = {
        "lon": lon,
        "lat": lat,
        "own": unit_grid,
        "half_w": HALF_WIDTH_M * stretch,
        "half_h": HALF_HEIGHT_M * stretch,
        "k": UNITS_A_METRE / stretch,
        "shortest": SHORTEST_NAMED_M * stretch,
    }
    paths = {(layer, rank): path for layer, rank, path in sql.tuples(SHAPES, given) if path}
    streets = [Street(f"street-{n}", name, path) for n, (name, path) in enumerate(sql.tuples(STREETS, given))]
    return Sketch(
        areas={
            layer: paths[layer, ""]
            for layer in ("block", "green", "water", "building")
            if (layer, "") in paths
        },
        roads={rank: paths["road", rank] for rank in reversed(ROADS) if ("road", rank) in paths},
        grids=paths.get(("grid", ""), ""),
        own=paths.get(("own", ""), ""),
        streets=streets,
    )
