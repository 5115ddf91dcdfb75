"""Puts the parts together."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from baoji.systems.urban.city.generate.admin import CoreDivision, divide_core
from baoji.systems.urban.city.generate.basemap import MapMaker
from baoji.systems.urban.city.generate.blocks import Blocks
from baoji.systems.urban.city.generate.buildings import Plots, buildings, footprints
from baoji.systems.urban.city.generate.chance import Ints
from baoji.systems.urban.city.generate.city import (
    Address,
    BaseMap,
    City,
    Components,
    Label,
    Outline,
    UnitGrid,
)
from baoji.systems.urban.city.generate.components import components
from baoji.systems.urban.city.generate.grids import Ground, unit_grids
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.outlying import outlines
from baoji.systems.urban.city.generate.places import Interest, Plates, Wording, door_plates, interests
from baoji.systems.urban.city.generate.projection import to_degrees
from baoji.systems.urban.city.generate.responsibility import responsibility_grids
from baoji.systems.urban.city.generate.roads import Roads
from baoji.systems.urban.city.generate.seed import CitySeed
from baoji.systems.urban.city.generate.shapes import merged, points
from baoji.systems.urban.city.generate.spots import Finder
from baoji.systems.urban.city.generate.terrain import Terrain
from baoji.systems.urban.city.generate.tracks import kerbs


def generate(seed: CitySeed) -> City:
    """The same city for the same seed. Raises ValueError if the seed cannot be laid out."""
    _check(seed)
    terrain = Terrain(seed.number, seed.scale)
    lattice = Lattice(terrain, seed.number)
    roads = Roads(lattice, seed.number, tuple(seed.street_names))
    ground = Ground(lattice)
    blocks = Blocks(lattice, roads, ground.area, ground.middle, seed.number)
    division = divide_core(seed, lattice, blocks)
    grids = unit_grids(lattice, ground, blocks, division)
    plots = Plots(lattice, roads)
    track = kerbs(lattice, roads)
    plates = door_plates(track, blocks, seed.number)
    wording = Wording(lattice, roads, track, plates)
    finder = Finder(lattice, roads, blocks, plots, track, wording, seed.number)
    things = components(seed, finder, ground, grids)
    homes = [division.communities[i].name for i in division.community_of_ward[blocks.wards.of_cell].tolist()]
    pois = interests(
        lattice, blocks, plots, homes, round(seed.points_of_interest * min(1.0, seed.scale)), seed.number
    )
    streets, communities = outlines(seed, _core(division, blocks, ground), merged(ground.lonlat))
    maker = MapMaker(seed, terrain, lattice, roads, blocks, ground)
    corners = buildings(plots, blocks, seed.number)
    houses = footprints(to_degrees(corners.reshape(-1, 2)).reshape(-1, 4, 2))
    drawn = maker.base_map(_standing(houses, things, maker.railway_strips()), finder.parks)
    return City(
        base_map=_labelled(drawn, seed, streets, grids),
        streets=streets,
        communities=communities,
        unit_grids=grids,
        responsibility_grids=responsibility_grids(seed, blocks.wards, ground, grids, _held(things, grids)),
        components=things,
        addresses=_addresses(lattice, roads, ground, grids, plates, wording, pois),
    )


def _check(seed: CitySeed) -> None:
    held = {county.code for county in seed.counties}
    if not {seed.south, seed.north} <= held:
        raise ValueError(f"the counties {seed.south} and {seed.north} of the core are missing")
    if not seed.classes or seed.components < 1:
        raise ValueError("no component classes, or no components wanted")
    for county in (seed.south, seed.north):
        if not any(c.code[:6] == county and c.is_urban for c in seed.communities):
            raise ValueError(f"county {county} has no urban community")


def _core(division: CoreDivision, blocks: Blocks, ground: Ground) -> dict[str, MultiPolygon]:
    of_cell = division.community_of_ward[blocks.wards.of_cell]
    return {unit.code: merged(ground.lonlat[of_cell == i]) for i, unit in enumerate(division.communities)}


def _standing(houses: list[Polygon], things: Components, tracks: list[Polygon]) -> list[Polygon]:
    """Houses that are not in the way of car parks, other areas or the railway."""
    taken = [shape for shape in things.shapes.values() if shape.geom_type == "Polygon"] + tracks
    hit = set(shapely.STRtree(houses).query(taken, predicate="intersects")[1].tolist())
    return [house for i, house in enumerate(houses) if i not in hit]


def _held(things: Components, grids: list[UnitGrid]) -> Ints:
    """Components in each unit grid."""
    place = {grid.code: i for i, grid in enumerate(grids)}
    return np.bincount([place[code] for code in things.unit_grids], minlength=len(grids))


def _labelled(base: BaseMap, seed: CitySeed, streets: list[Outline], grids: list[UnitGrid]) -> BaseMap:
    for county in seed.counties:
        inside = [(g.lon, g.lat) for g in grids if g.code[:6] == county.code and g.use != "water"]
        if inside:
            lon, lat = _central(inside)
            base.labels.append(Label(county.name, "district", lon, lat))
    for street in (s for s in streets if s.core):
        lon, lat = _central([(g.lon, g.lat) for g in grids if g.code[:9] == street.code and g.use != "water"])
        base.labels.append(Label(street.name, "street", lon, lat))
    return base


def _central(places: list[tuple[float, float]]) -> tuple[float, float]:
    """The place nearest to the middle of all."""
    lon, lat = (sum(p[i] for p in places) / len(places) for i in (0, 1))
    return min(places, key=lambda p: (p[0] - lon) ** 2 + (p[1] - lat) ** 2)


def _addresses(
    lattice: Lattice, roads: Roads, ground: Ground, grids: list[UnitGrid], plates: Plates, wording: Wording,
    pois: list[Interest],
) -> list[Address]:  # fmt: skip
    nodes = list(wording.crossings)
    xy = np.vstack([plates.xy, lattice.xy[nodes], np.array([p.xy for p in pois]).reshape(-1, 2)])
    cells = ground.tree.nearest(points(xy))
    codes = [grids[c].code for c in np.asarray(cells).tolist()]
    lonlat = to_degrees(xy).tolist()
    places = list(zip(codes, lonlat, strict=True))
    names = [roads.roads[r].name for r in plates.road.tolist()]
    doors = [
        Address("door", f"{name} {number} 号", name, number, "", code, lon, lat)
        for name, number, (code, (lon, lat)) in zip(names, plates.number.tolist(), places, strict=False)
    ]
    rest = places[len(doors) :]
    crossings = [
        Address("crossing", wording.crossings[node], "", None, "", code, lon, lat)
        for node, (code, (lon, lat)) in zip(nodes, rest, strict=False)
    ]
    interest = [
        Address("poi", p.name, "", None, p.category, code, lon, lat)
        for p, (code, (lon, lat)) in zip(pois, rest[len(crossings) :], strict=True)
    ]
    return doors + crossings + interest
