"""Lays the town's rows: real organisations, classes and rules from `data/baoji`, a few people, a few streets."""

import csv
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import transaction

from baoji.kernel.base.snapshot import bump, forget_all
from baoji.kernel.flow.models import StageLimit
from baoji.kernel.identity.models import Delegation, Holding, Person, Shift
from baoji.kernel.maps.models import Outline, UnitGrid
from baoji.kernel.organisations.models import Division, Organisation, Post
from baoji.kernel.worktime.entries import spans_from_text, spans_to_json
from baoji.kernel.worktime.models import OfficeHours, SpecialDay
from baoji.systems.urban.models import (
    CaseClass,
    Component,
    Condition,
    Duty,
    Edition,
    Milestone,
    Policy,
    ResponsibilityGrid,
)
from baoji.systems.urban.rules.everyday import name_of, words_of

DATA = Path(__file__).resolve().parents[1] / "data" / "baoji"
SRID = 4490
TOPICS = ("people", "organisations", "classes", "duty", "policies", "grids", "city", "worktime")
COUNTIES = {"610302": ("渭滨区", 107.0, 107.15), "610303": ("金台区", 107.15, 107.3)}
COMMUNITIES = {"610302": "610302001001", "610303": "610303001001"}
BORDER, SOUTH, STEP = 107.15, 34.36, 0.001  # where the counties meet; the strip of unit grids lies across it
# How many of each post the town has; posts not named here have what the city's file says.
COUNTS = {"collector": 6, "officer": 2, "cleaner": 2}
SHIFTS = {
    "collector.01": (range(1, 8), time(7, 30), time(20)),
    "collector.02": (range(1, 8), time(7, 30), time(20)),
    "collector.03": (range(1, 8), time(7, 30), time(20)),
    "collector.04": (range(1, 8), time(14), time(20)),
    "collector.05": (range(1, 8), time(22), time(4)),
    "collector.06": (range(6, 8), time(7, 30), time(20)),
}
COMPONENT_CLASSES = ("0101", "0102", "0103", "0106", "0110", "0201", "0301", "0303", "0401", "0503")
# People beyond the city's posts: (code, posts held, whom they stand in for).
OTHERS = (
    ("both.1", ("acceptor@JD", "dispatcher@ZH"), ()),
    ("deputy.1", (), ("dispatcher.1",)),
    ("deputy.2", ("acceptor@JD",), ("handler.D29",)),
    ("deputy.3", ("collector@JD",), ("collector.02",)),
    ("deputy.4", (), ("handler.D29", "handler.D38")),
    ("nobody.1", (), ()),
)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林郑", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"


def build_town() -> None:
    """All rows in one transaction, seen by everybody once it commits."""
    with transaction.atomic():
        organisations = _organisations()
        _calendar()
        _rules(organisations)
        people = _people(organisations)
        _ground()
        _collectors(people)
        _components(organisations)
        for topic in TOPICS:
            bump(topic)
    forget_all()


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _organisations() -> dict[str, Organisation]:
    rows = _rows("organisations.csv")
    made = Organisation.objects.bulk_create(
        Organisation(
            code=r["code"], name=r["name"], short_name=r["short_name"], kind=r["kind"], division=r["division"]
        )
        for r in rows
    )
    found = {org.code: org for org in made}
    parents = {r["code"]: r["parent"] for r in rows}
    for org in made:
        line = _line(org.code, parents)
        org.parent = found.get(parents[org.code])
        org.path = [found[code].pk for code in line]
        org.body = next(
            (found[code] for code in reversed(line) if found[code].kind not in {"section", "crew"}), org
        )
    Organisation.objects.bulk_update(made, ["parent", "path", "body"])
    return found


def _line(code: str, parents: dict[str, str]) -> list[str]:
    """The codes from the city down to this one."""
    line = [code]
    while parents.get(line[0]):
        line.insert(0, parents[line[0]])
    return line


def _calendar() -> None:
    OfficeHours.objects.bulk_create(
        OfficeHours(
            valid_from=r["valid_from"],
            valid_to=_day(r["valid_to"]),
            spans=spans_to_json(spans_from_text(r["spans"])),
            name=r["name"],
            source=r["source"],
        )
        for r in _rows("office_hours.csv")
    )
    SpecialDay.objects.bulk_create(
        SpecialDay(day=r["day"], kind=r["kind"], name=r["name"], source=r["source"], confidence="V2")
        for r in _rows("days.csv")
    )


