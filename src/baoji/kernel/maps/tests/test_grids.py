"""Unit grids in the process say what PostGIS says of the same points."""

from random import Random

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.maps.grids import Grids, grids, rings_of
from baoji.kernel.maps.models import Outline, UnitGrid
from baoji.kernel.maps.queries import Spot, locate

WEST, SOUTH = 100.1, 30.35  # far from the town that every test has
INSIDE = """
SELECT g.code FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY p(lon, lat, n)
  LEFT JOIN maps_unit_grid g ON g.valid_to IS NULL AND ST_Covers(g.place, ST_SetSRID(ST_MakePoint(lon, lat), 4490))
 ORDER BY n
"""


def laid(code: str, *rings: list[tuple[float, float]]) -> UnitGrid:
    """A grid of these rings, corners in thousandths of a degree from a corner of the town."""
    drawn = [[(WEST + x / 1000, SOUTH + y / 1000) for x, y in (*ring, ring[0])] for ring in rings]
    return UnitGrid.objects.create(
        code=code,
        place=Polygon(*drawn, srid=4490),
        area_m2=1,
        land_use="",
        valid_from="2020-01-01",
        note="",
        provenance="test",
    )


@pytest.fixture
def town(db: None) -> None:
    laid("610399001001001", [(0, 0), (3, 0.4), (3, 2.5), (1.4, 3.1), (0, 2)])
    laid("610399001001002", [(3, 0.4), (7, 0), (7, 4), (3, 2.5)])
    laid("610399001001003", [(10, 0), (13, 0), (13, 3), (10, 3)], [(11, 1), (12, 1), (12, 2), (11, 2)])
    laid(
        "610399001001004", [(20, 0), (70, 10), (60, 90), (15, 60)]
    )  # so large that it is filed by larger squares
    laid("610399001001005", [(100, 0), (900, 100), (800, 900), (90, 700)])
    laid("610399001001006", [(11, 1), (12, 1), (12, 2), (11, 2)])
    UnitGrid.objects.filter(code="610399001001006").update(valid_to="2024-01-01")
    bump("city")


def test_every_point_lies_where_postgis_says(town: None) -> None:
    draw = Random(7)
    wide = [(draw.uniform(-10, 950), draw.uniform(-10, 950)) for _n in range(2000)]
    near = [(draw.uniform(-1, 14), draw.uniform(-1, 5)) for _n in range(2000)]
    points = [(WEST + x / 1000, SOUTH + y / 1000) for x, y in wide + near]
    wanted = [code or "" for (code,) in sql.tuples(INSIDE, [[p[0] for p in points], [p[1] for p in points]])]
    found = [grids().at(*point) for point in points]
    assert found == wanted
    assert len(set(found)) == 6  # each of the five, and nowhere


def test_a_point_on_the_line_between_two_belongs_to_one(town: None) -> None:
    assert grids().at(WEST + 0.003, SOUTH + 0.001) in {"610399001001001", "610399001001002"}


def test_a_change_of_the_city_is_seen_at_once_by_who_made_it(town: None) -> None:
    point = (WEST + 0.0115, SOUTH + 0.0015)
    assert grids().at(*point) == ""  # the hole; what lay there is over
    UnitGrid.objects.filter(code="610399001001006").update(valid_to=None)
    bump("city")
    assert locate(*point) == Spot("610399001001006", "610399001001006")


def test_outside_unit_grids_a_place_lies_in_its_community(town: None) -> None:
    """The street was written first and has twelve digits as well: it must not win by that."""
    for code, level, width in (
        ("610399", "county", 0.05),
        ("610399002000", "street", 0.04),
        ("610399002007", "community", 0.03),
    ):
        west, south = WEST - 2, SOUTH - 2
        ring = [(west, south), (west + width, south), (west + width, south + 0.01), (west, south + 0.01)]
        place = MultiPolygon(Polygon([*ring, ring[0]]), srid=4490)
        Outline.objects.create(division=code, name=code, level=level, place=place, provenance="test")
    found = [locate(WEST - 2 + x, SOUTH - 2 + 0.005) for x in (0.02, 0.035, 0.045, 0.06)]
    assert found == [Spot("610399002007", ""), Spot("610399002000", ""), Spot("610399", ""), None]


def test_nothing_lies_nowhere(town: None) -> None:
    assert grids().at(0.0, 0.0) == ""
    assert Grids([]).at(WEST, SOUTH) == ""


def test_rings_are_read_from_binary() -> None:
    square = Polygon([(0, 0), (1, 0), (1, 1), (0, 0)], [(0.1, 0.1), (0.2, 0.1), (0.2, 0.2), (0.1, 0.1)])
    outline, hole = rings_of(bytes(square.wkb))
    assert list(outline) == [0, 0, 1, 0, 1, 1, 0, 0]
    assert len(hole) == 8
