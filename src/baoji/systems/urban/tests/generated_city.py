"""A small seed for the tests of the generator: two counties split by the river, one beyond."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from shapely import MultiPolygon, Polygon, box

from baoji.systems.urban.city.generate import (
    Bodies,
    City,
    CitySeed,
    CommunityUnit,
    ComponentClass,
    County,
    StreetUnit,
    generate,
)

BORDER = [
    (106.90, 34.385),
    (107.06, 34.373),
    (107.12, 34.367),
    (107.155, 34.357),
    (107.23, 34.357),
    (107.33, 34.352),
]
OURS = Bodies("610300-CG", "610300-SZ", "610300-YH")
DISTRICT = Bodies("610303-CG", "610303-SZ", "610303-YH")
CLASSES = (
    ("0102", "污水井盖", "point", 6.0),
    ("0104", "雨水箅子", "point", 6.0),
    ("0137", "路灯", "point", 9.0),
    ("0146", "户外健身设施", "point", 1.0),
    ("0150", "监控电子眼", "point", 1.0),
    ("0201", "停车场", "polygon", 0.5),
    ("0204", "公交站亭(牌)", "point", 0.6),
    ("0209", "跨河桥", "point", 5.0),
    ("0217", "交通护栏", "line", 0.7),
    ("0402", "行道树", "point", 11.0),
    ("0407", "街头座椅", "point", 1.0),
    ("0405", "绿地", "polygon", 0.4),
    ("0507", "水域护栏", "line", 0.3),
    ("0599", "不知名的设施", "point", 0.1),
)


def small_seed() -> CitySeed:
    south = Polygon([*BORDER, (107.33, 34.20), (106.90, 34.20)])
    north = MultiPolygon([Polygon([*BORDER, (107.33, 34.50), (106.90, 34.50)])])
    counties = (
        County("610302", "渭滨区", south),
        County("610303", "金台区", north),
        County("610330", "凤县", box(106.5, 33.6, 106.9, 34.2)),
    )
    streets, communities = [], []
    for code, name in (("610302", "南"), ("610303", "北"), ("610330", "凤")):
        for s in (1, 2, 100):
            streets.append(StreetUnit(f"{code}{s:03d}", f"{name}{s}街道"))
            kind = "村民委员会" if s == 100 else "社区居委会"
            communities += [
                CommunityUnit(f"{code}{s:03d}{c:03d}", f"{name}{s}路{c}号{kind}") for c in (1, 2, 5)
            ]
    classes = tuple(
        ComponentClass(code, name, OURS, shape, "A", weight, {"610303": DISTRICT})  # type: ignore[arg-type]
        for code, name, shape, weight in CLASSES
    )
    return CitySeed(
        counties=counties,
        streets=tuple(streets),
        communities=tuple(communities),
        classes=classes,
        components=3_001,
        responsibility_grids=6,
        scale=0.12,
    )


@cache
def small_city() -> City:
    return generate(small_seed())


def city_with(**changes: object) -> City:
    return generate(replace(small_seed(), **changes))  # type: ignore[arg-type]
