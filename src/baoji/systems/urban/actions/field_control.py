"""管控区: where works are permitted. Collectors see it before they take a photo; nothing is refused because of it."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.actions.field_correct import DECIDES
from baoji.systems.urban.actions.place import spot_of
from baoji.systems.urban.queries.book import book

KINDS = {"c": "component", "e": "event"}
ADD = """
INSERT INTO urban_control_area (name, place, topics, since, until, basis, source, active)
VALUES (%s, ST_SetSRID(ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, %s)::geometry), 4490), %s::jsonb, %s, %s, %s, %s, true)
RETURNING id
"""
END = "UPDATE urban_control_area SET active = false, until = least(until, %s) WHERE id = %s AND active"


@dataclass(frozen=True)
class Control:
    """A circle: place in degrees, radius in metres; `topics` like c0102, none for all classes."""

    name: str
    place: tuple[float, float]
    radius_m: float
    topics: list[str]
    since: datetime
    until: datetime
    basis: str


def may_decide(caller: Caller) -> bool:
    return bool(caller.own_kinds() & DECIDES)


@transaction.atomic
def add_control(*, by: Caller, area: Control, now: datetime) -> int:
    _require(by)
    errors: dict[str, list[str]] = {}
    if not area.name.strip():
        errors["name"] = [_("请填名称")]
    if not area.basis.strip():
        errors["basis"] = [_("请填许可文号或依据")]
    if area.until <= area.since or area.until <= now:
        errors["until"] = [_("结束要在开始之后，也要在现在之后")]
    if any((KINDS.get(topic[:1], ""), topic[1:]) not in book().classes for topic in area.topics):
        errors["topic"] = [_("没有这个类别")]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    spot_of(area.place)
    topics = orjson.dumps(area.topics).decode()
    row = [
        area.name.strip()[:60],
        *area.place,
        area.radius_m,
        topics,
        area.since,
        area.until,
        area.basis.strip()[:120],
        by.name,
    ]
    made = int(sql.value(ADD, row))
    audit.record(
        "urban.control", made, "add", {"until": area.until.isoformat(), "topics": area.topics}, by.id, now
    )
    bump("grids")  # the packs of phones change with it
    return made


@transaction.atomic
def end_control(*, by: Caller, id_: int, now: datetime) -> None:
    _require(by)
    if not sql.execute(END, [now, id_]):
        raise NotThere(_("没有这个管控区，或已经结束"))
    audit.record("urban.control", id_, "end", {}, by.id, now)
    bump("grids")


def _require(by: Caller) -> None:
    if not may_decide(by):
        raise NotAllowed(_("您的岗位不管管控区"))
