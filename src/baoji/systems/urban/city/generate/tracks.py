"""Kerbs and banks as measured lines on which things stand at even spacing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baoji.systems.urban.city.generate.chance import Floats, Ints
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.roads import HALF_WIDTH, Roads
from baoji.systems.urban.city.generate.terrain import Rank

RANKS: tuple[Rank, ...] = ("main", "minor", "lane")


@dataclass(frozen=True, slots=True)
class Spots:
    """Places in metres. `track` is a row of the track, -1 for places off it; `t` metres along the street."""

    xy: Floats
    track: Ints
    t: Floats


@dataclass(frozen=True, slots=True)
class Track:
    """One row for each side of each street edge: `start`, `end` leave the crossings free.

    `out` is the unit vector away from the street's middle; `cell` the cell on that side.
    """

    origin: Floats
    along: Floats
    out: Floats
    start: Floats
    end: Floats
    half: Floats
    road: Ints
    side: Ints
    rank: Ints
    cell: Ints
    t: Floats
    wet: Ints

    def spots(self, count: int, weight: Floats, shift: float, beyond: float, within: float) -> Spots:
        """`count` places at even spacing in proportion to `weight` per metre.

        Each stands `beyond` metres outside the kerb, or, if `within` is not 0, at that share of the
        carriageway's half width.
        """
        measure = np.cumsum((self.end - self.start) * weight)
        at = (np.arange(count) + shift) * (measure[-1] / count)
        row = np.minimum(np.searchsorted(measure, at, side="right"), len(measure) - 1)
        before = measure[row] - (self.end[row] - self.start[row]) * weight[row]
        s = self.start[row] + (at - before) / weight[row]
        away = self.half[row] * within if within else self.half[row] + beyond
        return Spots(self._xy(row, s, away), row, self.t[row] + s)

    def _xy(self, row: Ints, s: Floats, away: Floats) -> Floats:
        xy: Floats = self.origin[row] + self.along[row] * s[:, None] + self.out[row] * away[:, None]
        return xy


def kerbs(lattice: Lattice, roads: Roads) -> Track:
    p = roads.pieces
    half = np.array([HALF_WIDTH[road.rank] for road in roads.roads])
    rank = np.array([RANKS.index(road.rank) for road in roads.roads])
    free = np.column_stack([_free(roads, p.a, half), _free(roads, p.b, half)])
    origin = lattice.xy[p.a]
    along = (lattice.xy[p.b] - origin) / p.length[:, None]
    left = np.column_stack([-along[:, 1], along[:, 0]])
    end = np.maximum(p.length - free[:, 1], free[:, 0])
    water = np.array([cell.kind in ("river", "stream") for cell in lattice.cells])
    both = [_side(s, p.left if s > 0 else p.right, left * s) for s in (1, -1)]
    cell = np.concatenate([b[1] for b in both])
    kept = np.flatnonzero((cell >= 0) & (np.tile(end - free[:, 0], 2) > 1.0))
    kept = kept[np.lexsort((np.tile(p.start, 2)[kept], kept >= len(p.a), np.tile(p.road, 2)[kept]))]
    piece = kept % len(p.a)
    return Track(
        origin[piece], along[piece], np.concatenate([b[2] for b in both])[kept], free[piece, 0], end[piece],
        half[p.road[piece]], p.road[piece], np.concatenate([b[0] for b in both])[kept], rank[p.road[piece]],
        cell[kept], p.start[piece], water[cell[kept]].astype(np.int64),
    )  # fmt: skip


def _side(sign: int, cells: Ints, out: Floats) -> tuple[Ints, Ints, Floats]:
    return np.full(len(cells), sign, dtype=np.int64), cells, out


def _free(roads: Roads, nodes: Ints, half: Floats) -> Floats:
    """Metres to keep clear at a node: half the widest street that meets there."""
    widest = {node: max(half[road] for road in meet) for node, meet in roads.crossings.items()}
    return np.array([widest[n] + 3.0 if n in widest else 0.0 for n in nodes.tolist()])


def banks(lattice: Lattice) -> Track:
    """The banks of the Wei, measured from the water's edge towards the land."""
    cells = lattice.cells
    edges = [
        (a, b, lattice.left_of[b, a])
        for (a, b), cell in lattice.left_of.items()
        if cells[cell].kind == "river"
        and (b, a) in lattice.left_of
        and cells[lattice.left_of[b, a]].kind == "belt"
    ]
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    order = np.lexsort((lattice.xy[table[:, 0], 0], table[:, 2] < 0))
    table = table[order]
    origin = lattice.xy[table[:, 0]]
    vector = lattice.xy[table[:, 1]] - origin
    length = np.hypot(vector[:, 0], vector[:, 1])
    along = vector / length[:, None]
    zero, none = np.zeros(len(table)), np.full(len(table), -1, dtype=np.int64)
    out = np.column_stack([along[:, 1], -along[:, 0]])
    return Track(
        origin, along, out, zero + 1, length - 1, zero, none, none, none, table[:, 2], zero, none * 0
    )
