"""What the generator gives back. Coordinates are longitude and latitude, CGCS2000."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from baoji.systems.urban.city.generate.blocks import LandUse
from baoji.systems.urban.city.generate.chance import Floats, Ints
from baoji.systems.urban.city.generate.seed import Accuracy, Area, Bodies, ComponentClass
from baoji.systems.urban.city.generate.terrain import Rank

State = Literal["完好", "破损", "丢失", "废弃"]
STATES: tuple[State, ...] = ("完好", "破损", "丢失", "废弃")
DATA_SOURCE = "实测"


@dataclass(frozen=True, slots=True)
class NamedArea:
    name: str
    area: Area


@dataclass(frozen=True, slots=True)
class NamedLine:
    name: str
    line: LineString | MultiLineString


@dataclass(frozen=True, slots=True)
class RoadLine:
    name: str
    rank: Rank
    line: LineString | MultiLineString


@dataclass(frozen=True, slots=True)
class BlockArea:
    use: LandUse
    area: Area


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    kind: Literal["water", "district", "street", "park"]
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class BaseMap:
    land: Area
    water: list[NamedArea]
    shores: list[NamedLine]
    greens: list[NamedArea]
    blocks: list[BlockArea]
    buildings: list[Polygon]
    roads: list[RoadLine]
    railways: list[NamedLine]
    bridges: list[NamedLine]
    labels: list[Label]


@dataclass(frozen=True, slots=True)
class Outline:
    """A generated outline. `core` tells whether unit grids were laid inside it."""

    code: str
    name: str
    outline: MultiPolygon
    core: bool


class UnitGrid(NamedTuple):
    """`row` counts the rows of the core from the north; inside a community the codes follow it."""

    code: str
    community: str
    row: int
    use: LandUse
    area_m2: float
    lon: float
    lat: float
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class ResponsibilityGrid:
    code: str
    county: str
    unit_grids: list[str]
    outline: MultiPolygon
    components: int


class Component(NamedTuple):
    code: str
    class_code: str
    name: str
    lon: float
    lat: float
    shape: BaseGeometry | None
    unit_grid: str
    bodies: Bodies
    state: State
    surveyed_on: date
    changed_on: date | None
    data_source: str
    accuracy: Accuracy
    address: str


@dataclass(frozen=True, slots=True)
class Components:
    """Columns of equal length, ordered by code; iterate for rows. Line and area geometry is in `shapes`."""

    classes: list[ComponentClass]
    codes: list[str]
    class_index: Ints
    names: list[str]
    lonlat: Floats
    shapes: dict[int, BaseGeometry]
    unit_grids: list[str]
    state_index: Ints
    surveyed: npt.NDArray[np.datetime64]
    changed: npt.NDArray[np.datetime64]
    addresses: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Component]:
        surveyed, changed = self.surveyed.tolist(), self.changed.tolist()
        places, kinds, states = self.lonlat.tolist(), self.class_index.tolist(), self.state_index.tolist()
        for i, code in enumerate(self.codes):
            kind = self.classes[kinds[i]]
            lon, lat = places[i]
            yield Component(
                code, kind.code, self.names[i], lon, lat, self.shapes.get(i), self.unit_grids[i],
                kind.bodies_by_county.get(code[:6], kind.bodies), STATES[states[i]],
                surveyed[i], changed[i], DATA_SOURCE, kind.accuracy, self.addresses[i],
            )  # fmt: skip


class Address(NamedTuple):
    """`street` and `number` are set for doors; `category` for points of interest, as 学校."""

    kind: Literal["door", "crossing", "poi"]
    name: str
    street: str
    number: int | None
    category: str
    unit_grid: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class City:
    base_map: BaseMap
    streets: list[Outline]
    communities: list[Outline]
    unit_grids: list[UnitGrid]
    responsibility_grids: list[ResponsibilityGrid]
    components: Components
    addresses: list[Address]
