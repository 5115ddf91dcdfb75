"""A line of each of the city's files, typed. `line` is where it stands in its file."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

Span = tuple[time, time]


def cell(longest: int = 0, *, column: str = "", default: Any = MISSING, required: bool = False) -> Any:
    """`longest` in characters (0: no limit), `column` if the header differs from the field's name,
    `default` if the column may be missing, `required` if it may not be empty."""
    facts = {"longest": longest, "column": column, "required": required}
    if default is MISSING:
        return field(metadata=facts)
    return field(default=default, metadata=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Division(Row):
    code: str = cell(12, required=True)
    name: str = cell(80, required=True)
    name_en: str = cell(80, default="")
    level: str = cell(10)
    parent: str = cell(12)
    valid_from: date | None = cell()
    valid_to: date | None = cell()
    successor: str = cell(12)
    kind: str = cell(20)
    source: str = cell(160, required=True)
    licence: str = cell(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClass(Row):
    edition: str = cell(10)
    kind: str = cell(10)
    code: str = cell(4)
    major_name: str = cell(40, required=True)
    major_name_en: str = cell(80, default="")
    name: str = cell(60, required=True)
    name_en: str = cell(100)
    geometry: str = cell(8)
    accuracy: str = cell(1)
    confidence: str = cell(4)
    source: str = cell(200, required=True)
    note: str = cell(300)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWords(Row):
    kind: str = cell(10)
    class_code: str = cell(4)
    words_zh: str = cell(1000)
    words_en: str = cell(1000)
    usual: int = cell()
    source: str = cell(200, required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossWalk(Row):
    kind: str = cell(10)
    from_edition: str = cell(10)
    from_code: str = cell(4)
    to_edition: str = cell(10)
    to_code: str = cell(4)
    relation: str = cell(10, required=True)
    note: str = cell(200)
    source: str = cell(200, required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Row):
    kind: str = cell(10)
    class_code: str = cell(4)
    n: int = cell()
    text: str = cell(200, column="condition_zh", required=True)
    text_en: str = cell(200, column="condition_en")
    limit_value: Decimal = cell()
    limit_unit: str = cell(12)
    severity: str = cell(10)
    closing: str = cell(200, column="closing_zh", required=True)
    closing_en: str = cell(200)
    source: str = cell(200, required=True)
    wording: str = cell(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone(Row):
    kind: str = cell(10)
    class_code: str = cell(4)
    condition_n: int = cell()
    n: int = cell()
    name: str = cell(60, column="name_zh", required=True)
    name_en: str = cell(80)
    limit_value: Decimal = cell()
    limit_unit: str = cell(12)
    source: str = cell(200, required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Row):
    valid_from: date = cell()
    valid_to: date | None = cell()
    spans: tuple[Span, ...] = cell()
    name: str = cell(60, required=True)
    name_en: str = cell(80, default="")
    source: str = cell(300, required=True)
    confidence: str = cell(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Row):
    day: date = cell()
    kind: str = cell(10)
    name: str = cell(60, required=True)
    name_en: str = cell(80, default="")
    source: str = cell(300, required=True)
    confidence: str = cell(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Row):
    code: str = cell(30, required=True)
    name: str = cell(80, required=True)
    short_name: str = cell(40)
    name_en: str = cell(120)
    kind: str = cell(30)
    parent: str = cell(30)
    division: str = cell(12)
    duties: str = cell()
    phone: str = cell(40)
    source: str = cell(200, required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Row):
    kind: str = cell(10)
    class_code: str = cell(4)
    area: str = cell(12)
    organisation: str = cell(30)
    basis: str = cell(200, required=True)
    valid_from: date = cell()
    valid_to: date | None = cell()
    source: str = cell(200, required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBodies(Row):
    class_code: str = cell(4)
    in_charge: str = cell(30)
    owner: str = cell(30)
    maintainer: str = cell(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Row):
    post_kind: str = cell(20)
    weekdays: tuple[int, ...] = cell()
    starts: time = cell(column="from")
    ends: time = cell(column="to")
    valid_from: date | None = cell()
    valid_to: date | None = cell()
    group: str = cell(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Row):
    """`organisation` is a code, or @kind for one post at each organisation of that kind."""

    kind: str = cell(20, required=True)
    name: str = cell(60, column="name_zh", required=True)
    name_en: str = cell(80)
    side: str = cell(12)
    door: str = cell(12, column="source")
    organisation: str = cell(30, required=True)
    count: int = cell()
    pattern: str = cell(40, column="person_code_pattern", required=True)
