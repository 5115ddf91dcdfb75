"""Components and addresses of the generated city."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import date

import numpy as np
import pytest
import shapely

from baoji.systems.urban.city.generate import City
from baoji.systems.urban.city.generate.chance import spread
from baoji.systems.urban.city.generate.names import numeral, stem
from baoji.systems.urban.city.generate.placement import PLACEMENTS, placement_of
from baoji.systems.urban.city.generate.projection import to_degrees, to_metres
from baoji.systems.urban.tests.generated_city import city_with, small_city, small_seed


def fingerprint(city: City) -> str:
    digest = hashlib.sha256()
    for component in city.components:
        digest.update(repr(component).encode())
    for grid in city.unit_grids:
        digest.update(repr(grid).encode() + shapely.to_wkb(grid.polygon))
    for duty in city.responsibility_grids:
        digest.update(repr(duty).encode())
    for outline in city.streets + city.communities:
        digest.update(outline.code.encode() + shapely.to_wkb(outline.outline))
    digest.update(
        repr(city.addresses).encode() + shapely.to_wkb(shapely.MultiPolygon(city.base_map.buildings))
    )
    return digest.hexdigest()


def test_the_count_is_exact():
    assert len(small_city().components) == 3_001
    assert len(list(small_city().components)) == 3_001


def test_codes_are_sixteen_digits_unique_and_numbered_without_a_gap():
    codes = [component.code for component in small_city().components]
    assert all(re.fullmatch(r"61030[23]\d{10}", code) for code in codes)
    assert codes == sorted(set(codes))
    last: dict[str, int] = {}
    for code in codes:
        assert int(code[10:]) == last.get(code[:10], 0) + 1
        last[code[:10]] = int(code[10:])


def test_every_class_is_there_and_shares_follow_the_weights():
    count = Counter(component.class_code for component in small_city().components)
    assert set(count) == {kind.code for kind in small_seed().classes}
    assert count["0402"] / count["0146"] == pytest.approx(11, rel=0.05)


def test_every_component_lies_inside_its_unit_grid():
    polygons = {grid.code: grid.polygon for grid in small_city().unit_grids}
    for component in small_city().components:
        home = polygons[component.unit_grid]
        assert home.contains(shapely.Point(component.lon, component.lat)), component.code
        assert component.code[:6] == component.unit_grid[:6]


def test_lines_and_areas_have_geometry_within_their_unit_grid():
    polygons = {grid.code: grid.polygon for grid in small_city().unit_grids}
    kinds = {kind.code: kind.shape for kind in small_seed().classes}
    names = {"line": "LineString", "polygon": "Polygon"}
    for component in small_city().components:
        wanted = names.get(kinds[component.class_code])
        assert (component.shape.geom_type if component.shape else None) == wanted
        if component.shape is not None:
            assert polygons[component.unit_grid].buffer(1e-7).contains(component.shape)
            assert component.shape.distance(shapely.Point(component.lon, component.lat)) < 2e-5


def test_bodies_follow_class_and_county():
    for component in small_city().components:
        assert component.bodies.maintainer == ("610303-YH" if component.code[:6] == "610303" else "610300-YH")


def test_states_and_dates_are_plausible():
    seed, components = small_seed(), list(small_city().components)
    whole = sum(component.state == "完好" for component in components) / len(components)
    assert 0.955 < whole < 0.985
    for component in components:
        assert seed.surveyed_from <= component.surveyed_on <= seed.surveyed_to
        assert isinstance(component.surveyed_on, date)
        assert component.state == "完好" or component.changed_on is not None
        assert component.changed_on is None or component.surveyed_on < component.changed_on <= seed.changed_to


def test_lamps_stand_along_streets_and_sewers_lie_in_the_carriageway():
    lines = shapely.union_all(
        [shapely.transform(road.line, to_metres) for road in small_city().base_map.roads]
    )
    away = {}
    for code in ("0137", "0102", "0104"):
        places = np.array([(c.lon, c.lat) for c in small_city().components if c.class_code == code])
        away[code] = shapely.distance(shapely.points(to_metres(places)), lines)
    assert away["0102"].max() < 2.5
    assert away["0104"].max() < 14
    assert 4 < np.median(away["0137"]) < 16 and away["0137"].max() < 17


def test_no_two_components_of_a_class_stand_on_one_spot():
    places = Counter((c.class_code, c.lon, c.lat) for c in small_city().components)
    assert places.most_common(1)[0][1] == 1


def test_there_are_no_more_bridges_than_bridges():
    bridges = sum(component.class_code == "0209" for component in small_city().components)
    assert bridges == len(small_city().base_map.bridges) > 0


def test_addresses_name_real_streets_and_doors():
    doors = {(a.street, a.number) for a in small_city().addresses if a.kind == "door"}
    found = 0
    for component in small_city().components:
        match = re.fullmatch(r"(\S+) (\d+) 号(?:门前|东侧|西侧|南侧|北侧|院内)", component.address)
        if match:
            assert (match[1], int(match[2])) in doors
            found += 1
        else:
            assert component.address
    assert found > 2_000


def test_address_points_are_unique_and_lie_in_the_city():
    addresses = small_city().addresses
    polygons = {grid.code: grid.polygon for grid in small_city().unit_grids}
    assert {a.kind for a in addresses} == {"door", "crossing", "poi"}
    doors = [a for a in addresses if a.kind == "door"]
    assert len({(a.street, a.number) for a in doors}) == len(doors) > 1_000
    for address in addresses:
        assert polygons[address.unit_grid].distance(shapely.Point(address.lon, address.lat)) < 1e-5


def test_crossings_are_named_after_their_streets():
    streets = {road.name for road in small_city().base_map.roads}
    for address in small_city().addresses:
        if address.kind == "crossing":
            first, _, second = address.name.removesuffix("口").partition("与")
            assert {first, second} <= streets


def test_the_same_seed_gives_the_same_city():
    assert fingerprint(city_with()) == fingerprint(small_city())


def test_another_number_gives_another_city():
    assert fingerprint(city_with(number=7)) != fingerprint(small_city())


@pytest.mark.parametrize(
    ("total", "weights", "caps", "expected"),
    [
        (10, [1, 1, 2], None, [3, 2, 5]),
        (7, [1.0, 0.0], None, [7, 0]),
        (9, [5, 1, 1], [2, 99, 99], [2, 4, 3]),
        (0, [1, 1], None, [0, 0]),
    ],
)
def test_spread(total: int, weights: list[float], caps: list[int] | None, expected: list[int]):
    limits = None if caps is None else np.array(caps)
    assert spread(total, np.array(weights, dtype=float), limits).tolist() == expected


def test_spread_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="do not fit"):
        spread(5, np.ones(2), np.array([2, 2]))


def test_metres_and_degrees_are_each_other_back():
    places = np.array([[107.07, 34.38], [107.24, 34.34]])
    assert to_degrees(to_metres(places)) == pytest.approx(places, abs=1e-8)
    one_km_north = to_degrees(np.array([[0.0, 1000.0]])) - to_degrees(np.zeros((1, 2)))
    assert one_km_north[0, 1] == pytest.approx(1000 / 110_925, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "ground"),
    [
        ("垃圾箱（果皮箱、桶）", "kerb"),
        ("垃圾箱", "kerb"),
        ("热水井盖", "kerb"),
        ("桥体灯", "kerb"),
        ("跨河桥", "bridge"),
    ],
)
def test_placement_by_name(name: str, ground: str):
    assert placement_of("0199", name).ground == ground


def test_every_placement_has_a_weight():
    assert all(placement.weight > 0 for placement in PLACEMENTS.values())


def test_words():
    assert [numeral(n) for n in (1, 10, 11, 20, 35)] == ["一", "十", "十一", "二十", "三十五"]
    assert stem("经一路社区居委会") == "经一路" and stem("高家村村民委员会") == "高家村"
