"""Finds the places for all components of one class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baoji.systems.urban.city.generate.basemap import park_names
from baoji.systems.urban.city.generate.blocks import GREEN, LAND_USES, Blocks
from baoji.systems.urban.city.generate.buildings import Plots
from baoji.systems.urban.city.generate.chance import Floats, Ints, dice
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.placement import Placement
from baoji.systems.urban.city.generate.places import Wording
from baoji.systems.urban.city.generate.roads import HALF_WIDTH, Roads
from baoji.systems.urban.city.generate.tracks import RANKS, Track, banks

ON_BRIDGES = ("路灯", "交通护栏", "监控电子眼")


@dataclass(frozen=True, slots=True)
class Found:
    """Metres, direction of the thing (unit vectors), place for its name, address."""

    xy: Floats
    along: Floats
    place: list[str]
    address: list[str]


@dataclass(frozen=True, slots=True)
class Corners:
    xy: Floats
    along: Floats
    out: Floats
    node: Ints
    quarter: Ints
    weight_rank: Ints


class Finder:
    def __init__(
        self,
        lattice: Lattice,
        roads: Roads,
        blocks: Blocks,
        plots: Plots,
        track: Track,
        wording: Wording,
        number: int,
    ) -> None:
        self.lattice, self.roads, self.blocks = lattice, roads, blocks
        self.plots, self.track, self.wording = plots, track, wording
        self.number = number
        self.bank = banks(lattice)
        self.parks = park_names(blocks, lattice, number)
        self.corners = self._corners()

    def find(self, name: str, rule: Placement, count: int) -> Found:
        rng = dice(self.number, f"spots {name}")
        ways = {
            "kerb": self._on_kerb, "corner": self._at_corner, "yard": self._in_yard,
            "green": self._in_green, "bank": self._on_bank, "bridge": self._on_bridge,
        }  # fmt: skip
        if rule.ground == "corner" and not len(self.corners.node):
            return self._in_yard(name, rule, count, rng)
        if rule.ground == "green" and not self.parks:
            return self._in_yard(name, rule, count, rng)
        return ways[rule.ground](name, rule, count, rng)

    def _on_kerb(self, name: str, rule: Placement, count: int, rng: np.random.Generator) -> Found:
        track = self.track
        weight = np.array(rule.ranks)[track.rank]
        if rule.chosen < 1:
            share = np.array([1.0, rule.chosen, rule.chosen / 5])
            rank = np.array([RANKS.index(road.rank) for road in self.roads.roads])
            weight = weight * (rng.random(len(rank)) < share[rank])[track.road]
        if name not in ON_BRIDGES:
            weight = weight * (track.wet == 0)
        if weight.sum() <= 0:
            weight = np.ones(len(track.road))
        spots = track.spots(count, weight, float(rng.random()), rule.beyond, rule.within)
        place, address = self.wording.on_street(spots)
        return Found(spots.xy, track.along[spots.track], place, address)

    def _corners(self) -> Corners:
        """The four corners of each crossing, first along the greater street."""
        p = self.roads.pieces
        direction: dict[tuple[int, int], Floats] = {}
        vectors = (self.lattice.xy[p.b] - self.lattice.xy[p.a]) / p.length[:, None]
        for a, b, road, vector in zip(p.a.tolist(), p.b.tolist(), p.road.tolist(), vectors, strict=True):
            direction.setdefault((a, road), vector)
            direction.setdefault((b, road), vector)
        rows: list[tuple[float, ...]] = []
        for node, meet in self.roads.crossings.items():
            d = direction[node, meet[0]]
            n = np.array([-d[1], d[0]])
            ranks = [self.roads.roads[road].rank for road in meet[:2]]
            half, other = HALF_WIDTH[ranks[0]], HALF_WIDTH[ranks[1]]
            for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
                out = d * sx + n * sy
                spot = self.lattice.xy[node] + d * sx * other + n * sy * half
                quarter = (0 if out[1] > 0 else 3) if out[0] > 0 else (1 if out[1] > 0 else 2)
                rank = RANKS.index(ranks[0]) * 3 + RANKS.index(ranks[1])
                rows.append((*spot, *d, *(out / 2**0.5), node, quarter, rank))
        table = np.array(rows).reshape(-1, 9)
        whole = table[:, 6:].astype(np.int64)
        return Corners(table[:, :2], table[:, 2:4], table[:, 4:6], whole[:, 0], whole[:, 1], whole[:, 2])

    def _at_corner(self, name: str, rule: Placement, count: int, rng: np.random.Generator) -> Found:
        c = self.corners
        weight = np.array(rule.ranks)[c.weight_rank // 3] * np.array([1.0, 0.5, 0.06])[c.weight_rank % 3]
        if weight.sum() <= 0:
            weight = np.ones(len(weight))
        order = _drawn(weight, rng)
        turn = np.arange(count) // len(order)
        pick = order[np.arange(count) % len(order)]
        pick, turn = pick[np.argsort(pick, kind="stable")], turn[np.argsort(pick, kind="stable")]
        away = rule.beyond * 1.4 + 1.1 * turn + rng.uniform(-0.4, 0.4, count)
        xy = c.xy[pick] + c.out[pick] * away[:, None]
        nodes, quarters = c.node[pick].tolist(), c.quarter[pick].tolist()
        words = [self.wording.corner(n, q) for n, q in zip(nodes, quarters, strict=True)]
        return Found(xy, c.along[pick], [self.wording.crossings[n] for n in nodes], words)

    def _cells(self, weight: Floats, count: int, rng: np.random.Generator) -> Ints:
        measure = np.cumsum(weight)
        at = (np.arange(count) + float(rng.random())) * (measure[-1] / count)
        cells: Ints = np.searchsorted(measure, at, side="right").astype(np.int64)
        return cells

    def _in_yard(self, name: str, rule: Placement, count: int, rng: np.random.Generator) -> Found:
        """Behind the front of a plot, at one side of the cell where no building stands."""
        by_use = np.array([rule.uses.get(use, 0.0) for use in LAND_USES])
        weight = by_use[self.blocks.use][self.blocks.of_cell]
        if weight.sum() <= 0:
            weight = np.ones(len(weight))
        cells = self._cells(weight, count, rng)
        side = rng.integers(0, 4, count)
        share = rng.uniform(0.15, 0.85, count)
        inward = max(rule.size) / 2 + 3 if rule.area else 0.0
        size = np.where(side % 2 == 0, self.plots.depth[cells], self.plots.width[cells])
        inset = np.minimum(
            (self.plots.margin[cells, side] - 1.8 + rng.uniform(-0.8, 0.8, count) + inward) / size, 0.45
        )
        edge = np.where((side == 0) | (side == 3), inset, 1 - inset)
        across, along = np.where(side % 2 == 0, share, edge), np.where(side % 2 == 0, edge, share)
        xy = self.plots.at(cells, across, along)
        place, address = self.wording.in_yard(xy)
        return Found(xy, self._east(cells), place, address)

    def _east(self, cells: Ints) -> Floats:
        vector = self.plots.corners[cells, 1] - self.plots.corners[cells, 0]
        result: Floats = vector / np.hypot(vector[:, 0], vector[:, 1])[:, None]
        return result

    def _in_green(self, name: str, rule: Placement, count: int, rng: np.random.Generator) -> Found:
        green = self.blocks.use[self.blocks.of_cell] == GREEN
        cells = self._cells(green.astype(np.float64), count, rng)
        xy = self.plots.at(cells, rng.uniform(0.16, 0.84, count), rng.uniform(0.2, 0.8, count))
        names = [self.parks[b] for b in self.blocks.of_cell[cells].tolist()]
        near = self.wording.nearest_crossing(xy)
        return Found(
            xy, self._east(cells), names, [f"{n}内，近{c}" for n, c in zip(names, near, strict=True)]
        )

    def _on_bank(self, name: str, rule: Placement, count: int, rng: np.random.Generator) -> Found:
        weight = np.ones(len(self.bank.road))
        spots = self.bank.spots(count, weight, float(rng.random()), rule.beyond, rule.within)
        north = [self.lattice.cells[c].north for c in self.bank.cell[spots.track].tolist()]
        place = [f"渭河{'北' if n else '南'}岸" for n in north]
        near = self.wording.nearest_crossing(spots.xy)
        return Found(
            spots.xy,
            self.bank.along[spots.track],
            place,
            [f"{p}，近{c}" for p, c in zip(place, near, strict=True)],
        )

    def _on_bridge(self, name: str, rule: Placement, count: int, rng: np.random.Generator) -> Found:
        bridges = self.roads.bridges[:count]
        start = self.lattice.xy[[b.nodes[0] for b in bridges]]
        end = self.lattice.xy[[b.nodes[1] for b in bridges]]
        along = (end - start) / np.hypot(*(end - start).T)[:, None]
        xy = (start + end) / 2 + np.column_stack([-along[:, 1], along[:, 0]]) * 2.0
        names = [b.name for b in bridges]
        streets = [self.roads.roads[b.road].name for b in bridges]
        return Found(
            xy,
            along,
            names,
            [f"{s}{n}" if n[:2] != s[:2] else n for s, n in zip(streets, names, strict=True)],
        )


def _drawn(weight: Floats, rng: np.random.Generator) -> Ints:
    """All candidates with a weight, in the order of a weighted draw without replacement."""
    open_to = np.flatnonzero(weight > 0)
    luck = np.log(rng.random(len(open_to))) / weight[open_to]
    return open_to[np.argsort(-luck, kind="stable")]