def _rules(organisations: dict[str, Organisation]) -> None:
    _classes()
    conditions = _conditions()
    Milestone.objects.bulk_create(
        Milestone(
            condition=conditions[r["kind"], r["class_code"], r["condition_n"]],
            n=r["n"],
            name=r["name_zh"],
            name_en=r["name_en"],
            limit_value=Decimal(r["limit_value"]),
            limit_unit=r["limit_unit"],
        )
        for r in _rows("milestones.csv")
    )
    Duty.objects.bulk_create(
        Duty(
            kind=r["kind"],
            class_code=r["class_code"],
            area=r["area"],
            organisation=organisations[r["organisation"]],
            basis=r["basis"],
            valid_from=_day(r["valid_from"]),
            valid_to=_day(r["valid_to"]),
        )
        for r in _rows("duties.csv")
    )
    policies = tomllib.loads((DATA / "policies.toml").read_text(encoding="utf-8"))
    StageLimit.objects.bulk_create(
        StageLimit(flow="urban", step=line["step"], minutes=line["minutes"])
        for line in policies.pop("stage_limits")
    )
    Policy.objects.bulk_create(Policy(name=name, value=value) for name, value in policies.items())
    Policy.objects.bulk_create(
        Policy(
            name=name_of(r["kind"], r["class_code"]),
            value={"zh": words_of(r["words_zh"]), "en": words_of(r["words_en"]), "usual": int(r["usual"])},
        )
        for r in _rows("words.csv")
    )


def _classes() -> None:
    editions = {code: Edition(code=code, name=code, in_force=True) for code in ("2013", "local")}
    Edition.objects.bulk_create(editions.values())
    CaseClass.objects.bulk_create(
        CaseClass(
            edition=editions[r["edition"]],
            kind=r["kind"],
            code=r["code"],
            major_name=r["major_name"],
            major_name_en=r["major_name_en"],
            name=r["name"],
            name_en=r["name_en"],
        )
        for r in _rows("classes.csv")
        if r["edition"] in editions
    )


def _conditions() -> dict[tuple[str, str, str], Condition]:
    rows = _rows("conditions.csv")
    made = Condition.objects.bulk_create(
        Condition(
            kind=r["kind"],
            class_code=r["class_code"],
            n=r["n"],
            text=r["condition_zh"],
            text_en=r["condition_en"],
            limit_value=Decimal(r["limit_value"]),
            limit_unit=r["limit_unit"],
            severity=r["severity"],
            closing=r["closing_zh"],
            closing_en=r["closing_en"],
        )
        for r in rows
    )
    return {(r["kind"], r["class_code"], r["n"]): condition for r, condition in zip(rows, made, strict=True)}


