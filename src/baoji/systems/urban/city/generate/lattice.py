"""Cells with shared corners: the unit grids before they are numbered, and all edges between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from baoji.systems.urban.city.generate.chance import Floats, Ints
from baoji.systems.urban.city.generate.cuts import CrossLine, CrossLines
from baoji.systems.urban.city.generate.terrain import BANDS, MID_RIVER, Kind, Terrain

SNAP = 20.0


@dataclass(slots=True)
class Cell:
    """`ring` and `corners` (sw, se, ne, nw) hold node numbers; `row` counts from the north."""

    ring: list[int]
    corners: tuple[int, int, int, int]
    kind: Kind
    band: int
    row: int
    column: int
    u: float
    north: bool
    stream: str = ""


@dataclass(slots=True)
class LinePath:
    """A run of nodes that may carry a street. `level` is set for lines along the valley."""

    nodes: list[int]
    line: CrossLine | None
    level: int | None


class Lattice:
    def __init__(self, terrain: Terrain, number: int) -> None:
        self.terrain = terrain
        self.cross = CrossLines(terrain, number)
        self._first_row = [0]
        for band in BANDS:
            self._first_row.append(self._first_row[-1] + band.rows)
        self.cuts = [self.cross.band(index).lines for index in range(len(BANDS))]
        self._snap()
        self._nodes: dict[tuple[int, float], int] = {}
        self._keys: list[tuple[float, float]] = []
        self._levels = self._register()
        self.cells = [cell for index in range(len(BANDS)) for cell in self._cells(index)]
        self.cells = self._inside_limits()
        keys = np.array(self._keys)
        self.xy: Floats = terrain.place(keys[:, 0], keys[:, 1])
        self.left_of: dict[tuple[int, int], int] = {}
        self._index_edges()

    def _snap(self) -> None:
        """Cuts that nearly meet on a line meet on it, so that lanes cross and slivers vanish."""
        for index in range(1, len(BANDS)):
            below = np.array(sorted(line.at[index] for line in self.cuts[index - 1]))
            for line in self.cuts[index]:
                if line.first == line.last == index:
                    nearest = float(below[np.argmin(np.abs(below - line.at[index]))])
                    if abs(nearest - line.at[index]) < SNAP:
                        line.at[index] = nearest

    def _node(self, row_line: int, band: int, u: float) -> int:
        key = (row_line, round(u, 3))
        if key not in self._nodes:
            self._nodes[key] = len(self._keys)
            start = self._first_row[band]
            self._keys.append((key[1], band + (row_line - start) / BANDS[band].rows))
        return self._nodes[key]

    def _side(self, index: int, line: CrossLine) -> list[int]:
        rows = BANDS[index].rows
        start, low, high = self._first_row[index], line.at[index], line.at[index + 1]
        return [self._node(start + r, index, low + (high - low) * r / rows) for r in range(rows)] + [
            self._node(self._first_row[index + 1], index, high)
        ]

    def _register(self) -> list[list[int]]:
        """Nodes of each whole level from west to east, from the cuts on both sides of it."""
        found: list[set[int]] = [set() for _ in range(len(BANDS) + 1)]
        self.sides = []
        for index, lines in enumerate(self.cuts):
            sides = [self._side(index, line) for line in lines]
            self.sides.append(sides)
            found[index].update(side[0] for side in sides)
            found[index + 1].update(side[-1] for side in sides)
        return [sorted(nodes, key=lambda n: self._keys[n][0]) for nodes in found]

    def _along(self, level: int, west: int, east: int) -> list[int]:
        nodes = self._levels[level]
        return nodes[nodes.index(west) : nodes.index(east) + 1]

    def _cells(self, index: int) -> list[Cell]:
        cells: list[Cell] = []
        lines, sides = self.cuts[index], self.sides[index]
        for place in range(len(lines) - 1):
            left, right = sides[place], sides[place + 1]
            if lines[place].stream:
                cells.append(self._cell(index, left, right, "stream", lines[place].stream))
                continue
            for row in range(BANDS[index].rows):
                part = slice(row, row + 2)
                cells.append(self._cell(index, left[part], right[part], BANDS[index].kind, "", row))
        return cells

    def _cell(
        self, index: int, left: list[int], right: list[int], kind: Kind, stream: str, row: int = 0
    ) -> Cell:
        rows = BANDS[index].rows
        bottom = self._along(index, left[0], right[0]) if row == 0 else [left[0], right[0]]
        on_top = stream or row == rows - 1
        top = self._along(index + 1, left[-1], right[-1]) if on_top else [left[-1], right[-1]]
        ring = bottom[:-1] + right[:-1] + top[::-1][:-1] + left[::-1][:-1]
        u = sum(self._keys[n][0] for n in (left[0], left[-1], right[0], right[-1])) / 4
        column = sum(line.at[MID_RIVER] <= u for line in self.cross.arterials[1:-1])
        from_north = self._first_row[-1] - 1 - (self._first_row[index] + (rows - 1 if stream else row))
        corners = (left[0], right[0], right[-1], left[-1])
        return Cell(ring, corners, kind, index, from_north, column, u, index >= MID_RIVER, stream)

    def _inside_limits(self) -> list[Cell]:
        """Whole blocks are kept or left out, so that the core ends at streets."""
        u = np.array([cell.u for cell in self.cells])
        level = np.array([cell.band + 0.5 for cell in self.cells])
        off = self.terrain.offset(u, level)
        reach = np.where(off > 0, self.terrain.limit(u, True), self.terrain.limit(u, False))
        kept = [cell for cell, d, r in zip(self.cells, off, reach, strict=True) if abs(d) <= r]
        return kept

    def _index_edges(self) -> None:
        for number, cell in enumerate(self.cells):
            for a, b in zip(cell.ring, cell.ring[1:] + cell.ring[:1], strict=True):
                self.left_of[a, b] = number
        self._around: dict[int, list[int]] = {}
        for a, b in self.left_of:
            self._around.setdefault(a, []).append(b)
            self._around.setdefault(b, []).append(a)

    def beside(self, a: int, b: int) -> tuple[int, int]:
        """Cells to the left and right of the edge; -1 where the core ends."""
        return self.left_of.get((a, b), -1), self.left_of.get((b, a), -1)

    def neighbours(self) -> Ints:
        """Rows of (cell, cell, node, node), one for each shared edge."""
        rows = [
            (cell, other, a, b)
            for (a, b), cell in self.left_of.items()
            if (other := self.left_of.get((b, a), -1)) > cell
        ]
        return np.array(rows, dtype=np.int64).reshape(-1, 4)

    def level_paths(self) -> list[LinePath]:
        return [LinePath(nodes, None, level) for level, nodes in enumerate(self._levels)]

    def cross_paths(self) -> list[LinePath]:
        paths: dict[int, LinePath] = {}
        for index, lines in enumerate(self.cuts):
            for line, side in zip(lines, self.sides[index], strict=True):
                if line.rank is None:
                    continue
                path = paths.setdefault(id(line), LinePath([], line, None))
                path.nodes += side if not path.nodes else side[1:]
        return list(paths.values())

    def level_of(self, node: int) -> float:
        return self._keys[node][1]

    def around(self, node: int) -> list[int]:
        return self._around.get(node, [])

    def u_of(self, node: int) -> float:
        return self._keys[node][0]

    def edges(self, path: LinePath) -> list[tuple[int, int]]:
        return list(pairwise(path.nodes))
