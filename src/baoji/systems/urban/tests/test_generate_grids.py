"""Unit grids, communities and responsibility grids of the generated city."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np
import pytest
import shapely

from baoji.systems.urban.city.generate.divide import Pieces, divide
from baoji.systems.urban.city.generate.grids import order_in_community
from baoji.systems.urban.city.generate.projection import to_metres
from baoji.systems.urban.tests.generated_city import city_with, small_city, small_seed


def test_unit_grids_tile_the_core_without_gap_or_overlap():
    grids = small_city().unit_grids
    polygons = [grid.polygon for grid in grids]
    whole = shapely.union_all(polygons)
    assert all(polygon.is_valid for polygon in polygons)
    assert whole.geom_type == "Polygon" and not whole.interiors
    assert whole.area == pytest.approx(sum(polygon.area for polygon in polygons), rel=1e-6)
    tree = shapely.STRtree(polygons)
    ones, others = tree.query(polygons, predicate="overlaps")
    assert [(grids[a].code, grids[b].code) for a, b in zip(ones, others, strict=True)] == []


def test_neighbouring_unit_grids_share_their_corners():
    assert shapely.coverage_is_valid([grid.polygon for grid in small_city().unit_grids])


def test_unit_grids_are_about_a_hectare():
    areas = np.array([grid.area_m2 for grid in small_city().unit_grids])
    measured = [shapely.transform(grid.polygon, to_metres).area for grid in small_city().unit_grids]
    assert 9_000 < np.median(areas) < 11_500
    assert areas.min() > 1_500 and areas.max() < 25_000
    assert areas == pytest.approx(measured, abs=1.0)


def test_unit_grid_codes_are_fifteen_digits_unique_and_begin_with_their_community():
    grids = small_city().unit_grids
    known = {community.code for community in small_seed().communities}
    assert len({grid.code for grid in grids}) == len(grids)
    for grid in grids:
        assert len(grid.code) == 15 and grid.code.isdigit()
        assert grid.code[:12] == grid.community and grid.community in known


def test_numbers_run_west_to_east_then_north_to_south_without_a_gap():
    by_community = defaultdict(list)
    for grid in small_city().unit_grids:
        by_community[grid.community].append(grid)
    for grids in by_community.values():
        grids.sort(key=lambda grid: grid.code)
        assert [int(grid.code[-3:]) for grid in grids] == list(range(1, len(grids) + 1))
        for before, after in pairwise(grids):
            assert before.row < after.row or (before.row == after.row and before.lon < after.lon)


def test_rows_follow_each_other_from_north_to_south():
    """Neighbours one above the other: the northern one has the smaller row."""
    grids = [grid for grid in small_city().unit_grids if grid.use != "water"]
    tree = shapely.STRtree([grid.polygon for grid in grids])
    ones, others = tree.query([grid.polygon for grid in grids], predicate="touches")
    checked = 0
    for a, b in zip(ones.tolist(), others.tolist(), strict=True):
        if abs(grids[a].lon - grids[b].lon) < 0.0004 and grids[a].lat - grids[b].lat > 0.0005:
            assert grids[a].row < grids[b].row
            checked += 1
    assert checked > 100


def test_order_inside_a_community():
    communities = np.array([0, 0, 0, 1, 0])
    rows = np.array([2, 1, 1, 0, 2])
    x = np.array([5.0, 9.0, 3.0, 0.0, 1.0])
    assert order_in_community(communities, rows, x).tolist() == [4, 2, 1, 1, 3]


def test_every_unit_grid_lies_in_the_outline_of_its_community():
    outlines = {outline.code: outline for outline in small_city().communities}
    for grid in small_city().unit_grids:
        home = outlines[grid.community]
        assert home.core and home.outline.contains(shapely.Point(grid.lon, grid.lat))


def test_every_street_and_community_has_an_outline_and_none_overlap():
    city, seed = small_city(), small_seed()
    assert {o.code for o in city.streets} == {s.code for s in seed.streets}
    assert {o.code for o in city.communities} == {c.code for c in seed.communities}
    for level in (city.streets, city.communities):
        assert all(not outline.outline.is_empty for outline in level)
        for one, other in combinations(level, 2):
            assert one.outline.intersection(other.outline).area < 1e-10, (one.code, other.code)


def test_outlines_outside_the_core_stay_in_their_county():
    counties = {county.code: county.outline for county in small_seed().counties}
    outside = [o for o in small_city().communities if not o.core]
    assert len(outside) >= 9
    for outline in outside:
        assert outline.outline.difference(counties[outline.code[:6]]).area < 1e-10


def test_villages_lie_outside_the_core():
    village = {community.code for community in small_seed().communities if "村" in community.name}
    assert not village & {grid.community for grid in small_city().unit_grids}


def test_responsibility_grids_part_the_unit_grids():
    city = small_city()
    held = [code for duty in city.responsibility_grids for code in duty.unit_grids]
    assert len(city.responsibility_grids) == 6
    assert sorted(held) == sorted(grid.code for grid in city.unit_grids)
    assert sum(duty.components for duty in city.responsibility_grids) == 3_001


def test_responsibility_grids_are_whole_and_stay_in_one_county():
    city = small_city()
    polygons = {grid.code: grid.polygon for grid in city.unit_grids}
    for duty in city.responsibility_grids:
        assert duty.code.startswith(f"{duty.county}R") and duty.code[-2:].isdigit()
        assert {code[:6] for code in duty.unit_grids} == {duty.county}
        assert len(duty.outline.geoms) == 1
        assert duty.outline.area == pytest.approx(sum(polygons[c].area for c in duty.unit_grids), rel=1e-9)


def test_responsibility_grids_share_the_work():
    sizes = [len(duty.unit_grids) for duty in small_city().responsibility_grids]
    assert max(sizes) < 2.5 * min(sizes)


def test_a_stray_piece_joins_the_neighbour_it_borders_most():
    """A ring of five pieces cut by x: the middle of the far side must not be left alone."""
    middle = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.1, 5.0], [2.0, 5.0]])
    edges = np.array([[0, 1], [1, 2], [2, 4], [3, 4]])
    pieces = Pieces(middle, np.ones(5), edges, np.ones(4))
    parts = divide(pieces, np.arange(5), np.ones(2))
    for part in (0, 1):
        mine = set(np.flatnonzero(parts == part).tolist())
        reached = {min(mine)}
        for _ in range(5):
            reached |= {b for a, b in edges.tolist() if a in reached} | {
                a for a, b in edges.tolist() if b in reached
            }
            reached &= mine
        assert reached == mine


def test_a_seed_without_urban_communities_is_refused():
    rural = tuple(c for c in small_seed().communities if not (c.is_urban and c.code.startswith("610302")))
    with pytest.raises(ValueError, match="610302"):
        city_with(communities=rural)
