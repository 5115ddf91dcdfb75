"""What the generator is told about the city: the files, as a seed."""

from __future__ import annotations

from typing import Any

from shapely import MultiPolygon, Polygon

from baoji.systems.urban.city.fill import editions
from baoji.systems.urban.city.generate import generate
from baoji.systems.urban.city.generate.city import City
from baoji.systems.urban.city.generate.seed import (
    Bodies,
    CitySeed,
    CommunityUnit,
    ComponentClass,
    County,
    StreetUnit,
)
from baoji.systems.urban.city.read import Folder


def seed_of(folder: Folder, *, scale: float = 1.0) -> CitySeed:
    """`scale` 1 is the whole core; 0.01 a hundredth of it, with a hundredth of the components."""
    generator = folder.facts["generator"]
    south, north = folder.facts["core_counties"]
    return CitySeed(
        counties=_counties(folder),
        streets=[StreetUnit(row.code[:9], row.name) for row in folder.divisions if row.level == "street"],
        communities=[
            CommunityUnit(row.code, row.name, row.kind == "社区")
            for row in folder.divisions
            if row.level == "community"
        ],
        classes=_classes(folder),
        components=max(1, round(generator["components"] * scale)),
        responsibility_grids=sum(post.count for post in folder.posts if post.kind == "collector"),
        south=south,
        north=north,
        street_names=_street_names(folder),
        number=generator["seed"],
        scale=scale,
    )


def grow(folder: Folder, *, scale: float = 1.0) -> City:
    return generate(seed_of(folder, scale=scale))


def _counties(folder: Folder) -> list[County]:
    areas = {row.code: row.place for row in folder.outlines}
    return [
        County(row.code, row.name, area)
        for row in folder.divisions
        if row.level == "county"
        and row.valid_to is None
        and isinstance(area := areas.get(row.code), Polygon | MultiPolygon)
    ]


def _classes(folder: Folder) -> list[ComponentClass]:
    bodies = {row.class_code: Bodies(row.in_charge, row.owner, row.maintainer) for row in folder.bodies}
    force = {code for code, facts in editions(folder).items() if facts["in_force"]}
    shapes: dict[str, Any] = {"point": "point", "line": "line", "polygon": "polygon"}
    accuracies: dict[str, Any] = {"A": "A", "B": "B", "C": "C"}
    return [
        ComponentClass(row.code, row.name, bodies[row.code], shapes[row.geometry], accuracies[row.accuracy])
        for row in folder.classes
        if row.kind == "component" and row.edition in force
    ]


def _street_names(folder: Folder) -> list[str]:
    lists = folder.names.get("streets", {})
    return [
        name
        for group in (lists.get("known", {}), lists.get("generated", {}))
        for key in ("east_west", "north_south", "numbered")
        for name in group.get(key, [])
    ]
