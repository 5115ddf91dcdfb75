"""Footprints of buildings, laid square to the streets around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from baoji.systems.urban.city.generate.blocks import LAND_USES, Blocks, LandUse
from baoji.systems.urban.city.generate.chance import Floats, Ints, dice
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.roads import HALF_WIDTH, Roads


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pitch and size of footprints in metres, across and along the cell; share that is built."""

    pitch: tuple[float, float]
    size: tuple[float, float]
    built: float


PATTERNS: dict[LandUse, tuple[Pattern, ...]] = {
    "residential": (
        Pattern((36.0, 26.0), (30.0, 12.0), 0.94),
        Pattern((66.0, 27.0), (57.0, 12.5), 0.94),
        Pattern((33.0, 36.0), (21.0, 16.0), 0.94),
    ),
    "commercial": (Pattern((35.0, 33.0), (28.0, 25.0), 0.9), Pattern((50.0, 40.0), (42.0, 30.0), 0.92)),
    "industrial": (Pattern((85.0, 40.0), (68.0, 27.0), 0.85), Pattern((44.0, 60.0), (30.0, 46.0), 0.75)),
    "public": (Pattern((46.0, 36.0), (36.0, 15.0), 0.72),),
    "village": (Pattern((20.0, 22.0), (13.0, 11.5), 0.75),),
}


class Plots:
    """The four corners of each cell and how far to keep from its south, east, north and west side."""

    def __init__(self, lattice: Lattice, roads: Roads) -> None:
        self.corners: Floats = lattice.xy[[list(cell.corners) for cell in lattice.cells]]
        sides = np.roll(self.corners, -1, axis=1) - self.corners
        length = np.hypot(sides[:, :, 0], sides[:, :, 1])
        self.width = (length[:, 0] + length[:, 2]) / 2
        self.depth = (length[:, 1] + length[:, 3]) / 2
        self.margin, self.road = self._sides(lattice, roads)

    def _sides(self, lattice: Lattice, roads: Roads) -> tuple[Floats, Ints]:
        margin = np.full((len(lattice.cells), 4), 5.0)
        road = np.full((len(lattice.cells), 4), -1, dtype=np.int64)
        for number, cell in enumerate(lattice.cells):
            side = -1
            for a, b in zip(cell.ring, cell.ring[1:] + cell.ring[:1], strict=True):
                side += a == cell.corners[(side + 1) % 4]
                found = roads.of_edge.get((min(a, b), max(a, b)))
                if found is not None:
                    margin[number, side] = HALF_WIDTH[roads.roads[found].rank] + 7.0
                    road[number, side] = found
        return margin, road

    def at(self, cell: Ints, across: Floats, along: Floats) -> Floats:
        """Metres of a place given by its shares of the cell's width and depth."""
        sw, se, ne, nw = (self.corners[cell, i] for i in range(4))
        s, t = across[..., None], along[..., None]
        result: Floats = (sw * (1 - s) + se * s) * (1 - t) + (nw * (1 - s) + ne * s) * t
        return result


def buildings(plots: Plots, blocks: Blocks, number: int) -> Floats:
    """Corners of all footprints, shape (n, 4, 2), in metres."""
    rng = dice(number, "buildings")
    found = []
    style_of_block = rng.integers(0, 60, blocks.count)
    for kind, patterns in PATTERNS.items():
        for style, pattern in enumerate(patterns):
            mine = (blocks.use == LAND_USES.index(kind)) & (style_of_block % len(patterns) == style)
            cells = np.flatnonzero(mine[blocks.of_cell])
            if len(cells):
                found.append(_filled(plots, cells, pattern, rng))
    return np.concatenate(found) if found else np.zeros((0, 4, 2))


def _filled(plots: Plots, cells: Ints, pattern: Pattern, rng: np.random.Generator) -> Floats:
    width, depth = plots.width[cells], plots.depth[cells]
    south, east, north, west = plots.margin[cells].T
    free_x, free_y = width - west - east, depth - south - north
    nx = np.maximum(1, np.floor(free_x / pattern.pitch[0] + 0.45)).astype(np.int64)
    ny = np.maximum(1, np.floor(free_y / pattern.pitch[1] + 0.45)).astype(np.int64)
    which = np.repeat(np.arange(len(cells)), nx * ny)
    place = np.arange(len(which)) - np.repeat(np.cumsum(nx * ny) - nx * ny, nx * ny)
    kept = rng.random(len(which)) < pattern.built
    which, place = which[kept], place[kept]
    column, row = place % nx[which], place // nx[which]
    step_x, step_y = free_x[which] / nx[which], free_y[which] / ny[which]
    size = rng.uniform(0.82, 1.06, (len(which), 2))
    half_x = np.minimum(pattern.size[0] * size[:, 0], step_x * 0.9) / 2
    half_y = np.minimum(pattern.size[1] * size[:, 1], step_y * 0.85) / 2
    x = west[which] + (column + 0.5) * step_x + rng.uniform(-1, 1, len(which)) * (step_x / 2 - half_x) * 0.5
    y = south[which] + (row + 0.5) * step_y
    corner_x = np.column_stack([x - half_x, x + half_x, x + half_x, x - half_x]) / width[which, None]
    corner_y = np.column_stack([y - half_y, y - half_y, y + half_y, y + half_y]) / depth[which, None]
    good = (free_x[which] > 9) & (free_y[which] > 9)
    owner = np.repeat(cells[which][good][:, None], 4, axis=1)
    return np.round(plots.at(owner, corner_x[good], corner_y[good]), 2)


def footprints(corners_lonlat: Floats) -> list[shapely.Polygon]:
    return list(np.atleast_1d(np.asarray(shapely.polygons(shapely.linearrings(corners_lonlat)))))
