"""The locator sketch: what lies round a place, in the frame, north up, to scale."""

import re
from datetime import date
from math import cos, radians

import pytest
from django.contrib.gis.geos import LineString, Polygon

from baoji.kernel.maps.models import Feature, UnitGrid
from baoji.kernel.maps.sketch import HALF_HEIGHT_M, HALF_WIDTH_M, HEIGHT, UNITS_A_METRE, WIDTH, sketch

pytestmark = pytest.mark.django_db
LON, LAT = 108.5, 34.365  # far from the town
DEGREE_M = 111_320  # of longitude at the equator


def numbers(path: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", path)]


def east(metres: float) -> float:
    return LON + metres / (DEGREE_M * cos(radians(LAT)))


def road(name: str, *points: tuple[float, float], rank: str = "main") -> None:
    Feature.objects.create(layer="road", name=name, rank=rank, place=LineString(*points, srid=4490))


def box(west: float, south: float, width: float, height: float) -> Polygon:
    made = Polygon.from_bbox((west, south, west + width, south + height))
    made.srid = 4490
    return made


def test_a_street_through_the_place_runs_through_the_middle_from_edge_to_edge() -> None:
    road("经二路", (LON + 0.1, LAT), (LON - 0.1, LAT))
    found = sketch(LON, LAT)
    middle = HEIGHT / 2
    assert numbers(found.roads["main"]) == pytest.approx([WIDTH, middle, 0, middle], abs=0.6)
    assert [street.name for street in found.streets] == ["经二路"]
    assert numbers(found.streets[0].path) == pytest.approx([0, middle, WIDTH, middle], abs=0.6), (
        "read left to right"
    )


def test_it_is_to_scale_and_north_is_up() -> None:
    Feature.objects.create(layer="building", place=box(LON, LAT, east(100) - LON, 0.0005))
    xs, ys = numbers(found := sketch(LON, LAT).areas["building"])[::2], numbers(found)[1::2]
    assert max(xs) - min(xs) == pytest.approx(100 * UNITS_A_METRE, rel=0.01)
    assert min(xs) == pytest.approx(WIDTH / 2, abs=0.6)
    assert max(ys) == pytest.approx(HEIGHT / 2, abs=0.6) and min(ys) < HEIGHT / 2


def test_what_lies_outside_the_frame_is_cut_off() -> None:
    road("远处", (east(HALF_WIDTH_M + 50), LAT), (east(HALF_WIDTH_M + 500), LAT))
    Feature.objects.create(layer="water", name="渭河", place=box(LON - 0.1, LAT - 0.1, 0.2, 0.1))
    found = sketch(LON, LAT)
    assert found.roads == {} and found.streets == []
    assert all(-0.1 <= value <= max(WIDTH, HEIGHT) + 0.1 for value in numbers(found.areas["water"]))
    assert max(numbers(found.areas["water"])[1::2]) == pytest.approx(2 * HALF_HEIGHT_M * UNITS_A_METRE)


def test_the_own_grid_stands_apart_from_its_neighbours() -> None:
    for n, code in enumerate(("610399001001001", "610399001001002")):
        UnitGrid.objects.create(
            code=code,
            place=box(LON - 0.0005 + n * 0.001, LAT - 0.0005, 0.001, 0.001),
            area_m2=10_000,
            valid_from=date(2024, 1, 1),
        )
    found = sketch(LON, LAT, "610399001001001")
    assert min(numbers(found.own)[::2]) < WIDTH / 2 < max(numbers(found.own)[::2])
    assert min(numbers(found.grids)[::2]) > WIDTH / 2


def test_where_nothing_is_drawn_there_is_no_sketch() -> None:
    assert sketch(LON, LAT).is_empty
