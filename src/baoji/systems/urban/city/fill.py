"""The rows that every table should have, in the order of its sheet's columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from baoji.systems.urban.city import sheets
from baoji.systems.urban.city.generate.city import City
from baoji.systems.urban.city.merge import Sheet
from baoji.systems.urban.city.policies import policy_rows, stage_limit_rows, word_rows
from baoji.systems.urban.city.read import Folder
from baoji.systems.urban.city.staff import Staff

SRID: Final = 4490
GENERATED: Final = "generated"
OUTLINE_GENERATED: Final = "生成"
MADE_UP: Final = "生成"
BODY_KINDS: Final = frozenset({"department", "unit", "county_platform", "street_office"})
# Editions that a city may use without describing them; `[editions.CODE]` in city.toml says otherwise.
EDITIONS: Final[dict[str, Mapping[str, Any]]] = {
    "2007": {"name": "2007 版（CJ/T 214-2007）", "in_force": False, "source": "CJ/T 214-2007"},
    "2013": {"name": "2013 版（GB/T 30428.2-2013）", "in_force": True, "source": "GB/T 30428.2-2013"},
    "local": {"name": "本市扩展（补充 2013 版，小类自 99 向下编号）", "in_force": True, "source": "本市"},
}

Geometries = npt.NDArray[np.object_]
Filled = tuple[Sheet, Iterable[tuple[Any, ...]]]


def cells(sheet: Sheet, row: Any, **others: Any) -> tuple[Any, ...]:
    """The row's own values by the names of the sheet's columns, except those given."""
    return tuple(
        others[column.name] if column.name in others else getattr(row, column.name)
        for column in sheet.columns
    )


def editions(folder: Folder) -> dict[str, Mapping[str, Any]]:
    """Those of every city, and those that city.toml describes well."""
    own = folder.facts.get("editions", {})
    described = own.items() if isinstance(own, Mapping) else ()
    return {**EDITIONS, **{code: facts for code, facts in described if is_edition(facts)}}


def is_edition(facts: Any) -> bool:
    return (
        isinstance(facts, Mapping)
        and isinstance(facts.get("name"), str)
        and isinstance(facts.get("in_force"), bool)
    )


def master(folder: Folder, staff: Staff) -> list[Filled]:
    """What comes from the files alone."""
    return [*_organisations(folder, staff), *_calendar(folder), *_classes(folder), *_settings(folder)]


def _organisations(folder: Folder, staff: Staff) -> Iterator[Filled]:
    s = sheets
    bodies = _bodies(folder)
    yield (
        s.DIVISIONS,
        (
            cells(s.DIVISIONS, row, parent=row.parent or None, source=_joined(row.source, row.licence))
            for row in folder.divisions
        ),
    )
    yield (
        s.ORGANISATIONS,
        (
            cells(s.ORGANISATIONS, row, parent=row.parent or None, body=bodies[row.code])
            for row in folder.organisations
        ),
    )
    yield (
        s.POSTS,
        (
            cells(s.POSTS, post, side="" if post.side == "none" else post.side, organisation=organisation)
            for post, organisation in staff.posts
        ),
    )
    yield (
        s.PEOPLE,
        (cells(s.PEOPLE, person, source=MADE_UP, is_active=True) for person in staff.people),
    )
    yield s.HOLDINGS, (cells(s.HOLDINGS, row, since=None, until=None) for row in staff.holdings)
    yield s.SHIFTS, (cells(s.SHIFTS, row, weekdays=list(row.weekdays)) for row in staff.shifts)


def _bodies(folder: Folder) -> dict[str, str]:
    """Each organisation's body: itself, or for a section or crew the nearest above that answers for cases."""
    by_code = {row.code: row for row in folder.organisations}
    found = {}
    for row in folder.organisations:
        above = row
        while above.kind not in BODY_KINDS and above.parent in by_code and row.kind in {"section", "crew"}:
            above = by_code[above.parent]
        found[row.code] = above.code
    return found


def _calendar(folder: Folder) -> Iterator[Filled]:
    yield (
        sheets.OFFICE_HOURS,
        (
            cells(
                sheets.OFFICE_HOURS,
                row,
                spans=json.dumps([[_clock(a), _clock(b, "24:00")] for a, b in row.spans]),
            )
            for row in folder.office_hours
        ),
    )
    yield sheets.DAYS, (cells(sheets.DAYS, row) for row in folder.days)


def _classes(folder: Folder) -> Iterator[Filled]:
    s = sheets
    used = {row.edition for row in folder.classes}
    known = editions(folder)
    yield (
        s.EDITIONS,
        [
            (code, known[code]["name"], known[code].get("source", ""), bool(known[code]["in_force"]))
            for code in sorted(used)
        ],
    )
    yield s.CLASSES, (cells(s.CLASSES, row) for row in folder.classes)
    yield s.CROSSWALK, (cells(s.CROSSWALK, row) for row in folder.crosswalk)
    yield s.CONDITIONS, (cells(s.CONDITIONS, row, active=True) for row in folder.conditions)
    yield (
        s.MILESTONES,
        (
            cells(s.MILESTONES, row, condition=f"{row.kind}/{row.class_code}/{row.condition_n}")
            for row in folder.milestones
        ),
    )
    yield s.DUTIES, (cells(s.DUTIES, row) for row in folder.duties)


