"""What the generator is given. Everything generated follows from these values alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shapely import MultiPolygon, Polygon

Area = Polygon | MultiPolygon
Shape = Literal["point", "line", "polygon"]
Accuracy = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True)
class Bodies:
    """Codes of the three bodies of a component: in charge 主管, owner 权属, maintainer 养护."""

    in_charge: str | None
    owner: str | None
    maintainer: str | None


@dataclass(frozen=True, slots=True)
class ComponentClass:
    """`weight` is the class's relative share; without one, a share usual for the name is taken.

    `bodies_by_county` overrides `bodies` for components standing in that county (6-digit code).
    """

    code: str
    name: str
    bodies: Bodies
    shape: Shape = "point"
    accuracy: Accuracy = "A"
    weight: float | None = None
    bodies_by_county: Mapping[str, Bodies] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class County:
    """Outline in longitude and latitude (CGCS2000)."""

    code: str
    name: str
    outline: Area


@dataclass(frozen=True, slots=True)
class StreetUnit:
    """A street-level unit 街道/镇: the first nine digits of its NBS code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CommunityUnit:
    """A community or village with its 12-digit NBS code. Without `urban`, the name decides."""

    code: str
    name: str
    urban: bool | None = None

    @property
    def is_urban(self) -> bool:
        return self.urban if self.urban is not None else "村" not in self.name


@dataclass(frozen=True, slots=True)
class CitySeed:
    """`scale` shortens the core along the valley: 1 is the whole core of about 50 km².

    `south` and `north` are the counties of the two banks; only they meet the core.
    `street_names` are preferred before the generator's own names.
    """

    counties: Sequence[County]
    streets: Sequence[StreetUnit]
    communities: Sequence[CommunityUnit]
    classes: Sequence[ComponentClass]
    components: int = 81_429
    responsibility_grids: int = 50
    points_of_interest: int = 800
    south: str = "610302"
    north: str = "610303"
    street_names: Sequence[str] = ()
    number: int = 610300
    scale: float = 1.0
    surveyed_from: date = date(2025, 3, 3)
    surveyed_to: date = date(2025, 9, 26)
    changed_to: date = date(2026, 6, 30)