def _people(organisations: dict[str, Organisation]) -> dict[str, Person]:
    """Everybody the city's file of posts asks for, in small numbers, and the town's own special people."""
    posts, held = _posts(organisations)
    codes = [code for code, _post in held] + [code for code, _posts, _for in OTHERS]
    people = {
        code: Person(
            code=code, name=SURNAMES[n % 20] + GIVEN[n // 20 % 20], phone=f"1390917{n:04}", password="!"
        )
        for n, code in enumerate(codes)
    }
    Person.objects.bulk_create(people.values())
    held += [(code, post) for code, kinds, _for in OTHERS for post in kinds]
    Holding.objects.bulk_create(Holding(person=people[code], post=posts[post]) for code, post in held)
    Delegation.objects.bulk_create(
        Delegation(
            principal=people[principal],
            deputy=people[code],
            starts_at=datetime(2020, 1, 1, tzinfo=UTC),
            ends_at=datetime(2100, 1, 1, tzinfo=UTC),
            reason="外出学习",
        )
        for code, _posts, principals in OTHERS
        for principal in principals
    )
    return people


def _posts(organisations: dict[str, Organisation]) -> tuple[dict[str, Post], list[tuple[str, str]]]:
    """Posts by `kind@organisation`, and who (code) holds which."""
    posts: dict[str, Post] = {}
    held: list[tuple[str, str]] = []
    for row in _rows("posts.csv"):
        for org in _holders(row["organisation"], organisations):
            key = f"{row['kind']}@{org.code}"
            side = "" if row["side"] == "none" else row["side"]
            posts[key] = Post(
                kind=row["kind"],
                name=row["name_zh"],
                name_en=row["name_en"],
                organisation=org,
                side=side,
                door=row["source"],
            )
            pattern, crew = row["person_code_pattern"], org.code.rpartition("-C")[2]
            count = COUNTS.get(row["kind"], int(row["count"]))
            parent = org.code.rpartition("-")[0]
            held += [
                (pattern.format(n=n, org=org.code, parent=parent, crew=crew), key)
                for n in range(1, count + 1)
            ]
    Post.objects.bulk_create(posts.values())
    return posts, held


def _holders(where: str, organisations: dict[str, Organisation]) -> Iterable[Organisation]:
    if where.startswith("@"):
        return [org for org in organisations.values() if org.kind == where[1:]]
    return [organisations[where]]


def _ground() -> None:
    """Divisions, two county outlines side by side, a community in each, twelve unit grids across their border."""
    wanted = [r for r in _rows("divisions.csv") if r["code"] == "610300" or r["code"][:6] in COUNTIES]
    Division.objects.bulk_create(
        Division(code=r["code"], name=r["name"], name_en=r["name_en"], level=r["level"]) for r in wanted
    )
    outlines = []
    for code, (name, west, east) in COUNTIES.items():
        outlines.append(_outline(code, name, "county", (west, 34.2, east, 34.5)))
        near = (BORDER - 0.01, BORDER) if east == BORDER else (BORDER, BORDER + 0.01)
        outlines.append(_outline(COMMUNITIES[code], "社区", "community", (near[0], 34.355, near[1], 34.37)))
    Outline.objects.bulk_create(outlines)
    UnitGrid.objects.bulk_create(
        UnitGrid(code=code, place=_box(box), area_m2=10_200, valid_from=date(2024, 1, 1))
        for code, box in unit_grids().items()
    )


def _outline(code: str, name: str, level: str, box: tuple[float, float, float, float]) -> Outline:
    return Outline(
        division=code, name=name, level=level, provenance="示意", place=MultiPolygon(_box(box), srid=SRID)
    )


def _box(box: tuple[float, float, float, float]) -> Polygon:
    polygon = Polygon.from_bbox(box)
    polygon.srid = SRID
    return polygon


def unit_grids() -> dict[str, tuple[float, float, float, float]]:
    """Code → box; three columns and two rows on each side of the border, numbered west to east, north to south."""
    found = {}
    for county, community in COMMUNITIES.items():
        first = BORDER - 3 * STEP if county == "610302" else BORDER
        for n in range(6):
            west, south = first + n % 3 * STEP, SOUTH + (STEP if n < 3 else 0)
            found[f"{community}{n + 1:03}"] = (west, south, west + STEP, south + STEP)
    return found


def _collectors(people: dict[str, Person]) -> None:
    """Four collectors share the strip of grids, three each; the fifth and sixth look after the south."""
    grids = list(unit_grids().items())
    made = []
    for n in range(6):
        mine = grids[n * 3 : n * 3 + 3]
        box = (107.1 + n * 0.01, 34.25, 107.11 + n * 0.01, 34.26)
        if mine:
            box = (mine[0][1][0], mine[0][1][1], mine[-1][1][2], mine[-1][1][3])
        made.append(
            ResponsibilityGrid(
                code=f"R{n + 1:02}",
                name=f"第 {n + 1} 责任网格",
                collector=people[f"collector.{n + 1:02}"],
                unit_grids=[code for code, _box in mine],
                place=MultiPolygon(_box(box), srid=SRID),
            )
        )
    ResponsibilityGrid.objects.bulk_create(made)
    Shift.objects.bulk_create(
        Shift(person=people[code], weekdays=list(days), starts=starts, ends=ends)
        for code, (days, starts, ends) in SHIFTS.items()
    )


def _components(organisations: dict[str, Organisation]) -> None:
    """Two of each class, in the middle of the unit grids, with the bodies that the city's file names."""
    bodies: dict[str, dict[str, Any]] = {r["class_code"]: r for r in _rows("bodies.csv")}
    grids = list(unit_grids().items())
    made = []
    for n, code in enumerate(COMPONENT_CLASSES * 2):
        grid, box = grids[n % len(grids)]
        who, nth = bodies[code], n // len(COMPONENT_CLASSES) + 1
        made.append(
            Component(
                code=f"{grid[:6]}{code}{nth:06}",
                class_code=code,
                name=f"部件 {code}",
                place=Point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, srid=SRID),
                unit_grid=grid,
                in_charge=organisations[who["in_charge"]],
                owner=organisations[who["owner"]],
                maintainer=organisations[who["maintainer"]],
                surveyed_on=date(2024, 1, 1),
                accuracy="A",
                address=f"经二路 {n + 1} 号",
            )
        )
    Component.objects.bulk_create(made)