def _settings(folder: Folder) -> Iterator[Filled]:
    yield (
        sheets.POLICIES,
        ((row.name, row.title, row.source, json.dumps(row.value)) for row in policy_rows(folder.policies)),
    )
    known = editions(folder)
    names = {(row.kind, row.code): row.name for row in folder.classes if known[row.edition]["in_force"]}
    yield (
        sheets.WORDS,
        ((row.name, row.title, row.source, json.dumps(row.value)) for row in word_rows(folder.words, names)),
    )
    yield (
        sheets.STAGE_LIMITS,
        (("urban", row.step, row.source, row.minutes) for row in stage_limit_rows(folder.policies)),
    )
    yield (
        sheets.COUNTY_OUTLINES,
        [(row.code, row.name, "county", row.note, hex_of([multi(row.place)])[0]) for row in folder.outlines],
    )


def generated(folder: Folder, staff: Staff, city: City) -> list[Filled]:
    """What the generator laid out."""
    s = sheets
    outlines = [("street", row) for row in city.streets] + [("community", row) for row in city.communities]
    grids = hex_of([row.polygon for row in city.unit_grids])
    return [
        (
            s.OUTLINES,
            [
                (row.code.ljust(12, "0"), row.name, level, OUTLINE_GENERATED, hex_of([multi(row.outline)])[0])
                for level, row in outlines
            ],
        ),
        (
            s.UNIT_GRIDS,
            [
                (row.code, row.use, GENERATED, place, row.area_m2)
                for row, place in zip(city.unit_grids, grids, strict=True)
            ],
        ),
        (s.RESPONSIBILITY_GRIDS, _responsibility_grids(folder, staff, city)),
        (s.COMPONENTS, _components(folder, city)),
    ]


def _responsibility_grids(folder: Folder, staff: Staff, city: City) -> list[tuple[Any, ...]]:
    counties = {row.code: row.name for row in folder.divisions if row.level == "county"}
    collectors = [person.code for person in staff.people if person.post.kind == "collector"]
    ordered = sorted(city.responsibility_grids, key=lambda row: row.code)
    return [
        (
            row.code,
            f"{counties.get(row.county, '')}第{number}责任网格",
            collectors[number - 1] if number <= len(collectors) else None,
            row.unit_grids,
            hex_of([multi(row.outline)])[0],
        )
        for number, row in enumerate(ordered, 1)
    ]


def _components(folder: Folder, city: City) -> Iterator[tuple[Any, ...]]:
    force = {code for code, facts in editions(folder).items() if facts["in_force"]}
    edition = {
        row.code: row.edition for row in folder.classes if row.kind == "component" and row.edition in force
    }
    rows = city.components
    places = hex_of(np.asarray(shapely.points(rows.lonlat)))
    for row, place in zip(rows, places, strict=True):
        bodies = row.bodies
        yield (
            row.code, edition[row.class_code], row.class_code, row.name, row.unit_grid, row.address, row.state,
            row.accuracy, row.data_source, GENERATED, place,
            hex_of([row.shape])[0] if row.shape is not None else None,
            bodies.in_charge, bodies.owner, bodies.maintainer, row.surveyed_on, row.changed_on,
        )  # fmt: skip


def backdrop(city: City) -> list[Filled]:
    """The base map and the addresses: exchanged as a whole."""
    shapes = list(_features(city))
    places = hex_of([place for _, _, _, place in shapes])
    features = [
        (layer, name, rank, GENERATED, place)
        for (layer, name, rank, _), place in zip(shapes, places, strict=True)
    ]
    return [(sheets.FEATURES, features), (sheets.ADDRESSES, list(_addresses(city)))]


def _features(city: City) -> Iterator[tuple[str, str, str, BaseGeometry]]:
    """Layer, name, rank and shape."""
    base = city.base_map
    yield "land", "", "", base.land
    yield from (("water", row.name, "", row.area) for row in base.water)
    yield from (("shore", row.name, "", row.line) for row in base.shores)
    yield from (("green", row.name, "", row.area) for row in base.greens)
    yield from (("block", "", row.use, row.area) for row in base.blocks)
    yield from (("building", "", "", area) for area in base.buildings)
    yield from (("road", row.name, row.rank, row.line) for row in base.roads)
    yield from (("rail", row.name, "", row.line) for row in base.railways)
    yield from (("bridge", row.name, "", row.line) for row in base.bridges)
    yield from (("label", row.text, row.kind, Point(row.lon, row.lat)) for row in base.labels)


def _addresses(city: City) -> Iterator[tuple[Any, ...]]:
    kinds = {"door": "plate"}
    longest: dict[str, BaseGeometry] = {}
    for road in city.base_map.roads:
        if road.name and road.line.length > getattr(longest.get(road.name), "length", 0.0):
            longest[road.name] = road.line
    for name, line in sorted(longest.items()):
        middle = line.interpolate(0.5, normalized=True)
        yield "street", name, GENERATED, None, hex_of([middle])[0]
    places = hex_of([Point(row.lon, row.lat) for row in city.addresses])
    for row, place in zip(city.addresses, places, strict=True):
        yield kinds.get(row.kind, row.kind), row.name, GENERATED, row.number, place


def multi(place: BaseGeometry) -> BaseGeometry:
    return MultiPolygon([place]) if isinstance(place, Polygon) else place


def hex_of(places: Sequence[BaseGeometry] | Geometries) -> list[str]:
    """Hexadecimal EWKB, which PostGIS reads as it is."""
    with_srid = shapely.set_srid(np.asarray(places, dtype=object), SRID)
    return [str(text) for text in shapely.to_wkb(with_srid, hex=True, include_srid=True)]


def _clock(at: time, midnight: str = "00:00") -> str:
    return midnight if at == time(0) else f"{at:%H:%M}"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
