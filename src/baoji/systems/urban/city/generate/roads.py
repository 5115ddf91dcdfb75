"""Which lines of the lattice are streets, what they are called, and their pieces between crossings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from baoji.systems.urban.city.generate.chance import Floats, Ints, dice
from baoji.systems.urban.city.generate.cuts import CrossLine
from baoji.systems.urban.city.generate.lattice import Lattice, LinePath
from baoji.systems.urban.city.generate.names import ALONG, BRIDGES, CROSS_NORTH, CROSS_SOUTH, NamePool
from baoji.systems.urban.city.generate.terrain import BANDS, MID_RIVER, SOUTH_EDGE_RANK, Rank

HALF_WIDTH: dict[Rank, float] = {"main": 14.0, "minor": 8.0, "lane": 4.0}
WATER = ("river", "stream")


@dataclass(slots=True)
class Road:
    """`chains` are runs of nodes, west to east or south to north."""

    number: int
    name: str
    rank: Rank
    along: bool
    chains: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pieces:
    """One row for each edge of a street: its ends, street, cells beside it, start along the street."""

    a: Ints
    b: Ints
    road: Ints
    left: Ints
    right: Ints
    start: Floats
    length: Floats


@dataclass(frozen=True, slots=True)
class Bridge:
    name: str
    road: int
    nodes: tuple[int, ...]


class Roads:
    def __init__(self, lattice: Lattice, number: int, preferred: tuple[str, ...]) -> None:
        self.lattice = lattice
        self.number = number
        self.roads: list[Road] = []
        self.pool = NamePool(dice(number, "names"), preferred)
        self.of_edge: dict[tuple[int, int], int] = {}
        self._level_rank: list[Rank | None] = [SOUTH_EDGE_RANK, *(band.rank for band in BANDS)]
        self._lay_along()
        self._lay_cross()
        self._lay_lanes()
        self.pieces = self._pieces()
        self.crossings = self._crossings()
        self.bridges = self._bridges()

    def _new(self, name: str, rank: Rank, along: bool) -> Road:
        road = Road(len(self.roads), name, rank, along)
        self.roads.append(road)
        return road

    def _lay(self, road: Road, edges: list[tuple[int, int]]) -> None:
        for a, b in edges:
            if self.lattice.beside(a, b) == (-1, -1):
                continue
            if road.chains and road.chains[-1][-1] == a:
                road.chains[-1].append(b)
            else:
                road.chains.append([a, b])
            self.of_edge[min(a, b), max(a, b)] = road.number

    def _lay_along(self) -> None:
        for path in self.lattice.level_paths():
            level = path.level if path.level is not None else 0
            rank = self._level_rank[level]
            if rank is None:
                continue
            sections = max(1, min(6, round(len(self.lattice.cross.arterials) / 3.4)))
            names = self._section_names(level, sections)
            for index, edges in enumerate(self._sections(path, len(names))):
                live = self._thinned(edges, rank, level)
                if any(self.lattice.beside(a, b) != (-1, -1) for a, b in live):
                    self._lay(self._new(self.pool.first_free([names[index]]), rank, True), live)

    def _section_names(self, level: int, sections: int) -> list[str]:
        known = ALONG.get(level - 1, ("南山路",))
        if len(known) == 1:
            return list(known)
        first = max(0, (len(known) - sections) // 2)
        return list(known[first : first + sections]) or list(known)

    def _sections(self, path: LinePath, count: int) -> list[list[tuple[int, int]]]:
        lines = self.lattice.cross.arterials
        bounds = [lines[round(i * (len(lines) - 1) / count)] for i in range(1, count)]
        level = path.level or 0
        limits = [line.at[level] for line in bounds]
        parts: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for a, b in self.lattice.edges(path):
            middle = (self.lattice.u_of(a) + self.lattice.u_of(b)) / 2
            parts[sum(limit < middle for limit in limits)].append((a, b))
        return parts

    def _thinned(self, edges: list[tuple[int, int]], rank: Rank, level: int) -> list[tuple[int, int]]:
        """Lesser streets are missing in places, so that blocks differ in size."""
        share = {"main": 0.0, "minor": 0.06, "lane": 0.3}[rank]
        if share == 0.0:
            return edges
        marks = sorted(line.at[level] for line in self.lattice.cross.through if level in line.at)
        rng = dice(self.number, f"thin {level}")
        gone = rng.random(len(marks) + 1) < share
        where = np.searchsorted(marks, [(self.lattice.u_of(a) + self.lattice.u_of(b)) / 2 for a, b in edges])
        return [edge for edge, place in zip(edges, where, strict=True) if not gone[place]]

    def _lay_cross(self) -> None:
        known = {True: list(CROSS_NORTH), False: list(CROSS_SOUTH)}
        for path in sorted(self._cross(lanes=False), key=lambda p: self._u(p.line)):
            line = path.line
            if line is None or line.rank is None:
                continue
            if line.bridge:
                self._lay_one(path.nodes, line.rank, known[True], line)
                continue
            for north in (False, True):
                dry = [node for node in path.nodes if self._dry(node, north)]
                self._lay_one(dry, line.rank, known[north], line)

    def _dry(self, node: int, north: bool) -> bool:
        """Streets without a bridge end at the road along the river."""
        level = self.lattice.level_of(node)
        return level >= MID_RIVER + 2 if north else level <= MID_RIVER - 2

    def _lay_one(self, nodes: list[int], rank: Rank, known: list[str], line: CrossLine) -> None:
        edges = list(zip(nodes, nodes[1:], strict=False))
        edges = [edge for edge in edges if self.lattice.beside(*edge) != (-1, -1)]
        if len(edges) < 2:
            return
        wishes = self._stream_wishes(line) or known
        road = self._new(self.pool.first_free(wishes), rank, False)
        self._lay(road, edges)

    def _stream_wishes(self, line: CrossLine) -> list[str]:
        lines = self.lattice.cross.through
        before = lines[lines.index(line) - 1].stream
        if line.stream:
            return [f"{line.stream}西路"]
        return [f"{before}东路"] if before else []

    def _u(self, line: CrossLine | None) -> float:
        return next(iter(line.at.values())) if line else 0.0

    def _cross(self, *, lanes: bool) -> list[LinePath]:
        return [p for p in self.lattice.cross_paths() if p.line and (p.line.rank == "lane") == lanes]

    def _lay_lanes(self) -> None:
        """A lane takes its name from the street at its southern end: 经二路北一巷."""
        for path in self._cross(lanes=True):
            edges = [e for e in self.lattice.edges(path) if self.lattice.beside(*e) != (-1, -1)]
            if not edges:
                continue
            parent = self._street_at(path.nodes[0])
            base, side = (parent, "北") if parent else (self._street_at(path.nodes[-1]), "南")
            name = self.pool.numbered(base + side) if base else self.pool.made_up("巷")
            self._lay(self._new(name, "lane", False), edges)

    def _street_at(self, node: int) -> str:
        for other in self.lattice.around(node):
            number = self.of_edge.get((min(node, other), max(node, other)))
            if number is not None and self.roads[number].along:
                return self.roads[number].name
        return ""

    def _pieces(self) -> Pieces:
        rows: list[tuple[int, int, int, int, int]] = []
        starts: list[float] = []
        for road in self.roads:
            at = 0.0
            for chain in road.chains:
                lengths = np.hypot(*np.diff(self.lattice.xy[chain], axis=0).T)
                for a, b, length in zip(chain, chain[1:], lengths, strict=False):
                    rows.append((a, b, road.number, *self.lattice.beside(a, b)))
                    starts.append(at)
                    at += float(length)
        table = np.array(rows, dtype=np.int64)
        xy = self.lattice.xy
        length = np.hypot(*(xy[table[:, 1]] - xy[table[:, 0]]).T)
        ends, others, on, left, right = (table[:, i] for i in range(5))
        return Pieces(ends, others, on, left, right, np.array(starts), length)

    def _crossings(self) -> dict[int, list[int]]:
        """Node → the two or more streets that meet there, the greatest first."""
        meet: dict[int, set[int]] = {}
        for (a, b), road in self.of_edge.items():
            meet.setdefault(a, set()).add(road)
            meet.setdefault(b, set()).add(road)
        order = {"main": 0, "minor": 1, "lane": 2}
        return {
            node: sorted(roads, key=lambda r: (order[self.roads[r].rank], r))
            for node, roads in sorted(meet.items())
            if len(roads) > 1
        }

    def _bridges(self) -> list[Bridge]:
        p = self.pieces
        names = list(BRIDGES)
        wet: dict[int, list[int]] = {}
        found: list[Bridge] = []
        cells = self.lattice.cells
        for a, b, road, left, right in zip(p.a, p.b, p.road, p.left, p.right, strict=True):
            kinds = {cells[c].kind for c in (int(left), int(right)) if c >= 0}
            if kinds == {"river"}:
                wet.setdefault(int(road), [int(a)]).append(int(b))
            elif "stream" in kinds and self.roads[road].along:
                stream = next(cells[c].stream for c in (int(left), int(right)) if c >= 0 and cells[c].stream)
                found.append(Bridge(f"{self.roads[road].name}{stream}桥", int(road), (int(a), int(b))))
        wei = [
            Bridge(names.pop(0) if names else self.pool.made_up("大桥"), r, tuple(n)) for r, n in wet.items()
        ]
        return wei + found
