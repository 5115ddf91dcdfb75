"""The quiet ground of the map: land, water, green, blocks, streets, railways and labels."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

from baoji.systems.urban.city.generate.blocks import GREEN, LAND_USES, TRANSPORT, WATER, Blocks
from baoji.systems.urban.city.generate.chance import Flags, Floats, dice, waves
from baoji.systems.urban.city.generate.city import BaseMap, BlockArea, Label, NamedArea, NamedLine, RoadLine
from baoji.systems.urban.city.generate.grids import Ground
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.names import NamePool
from baoji.systems.urban.city.generate.projection import to_degrees
from baoji.systems.urban.city.generate.roads import HALF_WIDTH, Roads
from baoji.systems.urban.city.generate.seed import CitySeed
from baoji.systems.urban.city.generate.shapes import (
    area_in_degrees,
    joined,
    line_in_degrees,
    merged,
    parts_of,
)
from baoji.systems.urban.city.generate.terrain import MID_RIVER, RAIL_BAND, TRIBUTARIES, Terrain

BEYOND = 7000.0
PARKS = ("人民公园", "植物园", "金陵公园", "炎帝园", "石鼓园", "陈仓园", "北坡公园", "茵香河公园", "东岭公园", "龙泉公园",
         "长乐园", "宏文公园", "高新公园", "渭水苑", "文化公园", "凤鸣公园", "新福园", "斗鸡公园", "卧龙园", "星河园")  # fmt: skip


def park_names(blocks: Blocks, lattice: Lattice, number: int) -> dict[int, str]:
    """Names of the green blocks, those on the river by bank."""
    pool = NamePool(dice(number, "parks"), [])
    names: dict[int, str] = {}
    wishes = list(PARKS)
    for block in np.flatnonzero(blocks.use == GREEN).tolist():
        cell = lattice.cells[blocks.first_cell[block]]
        if cell.kind == "belt":
            names[block] = f"渭河公园{'北' if cell.north else '南'}岸"
        elif blocks.size[block] >= 4 and wishes:
            names[block] = wishes.pop(0)
        else:
            names[block] = pool.made_up("园" if blocks.size[block] >= 4 else "游园")
    return names


class MapMaker:
    def __init__(
        self, seed: CitySeed, terrain: Terrain, lattice: Lattice, roads: Roads, blocks: Blocks, ground: Ground
    ) -> None:
        self.seed = seed
        self.terrain, self.lattice, self.roads = terrain, lattice, roads
        self.blocks, self.ground = blocks, ground
        self._kerbs = self._kerbs_by_block()
        self.core = merged(ground.metric)

    def base_map(self, buildings: list[Polygon], parks: dict[int, str]) -> BaseMap:
        water = self._water()
        greens = self._greens(parks)
        return BaseMap(
            land=area_in_degrees(self.core.buffer(BEYOND, quad_segs=4)),
            water=[NamedArea(name, area_in_degrees(area)) for name, area in water],
            shores=[NamedLine(name, _shore(area)) for name, area in water],
            greens=[NamedArea(name, area_in_degrees(area)) for name, area in greens],
            blocks=self._blocks(),
            buildings=buildings,
            roads=self._road_lines(),
            railways=self._railways(),
            bridges=[
                NamedLine(b.name, line_in_degrees(self.lattice.xy[list(b.nodes)])) for b in self.roads.bridges
            ],
            labels=self._labels(water, greens),
        )

    def _cells_of(self, mask: Flags) -> MultiPolygon:
        return merged(self.ground.metric[mask])

    def _strip(self, u: Floats, low: float, high: float) -> Polygon:
        south = self.terrain.place(u, np.full(len(u), low))
        north = self.terrain.place(u, np.full(len(u), high))
        return Polygon(np.vstack([south, north[::-1]]))

    def _water(self) -> list[tuple[str, MultiPolygon]]:
        """The Wei goes on beyond both ends of the core, the tributaries up into the hills."""
        cells = self.lattice.cells
        wei = self._cells_of(np.array([cell.kind == "river" for cell in cells]))
        west, east = self.terrain.west, self.terrain.east
        ends = [
            self._strip(np.linspace(a, b, 40), MID_RIVER - 1, MID_RIVER + 1)
            for a, b in ((west - BEYOND, west + 30), (east - 30, east + BEYOND))
        ]
        water: list[tuple[str, MultiPolygon]] = [("渭河", joined([wei, *ends]))]
        for stream in TRIBUTARIES:
            area = self._stream(stream.name)
            if area is not None:
                water.append((stream.name, area))
        return water

    def _stream(self, name: str) -> MultiPolygon | None:
        lines = self.lattice.cross.through
        for west, east in zip(lines, lines[1:], strict=False):
            if west.stream == name:
                levels = np.array(sorted(west.at))
                banks = [
                    self.terrain.place(np.array([line.at[int(k)] for k in levels]), levels.astype(np.float64))
                    for line in (west, east)
                ]
                outer = Polygon(np.vstack([banks[0], banks[1][::-1]])).difference(self.core)
                mine = np.array([cell.stream == name for cell in self.lattice.cells])
                return joined([outer, *self.ground.metric[mine]])
        return None

    def _greens(self, parks: dict[int, str]) -> list[tuple[str, MultiPolygon]]:
        greens: list[tuple[str, MultiPolygon]] = []
        for block, name in parks.items():
            area = self._inset(block)
            if not area.is_empty:
                greens.append((name, area))
        return greens + [("北塬", self._hills(True)), ("秦岭北麓", self._hills(False))]

    def _hills(self, north: bool) -> MultiPolygon:
        """Slopes behind the town, from a little outside the core outwards."""
        u = np.arange(self.terrain.west - BEYOND, self.terrain.east + BEYOND, 60.0)
        rough = waves(dice(self.seed.number, f"hills {north}"), u, (1130.0, 1790.0, 3100.0, 7300.0))
        sign = 1.0 if north else -1.0
        near = self.terrain.at_offset(u, sign * (self.terrain.limit(u, north) + 380 + 330 * rough))
        far = self.terrain.at_offset(u, sign * (self.terrain.limit(u, north) + BEYOND))
        slope = shapely.make_valid(Polygon(np.vstack([near, far[::-1]])))
        slope = slope.difference(self.core.buffer(60)).intersection(self.core.buffer(BEYOND, quad_segs=4))
        return parts_of(slope)

    def _inset(self, block: int) -> MultiPolygon:
        """A block less the streets around it."""
        area = self._cells_of(self.blocks.of_cell == block)
        kerbs = self._kerbs.get(block, [])
        return parts_of(area.difference(shapely.union_all(kerbs))) if kerbs else area

    def _kerbs_by_block(self) -> dict[int, list[Polygon]]:
        p = self.roads.pieces
        half = np.array([HALF_WIDTH[road.rank] for road in self.roads.roads])[p.road]
        lines = shapely.linestrings(np.stack([self.lattice.xy[p.a], self.lattice.xy[p.b]], axis=1))
        strips = shapely.buffer(lines, half, quad_segs=2)
        found: dict[int, list[Polygon]] = {}
        for cells in (p.left, p.right):
            for strip, cell in zip(strips, cells.tolist(), strict=True):
                if cell >= 0:
                    found.setdefault(int(self.blocks.of_cell[cell]), []).append(strip)
        return found

    def _blocks(self) -> list[BlockArea]:
        drawn = ~np.isin(self.blocks.use, (WATER, GREEN, TRANSPORT))
        areas = [(block, self._inset(block)) for block in np.flatnonzero(drawn).tolist()]
        return [
            BlockArea(LAND_USES[self.blocks.use[block]], area_in_degrees(area))
            for block, area in areas
            if not area.is_empty
        ]

    def _road_lines(self) -> list[RoadLine]:
        lines = []
        for road in self.roads.roads:
            parts = [LineString(self.ground.degrees[chain]) for chain in road.chains]
            if parts:
                line = parts[0] if len(parts) == 1 else MultiLineString(parts)
                lines.append(RoadLine(road.name, road.rank, line))
        return lines + self._country_roads()

    def _country_roads(self) -> list[RoadLine]:
        """The two roads along the river go on beyond both ends of the core."""
        west, east = self.terrain.west, self.terrain.east
        lines = []
        for name, level in (("西宝南线", MID_RIVER - 2), ("310国道", MID_RIVER + 2)):
            ends = []
            for u in (np.linspace(west - BEYOND, west, 60), np.linspace(east, east + BEYOND, 60)):
                ends.append(line_in_degrees(self.terrain.place(u, np.full(len(u), float(level)))))
            lines.append(RoadLine(name, "main", MultiLineString(ends)))
        return lines

    def railway_strips(self) -> list[Polygon]:
        """Ground of the railways, longitude and latitude."""
        return [shapely.buffer(rail.line, 1.3e-4, quad_segs=2) for rail in self._railways()]

    def _railways(self) -> list[NamedLine]:
        """Longhai along the valley; Baocheng leaves the station, crosses the Wei and follows the 清姜河."""
        u = np.arange(self.terrain.west - BEYOND, self.terrain.east + BEYOND, 60.0)
        longhai = self.terrain.place(u, np.full(len(u), RAIL_BAND + 0.5))
        lines = [NamedLine("陇海铁路", line_in_degrees(longhai))]
        bank = next((line for line in self.lattice.cross.through if line.stream == "清姜河"), None)
        if bank is not None:
            turn = np.linspace(0, np.pi / 2, 30)
            bridge, rail = MID_RIVER + 1.0, RAIL_BAND + 0.5
            levels = np.concatenate([np.arange(0.0, bridge, 0.25), bridge + (rail - bridge) * np.sin(turn)])
            east = np.concatenate([np.zeros(len(levels) - 30), 1500 * (1 - np.cos(turn))])
            side = np.interp(levels, sorted(bank.at), [bank.at[k] for k in sorted(bank.at)]) - 70.0
            lines.append(NamedLine("宝成铁路", line_in_degrees(self.terrain.place(side + east, levels))))
        return lines

    def _labels(
        self, water: list[tuple[str, MultiPolygon]], greens: list[tuple[str, MultiPolygon]]
    ) -> list[Label]:
        labels: list[Label] = []
        u = np.linspace(self.terrain.west, self.terrain.east, 9)[1:-1:2]
        for x, y in to_degrees(self.terrain.place(u, np.full(len(u), float(MID_RIVER)))).tolist():
            labels.append(Label("渭河", "water", x, y))
        for name, area in water[1:]:
            labels.append(_label(name, "water", area))
        labels += [_label(name, "park", area) for name, area in _named_once(greens) if area.area > 25_000]
        return labels


def _label(text: str, kind: str, area: MultiPolygon) -> Label:
    x, y = to_degrees(shapely.get_coordinates(shapely.point_on_surface(area)))[0].tolist()
    return Label(text, "water" if kind == "water" else "park", x, y)


def _shore(area: MultiPolygon) -> LineString | MultiLineString:
    rings = [
        LineString(to_degrees(shapely.get_coordinates(ring)))
        for p in area.geoms
        for ring in (p.exterior, *p.interiors)
    ]
    return rings[0] if len(rings) == 1 else MultiLineString(rings)


def _named_once(greens: list[tuple[str, MultiPolygon]]) -> list[tuple[str, MultiPolygon]]:
    """Of several areas with one name, the middle one carries the label."""
    by_name: dict[str, list[MultiPolygon]] = {}
    for name, area in greens:
        by_name.setdefault(name, []).append(area)
    return [(name, areas[len(areas) // 2]) for name, areas in by_name.items()]
