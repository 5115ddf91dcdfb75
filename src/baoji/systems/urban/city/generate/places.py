"""Addresses: door plates along the streets, crossings, points of interest; and words for any spot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from baoji.systems.urban.city.generate.blocks import LAND_USES, Blocks, LandUse
from baoji.systems.urban.city.generate.buildings import Plots
from baoji.systems.urban.city.generate.chance import Floats, Ints, dice, spread
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.names import NamePool, numeral, stem
from baoji.systems.urban.city.generate.roads import Roads
from baoji.systems.urban.city.generate.shapes import points
from baoji.systems.urban.city.generate.tracks import Spots, Track

PLOT_FRONT = 15.0
CATEGORIES: tuple[tuple[str, LandUse, float, tuple[str, ...]], ...] = (
    ("学校", "public", 150, ("小学", "中学", "幼儿园")),
    ("医疗", "public", 80, ("社区卫生服务中心", "医院", "诊所")),
    ("机关", "public", 60, ("派出所", "政务服务站", "税务所")),
    ("集市", "commercial", 70, ("农贸市场", "便民市场")),
    ("商场", "commercial", 80, ("购物中心", "商场", "超市")),
    ("酒店", "commercial", 60, ("宾馆", "酒店")),
    ("金融", "commercial", 50, ("农商银行", "储蓄所")),
    ("小区", "residential", 170, ("小区", "家属院", "花园", "新苑")),
    ("企业", "industrial", 40, ("机械厂", "物流园", "产业园")),
    ("广场", "green", 40, ("广场", "健身园")),
)


@dataclass(frozen=True, slots=True)
class Plates:
    """Sorted by street, side and distance along it; `key` carries all three."""

    key: Floats
    number: Ints
    road: Ints
    t: Floats
    xy: Floats


@dataclass(frozen=True, slots=True)
class Interest:
    name: str
    category: str
    xy: Floats


def door_plates(track: Track, blocks: Blocks, number: int) -> Plates:
    """Odd numbers on the left, even on the right, one plot every 15 m, some plots without a door."""
    built = np.isin(
        blocks.use, [LAND_USES.index(u) for u in ("residential", "commercial", "public", "village")]
    )
    rows = np.flatnonzero(built[blocks.of_cell][track.cell])
    first = np.ceil((track.t + track.start)[rows] / PLOT_FRONT - 0.5).astype(np.int64)
    count = np.maximum(
        0, np.floor((track.t + track.end)[rows] / PLOT_FRONT - 0.5).astype(np.int64) - first + 1
    )
    row = np.repeat(rows, count)
    plot = np.repeat(first, count) + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    keep = dice(number, "doors").random(len(row)) < np.array([0.72, 0.62, 0.5])[track.rank[row]]
    row, plot = row[keep], plot[keep]
    t = (plot + 0.5) * PLOT_FRONT
    away = track.half[row] + 6.5
    xy = track.origin[row] + track.along[row] * (t - track.t[row])[:, None] + track.out[row] * away[:, None]
    numbers = 2 * plot + np.where(track.side[row] > 0, 1, 2)
    key = _key(track, row, t)
    order = np.argsort(key, kind="stable")
    return Plates(key[order], numbers[order], track.road[row][order], t[order], np.round(xy[order], 3))


def _key(track: Track, row: Ints, t: Floats) -> Floats:
    result: Floats = (track.road[row] * 2 + (track.side[row] > 0)) * 1e6 + t
    return result


class Wording:
    """Turns spots into the words an inspector would use."""

    def __init__(self, lattice: Lattice, roads: Roads, track: Track, plates: Plates) -> None:
        self.roads = roads
        self.track = track
        self.plates = plates
        self.names = [road.name for road in roads.roads]
        self.crossings = {
            node: f"{self.names[meet[0]]}与{self.names[meet[1]]}口" for node, meet in roads.crossings.items()
        }
        self._nodes = np.array(list(roads.crossings))
        self._node_tree = shapely.STRtree(points(lattice.xy[self._nodes]))
        self._plate_tree = shapely.STRtree(points(plates.xy))

    def on_street(self, spots: Spots) -> tuple[list[str], list[str]]:
        """Street of each spot, and its address by the nearest door on the same side."""
        row, track, plates = spots.track, self.track, self.plates
        key = _key(track, row, spots.t)
        right = np.clip(np.searchsorted(plates.key, key), 1, len(plates.key) - 1)
        nearest = right - (np.abs(plates.key[right - 1] - key) <= np.abs(plates.key[right] - key))
        gap = key - plates.key[nearest]
        junction = self.nearest_crossing(spots.xy)
        streets = [self.names[r] for r in track.road[row].tolist()]
        along = [self.roads.roads[r].along for r in track.road[row].tolist()]
        doors = plates.number[nearest].tolist()
        words = [
            f"{street}{door} 号{_beside(g, e)}" if abs(g) <= 90 else f"{place}附近"
            for street, door, g, e, place in zip(streets, doors, gap.tolist(), along, junction, strict=True)
        ]
        return streets, [_spaced(w) for w in words]

    def nearest_crossing(self, xy: Floats) -> list[str]:
        near = self._node_tree.nearest(points(xy))
        return [self.crossings[n] for n in self._nodes[near].tolist()]

    def in_yard(self, xy: Floats) -> tuple[list[str], list[str]]:
        """Nearest door, with 院内 as these places lie behind the front."""
        near = self._plate_tree.nearest(points(xy))
        streets = [self.names[r] for r in self.plates.road[near].tolist()]
        doors = self.plates.number[near].tolist()
        return streets, [f"{s} {d} 号院内" for s, d in zip(streets, doors, strict=True)]

    def corner(self, node: int, quarter: int) -> str:
        return f"{self.crossings[node]}{('东北', '西北', '西南', '东南')[quarter]}角"


def _beside(gap: float, along: bool) -> str:
    if abs(gap) < 3:
        return "门前"
    ahead, behind = ("东侧", "西侧") if along else ("北侧", "南侧")
    return ahead if gap > 0 else behind


def _spaced(words: str) -> str:
    """A space between a street's name and the number, as door plates are written."""
    for i, sign in enumerate(words):
        if sign.isdigit():
            return f"{words[:i]} {words[i:]}"
    return words


def interests(
    lattice: Lattice, blocks: Blocks, plots: Plots, communities: list[str], count: int, number: int
) -> list[Interest]:
    """Named places in blocks of a fitting use; `communities` names the community of each cell."""
    rng = dice(number, "interests")
    pool = NamePool(rng, [])
    counts = spread(count, np.array([c[2] for c in CATEGORIES]))
    found: list[Interest] = []
    uses = blocks.use[blocks.of_cell]
    for (category, use, _, endings), wanted in zip(CATEGORIES, counts.tolist(), strict=True):
        cells = np.flatnonzero(uses == LAND_USES.index(use))
        if not len(cells):
            cells = np.flatnonzero(uses == LAND_USES.index("residential"))
        picked = cells[(np.arange(wanted) * len(cells) // max(1, wanted)) % len(cells)]
        picked = np.sort(rng.permutation(cells)[:wanted]) if wanted <= len(cells) else picked
        xy = plots.at(picked, rng.uniform(0.3, 0.7, wanted), rng.uniform(0.3, 0.7, wanted))
        for i, cell in enumerate(picked.tolist()):
            ending = endings[i % len(endings)]
            place = stem(communities[cell])
            name = (
                pool.take(place + ending)
                or pool.take(f"{place}第{numeral(i % 9 + 2)}{ending}")
                or pool.made_up(ending)
            )
            found.append(Interest(name, category, np.round(xy[i], 3)))
    return found
