"""Unit grids: the cells with their polygons, areas and 15-digit codes."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely

from baoji.systems.urban.city.generate.admin import CoreDivision
from baoji.systems.urban.city.generate.blocks import LAND_USES, Blocks
from baoji.systems.urban.city.generate.chance import Floats, Ints
from baoji.systems.urban.city.generate.city import UnitGrid
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.projection import to_degrees
from baoji.systems.urban.city.generate.shapes import Geometries


class Ground:
    """Cell polygons in metres and in degrees; both are made of the same shared corners."""

    def __init__(self, lattice: Lattice) -> None:
        self.degrees: Floats = to_degrees(lattice.xy)
        self.metric = _polygons(lattice, lattice.xy)
        self.lonlat = _polygons(lattice, self.degrees)
        self.area: Floats = shapely.area(self.metric)
        self.middle: Floats = shapely.get_coordinates(shapely.centroid(self.metric))
        self.tree = shapely.STRtree(self.metric)


def _polygons(lattice: Lattice, xy: Floats) -> Geometries:
    rings = [cell.ring + cell.ring[:1] for cell in lattice.cells]
    where = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    flat = np.concatenate([np.array(ring, dtype=np.int64) for ring in rings])
    return cast(Geometries, shapely.polygons(shapely.linearrings(xy[flat], indices=where)))


def order_in_community(communities: Ints, rows: Ints, x: Floats) -> Ints:
    """Running number of each cell inside its community, from 1: west to east, then north to south."""
    order = np.lexsort((x, rows, communities))
    sorted_communities = communities[order]
    starts = np.searchsorted(sorted_communities, sorted_communities)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order)) - starts + 1
    return numbers


def unit_grids(lattice: Lattice, ground: Ground, blocks: Blocks, division: CoreDivision) -> list[UnitGrid]:
    """In the order of the cells."""
    community = division.community_of_ward[blocks.wards.of_cell]
    rows = np.array([cell.row for cell in lattice.cells], dtype=np.int64)
    numbers = order_in_community(community, rows, ground.middle[:, 0])
    if numbers.max() > 999:
        raise ValueError("a community holds more than 999 unit grids")
    lonlat = to_degrees(ground.middle).tolist()
    uses = blocks.use[blocks.of_cell].tolist()
    grids = []
    for i, polygon in enumerate(ground.lonlat):
        code = division.communities[community[i]].code
        area = round(float(ground.area[i]), 1)
        lon, lat = lonlat[i]
        sequence = f"{code}{numbers[i]:03d}"
        grids.append(UnitGrid(sequence, code, int(rows[i]), LAND_USES[uses[i]], area, lon, lat, polygon))
    return grids
