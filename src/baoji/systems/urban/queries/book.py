"""Class tables, conditions, duties and policies as the rules use them; kept in the process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.flow.clockwork import Rates
from baoji.kernel.organisations.names import within


class ClassRow(NamedTuple):
    kind: str
    code: str
    name: str
    name_en: str
    major_name: str
    major_name_en: str


class MilestoneRow(NamedTuple):
    n: int
    name: str
    name_en: str
    limit_value: Decimal
    limit_unit: str


@dataclass(frozen=True)
class ConditionRow:
    id: int
    kind: str
    class_code: str
    n: int
    text: str
    text_en: str
    limit_value: Decimal
    limit_unit: str
    severity: str
    closing: str
    closing_en: str
    milestones: tuple[MilestoneRow, ...] = ()


class DutyRow(NamedTuple):
    area: str
    org_id: int
    basis: str
    valid_from: date | None
    valid_to: date | None


@dataclass
class Book:
    classes: dict[tuple[str, str], ClassRow] = field(default_factory=dict)
    conditions: dict[tuple[str, str], list[ConditionRow]] = field(default_factory=dict)
    by_id: dict[int, ConditionRow] = field(default_factory=dict)
    duties: dict[tuple[str, str], list[DutyRow]] = field(default_factory=dict)

    def condition(self, kind: str, code: str, n: int) -> ConditionRow | None:
        return next((c for c in self.conditions.get((kind, code), []) if c.n == n), None)


def _load() -> Book:
    book = Book()
    for row in sql.tuples(
        "SELECT c.kind, c.code, c.name, c.name_en, c.major_name, c.major_name_en FROM urban_class c JOIN urban_edition e ON e.id = c.edition_id"
        " WHERE e.in_force ORDER BY c.kind, c.code"
    ):
        book.classes[row[0], row[1]] = ClassRow(*row)
    stages: dict[int, list[MilestoneRow]] = {}
    for condition_id, *rest in sql.tuples(
        "SELECT condition_id, n, name, name_en, limit_value, limit_unit FROM urban_milestone ORDER BY condition_id, n"
    ):
        stages.setdefault(condition_id, []).append(MilestoneRow(*rest))
    for found in sql.rows(
        "SELECT id, kind, class_code, n, text, text_en, limit_value, limit_unit, severity, closing, closing_en FROM urban_condition"
        " WHERE active ORDER BY kind, class_code, n"
    ):
        condition = ConditionRow(**found, milestones=tuple(stages.get(found["id"], [])))
        book.conditions.setdefault((condition.kind, condition.class_code), []).append(condition)
        book.by_id[condition.id] = condition
    duties = sql.tuples(
        "SELECT kind, class_code, area, organisation_id, basis, valid_from, valid_to FROM urban_duty ORDER BY id"
    )
    # The smallest area first: without the zeros behind, the city has fewer digits than a county, a street than a community.
    for kind, code, *rest in sorted(duties, key=lambda duty: -len(within(duty[2]))):
        book.duties.setdefault((kind, code), []).append(DutyRow(*rest))
    return book


book = Snapshot(_load, "classes", "duty")


def _load_policies() -> dict[str, Any]:
    return {
        name: orjson.loads(value) for name, value in sql.tuples("SELECT name, value::text FROM urban_policy")
    }


policies = Snapshot(_load_policies, "policies")


def _load_rates() -> Rates:
    minutes = dict(sql.tuples("SELECT step, minutes FROM flow_stage_limit WHERE flow = 'urban'"))
    return Rates(float(policies().get("lights", {}).get("yellow_below", 0.2)), minutes)


rates = Snapshot(_load_rates, "policies")


def limits(given: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of the `limits` policy with the values used when a city has not set one."""
    defaults = {
        "returns_max": 3,
        "extensions_max": 2,
        "reopen_days": 15,
        "suspend_max_days": 365,
        "reworks_notice": 2,
    }
    return {name: int(given.get("limits", {}).get(name, default)) for name, default in defaults.items()}


def self_disposed_photos(given: Mapping[str, Any]) -> tuple[int, int, int]:
    """Of what was settled on the spot: fewest photos before, fewest after, most of both."""
    found = given.get("self_disposed", {})
    return (
        int(found.get("photos_before_min", 1)),
        int(found.get("photos_after_min", 1)),
        int(found.get("photos_max", 9)),
    )


def photos(given: Mapping[str, Any], act: str, door: str) -> tuple[int, int]:
    """(fewest, most) photos of an act; `door` is the report's source, '*' stands for any."""
    for line in given.get("photos", []):
        if line["act"] == act and line["door"] in {door, "*"}:
            return int(line["min"]), int(line["max"])
    return 0, 9
