"""Blocks: the cells between streets taken together, and what each is used for."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from baoji.systems.urban.city.generate.chance import Flags, Floats, Ints, dice, sums
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.roads import Roads

LandUse = Literal[
    "residential", "commercial", "industrial", "public", "village", "green", "transport", "water"
]
LAND_USES: tuple[LandUse, ...] = get_args(LandUse)
WATER, TRANSPORT, GREEN = LAND_USES.index("water"), LAND_USES.index("transport"), LAND_USES.index("green")

# centres of town life: metres from the middle of the core, reach
CENTRES = (
    (-1200.0, 800.0, 1500.0),
    (6300.0, 0.0, 1100.0),
    (4300.0, -1700.0, 1000.0),
    (-600.0, -1300.0, 900.0),
)


def connected(count: int, pairs: Ints) -> Ints:
    """Label of the connected group of each of `count` things; labels run from 0 in order of appearance."""
    parent = list(range(count))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for a, b in pairs.tolist():
        one, two = root(a), root(b)
        if one != two:
            parent[max(one, two)] = min(one, two)
    _, labels = np.unique([root(i) for i in range(count)], return_inverse=True)
    return labels.astype(np.int64)


class Patches:
    """Groups of cells. `edges` are rows of two neighbouring groups, `border` the metres they share."""

    def __init__(self, lattice: Lattice, of_cell: Ints, shared: Ints, areas: Floats, middles: Floats) -> None:
        self.of_cell = of_cell
        self.count = int(of_cell.max()) + 1
        self.area = sums(of_cell, areas)
        self.size = np.bincount(of_cell)
        self.middle = np.column_stack([sums(of_cell, areas * middles[:, i]) / self.area for i in (0, 1)])
        self.first_cell = np.unique(of_cell, return_index=True)[1]
        pairs = np.sort(of_cell[shared[:, :2]], axis=1)
        ends = lattice.xy[shared[:, 2:]]
        length = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
        apart = pairs[:, 0] != pairs[:, 1]
        self.edges, where = np.unique(pairs[apart], axis=0, return_inverse=True)
        self.border = sums(where.ravel(), length[apart], len(self.edges))


class Blocks(Patches):
    """`of_cell[c]` is the block of cell c; `wards` are the blocks with each reach of river joined to its bank."""

    def __init__(self, lattice: Lattice, roads: Roads, areas: Floats, middles: Floats, number: int) -> None:
        self.shared = lattice.neighbours()
        inside = self._open(lattice, roads)
        of_cell = connected(len(lattice.cells), self.shared[inside, :2])
        super().__init__(lattice, of_cell, self.shared, areas, middles)
        self.use = self._uses(lattice, self.first_cell, number)
        of_ward = connected(len(lattice.cells), self.shared[inside | self._bank(lattice), :2])
        self.wards = Patches(lattice, of_ward, self.shared, areas, middles)
        dry = np.where(self.use[of_cell] == WATER, 0.15, 1.0)
        self.ward_weight = sums(of_ward, areas * dry)

    def _bank(self, lattice: Lattice) -> Flags:
        """Shared edges between a reach of the river and the green belt beside it."""
        pairs = [(lattice.cells[one], lattice.cells[two]) for one, two in self.shared[:, :2].tolist()]
        return np.array(
            [
                {a.kind, b.kind} == {"river", "belt"} and a.column == b.column and a.north == b.north
                for a, b in pairs
            ],
            dtype=np.bool_,
        )

    def _open(self, lattice: Lattice, roads: Roads) -> Flags:
        """Shared edges that carry no street and part no two kinds of ground."""
        cells = lattice.cells
        keep = []
        for one, two, a, b in self.shared.tolist():
            first, second = cells[one], cells[two]
            same = first.kind == second.kind and first.stream == second.stream and first.north == second.north
            if first.kind != "land":
                same = same and first.column == second.column
            keep.append(same and (min(a, b), max(a, b)) not in roads.of_edge)
        return np.array(keep, dtype=np.bool_)

    def _uses(self, lattice: Lattice, first: Ints, number: int) -> Ints:
        kinds = [lattice.cells[c].kind for c in first]
        fixed = {"river": WATER, "stream": WATER, "belt": GREEN, "rail": TRANSPORT}
        rng = dice(number, "land use")
        rolls = rng.random(self.count)
        shares = self._shares(np.array([lattice.cells[c].band for c in first]))
        drawn = (np.cumsum(shares, axis=1) < rolls[:, None]).sum(axis=1)
        return np.array([fixed.get(k, int(d)) for k, d in zip(kinds, drawn, strict=True)], dtype=np.int64)

    def _shares(self, band: Ints) -> Floats:
        """Chance of each use, the first six of LAND_USES, by nearness to a centre and to the hills."""
        x, y = self.middle.T
        pull = np.zeros(self.count)
        for cx, cy, reach in CENTRES:
            pull = np.maximum(pull, np.exp(-(((x - cx) / reach) ** 2) - ((y - cy) / reach) ** 2))
        edge = ((band < 2) | (band > 20)).astype(float)
        works = np.clip((np.abs(x) - 3500) / 4000, 0, 1) * (1 - pull)
        big = np.clip((self.size - 4) / 6, 0, 1)
        table = np.column_stack(
            [
                0.62 + 0 * x,
                0.06 + 0.40 * pull,
                0.03 + 0.20 * works + 0.14 * big,
                0.07 + 0.14 * big,
                0.01 + 0.40 * edge * (1 - pull),
                0.055 + 0.10 * edge,
                0 * x,
                0 * x,
            ]
        )
        result: Floats = table / table.sum(axis=1, keepdims=True)
        return result
