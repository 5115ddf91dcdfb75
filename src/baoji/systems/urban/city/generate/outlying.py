"""Outlines of all streets and communities: exact inside the core, coarse Voronoi cells elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from baoji.systems.urban.city.generate.chance import Floats, dice
from baoji.systems.urban.city.generate.city import Outline
from baoji.systems.urban.city.generate.seed import CitySeed, CommunityUnit, County, StreetUnit
from baoji.systems.urban.city.generate.shapes import merged, parts_of

ROUNDS = 2


def outlines(
    seed: CitySeed, core: dict[str, MultiPolygon], core_area: MultiPolygon
) -> tuple[list[Outline], list[Outline]]:
    """Streets and communities in the order of their codes. `core` holds the core's communities by code."""
    streets: list[Outline] = []
    communities: list[Outline] = []
    for county in seed.counties:
        mine = [s for s in seed.streets if s.code[:6] == county.code]
        units = [c for c in seed.communities if c.code[:6] == county.code]
        laid = _county(seed, county, mine, units, core, core_area)
        streets += laid[0]
        communities += laid[1]
    return sorted(streets, key=lambda o: o.code), sorted(communities, key=lambda o: o.code)


def _county(
    seed: CitySeed, county: County, streets: Sequence[StreetUnit], units: Sequence[CommunityUnit],
    core: dict[str, MultiPolygon], core_area: MultiPolygon,
) -> tuple[list[Outline], list[Outline]]:  # fmt: skip
    free = parts_of(county.outline.difference(core_area))
    rng = dice(seed.number, f"outlying {county.code}")
    outer = {s.code: [u for u in units if u.code[:9] == s.code and u.code not in core] for s in streets}
    wanting = [s for s in streets if outer[s.code]]
    parts = dict(zip([s.code for s in wanting], _shared_out(free, len(wanting), rng), strict=True))
    communities: list[Outline] = []
    for street in streets:
        homes = outer[street.code]
        areas = _shared_out(parts[street.code], len(homes), rng) if homes else []
        communities += [Outline(u.code, u.name, a, False) for u, a in zip(homes, areas, strict=True)]
    communities += [Outline(u.code, u.name, core[u.code], True) for u in units if u.code in core]
    whole = [
        Outline(s.code, s.name, _street_area(s.code, parts, core), any(c[:9] == s.code for c in core))
        for s in streets
    ]
    return whole, communities


def _street_area(code: str, parts: dict[str, MultiPolygon], core: dict[str, MultiPolygon]) -> MultiPolygon:
    inside = [area for unit, area in core.items() if unit[:9] == code]
    if not inside:
        return parts[code]
    whole = merged(inside)
    return parts_of(shapely.union(whole, parts[code])) if code in parts else whole


def _shared_out(area: MultiPolygon, count: int, rng: np.random.Generator) -> list[MultiPolygon]:
    """Voronoi cells of `count` points, evened out a little, cut to the area."""
    if count == 1:
        return [area]
    points = _scattered(area, count, rng)
    for _ in range(ROUNDS):
        cells = [parts_of(area.intersection(cell)) for cell in _cells(points, area)]
        points = np.array([shapely.get_coordinates(shapely.point_on_surface(_biggest(c)))[0] for c in cells])
    return [parts_of(area.intersection(cell)) for cell in _cells(points, area)]


def _scattered(area: MultiPolygon, count: int, rng: np.random.Generator) -> Floats:
    shapely.prepare(area)
    west, south, east, north = area.bounds
    found = np.zeros((0, 2))
    while len(found) < count:
        tried = rng.uniform((west, south), (east, north), (count * 4, 2))
        found = np.vstack([found, tried[shapely.contains_xy(area, tried[:, 0], tried[:, 1])]])
    result: Floats = found[:count]
    return result


def _cells(points: Floats, area: MultiPolygon) -> list[BaseGeometry]:
    diagram = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=area, ordered=True)
    return list(shapely.get_parts(diagram))


def _biggest(shape: MultiPolygon) -> BaseGeometry:
    return max(shape.geoms, key=lambda part: part.area)
