"""部件纠错: what somebody found different from the ledger, and the second person's decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zlib import crc32

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.queries import nearest_address
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban import choices
from baoji.systems.urban.actions.field_duty import require_tool
from baoji.systems.urban.actions.likeness import enter_correction
from baoji.systems.urban.actions.place import spot_of
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.proposals import body_from
from baoji.systems.urban.rules.table import REASON

KINDS = ("moved", "class", "missing", "new", "state")
DECIDES = frozenset({"operator", "chief", "head"})
PROPOSE = """
INSERT INTO urban_correction (name, person_id, at, kind, component, class_code, state, place, words, files, status, reason, made)
VALUES (%s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4490), %s, %s::jsonb, 'waiting', '', '')
ON CONFLICT (name) DO NOTHING
"""
LOCKED = """
SELECT name, person_id, kind, component, class_code, state, ST_X(place) AS lon, ST_Y(place) AS lat, status
  FROM urban_correction WHERE name = %s FOR UPDATE
"""
DECIDE = """
UPDATE urban_correction SET status = %s, decided_by_id = %s, decided_at = %s, reason = %s, made = %s WHERE name = %s
"""
# A place that a phone found is within ten metres (accuracy class C), however exactly the old one was surveyed.
MOVE = """
UPDATE urban_component SET place = ST_SetSRID(ST_MakePoint(%s, %s), 4490), unit_grid = %s, address = %s, accuracy = 'C',
    data_source = '现场纠错', changed_on = %s WHERE code = %s
"""
STATE = "UPDATE urban_component SET state = %s, changed_on = %s WHERE code = %s"
NEXT = "SELECT coalesce(max(right(code, 6)::int), 0) + 1 FROM urban_component WHERE code LIKE %s"
# The body on duty maintains it; who is in charge and who owns it are those of the nearest of its class that this body
# maintains: of the three, duties name one.
MAKE = """
INSERT INTO urban_component (code, edition, class_code, name, place, unit_grid, address, in_charge_id, owner_id, maintainer_id, state,
    surveyed_on, accuracy, data_source, provenance)
SELECT %(code)s, e.code, %(class)s, %(name)s, p.pt, %(grid)s, %(address)s, coalesce(near.in_charge_id, %(body)s),
       coalesce(near.owner_id, %(body)s), %(body)s, '完好', %(day)s, 'C', '现场纠错', 'corrected'
  FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS pt) p
  JOIN urban_class k ON k.kind = 'component' AND k.code = %(class)s JOIN urban_edition e ON e.id = k.edition_id AND e.in_force
  LEFT JOIN LATERAL (SELECT in_charge_id, owner_id FROM urban_component c
     WHERE c.class_code = %(class)s AND c.maintainer_id = %(body)s ORDER BY c.place <-> p.pt, c.code LIMIT 1) near ON true
 LIMIT 1
"""


@dataclass(frozen=True)
class Finding:
    """What was found: `kind` is one of KINDS; the place in degrees, `state` one of the ledger's words."""

    kind: str
    component: str = ""
    class_code: str = ""
    state: str = ""
    place: tuple[float, float] | None = None
    words: str = ""


def propose_correction(*, by: Caller, name: UUID, finding: Finding, files: list[File], now: datetime) -> None:
    """Puts a finding before a second person; sent again it is one."""
    require_tool(by, "correct")
    _check(finding)
    lon, lat = finding.place or (None, None)
    row = [name, by.id, now, finding.kind, finding.component, finding.class_code, finding.state, lon, lat]
    with transaction.atomic():
        if sql.execute(PROPOSE, [*row, finding.words.strip()[:200], orjson.dumps(files).decode()]):
            enter_correction(name)
            notify(
                f"correction:{name}",
                post="operator",
                kind="correction",
                title=Words(
                    noop("部件纠错待审：%(what)s"), {"what": finding.component or finding.class_code}
                ),
                link="/street/corrections/",
                at=now,
            )


def _check(finding: Finding) -> None:
    errors: dict[str, list[str]] = {}
    if finding.kind not in KINDS:
        errors["kind"] = [_("请选哪里不一样")]
    if finding.kind != "new" and not _exists(finding.component):
        errors["component"] = [_("台账里没有这个部件")]
    if finding.kind in {"new", "class"} and ("component", finding.class_code) not in book().classes:
        errors["class"] = [_("没有这个类别")]
    if finding.kind in {"new", "moved"} and finding.place is None:
        errors["location"] = [_("请在地图上标出位置")]
    if finding.kind == "state" and finding.state not in choices.STATE:
        errors["state"] = [_("请选状态")]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    if finding.place is not None:
        spot_of(finding.place)  # raises where the city ends


def _exists(code: str) -> bool:
    return bool(sql.value("SELECT EXISTS (SELECT 1 FROM urban_component WHERE code = %s)", [code]))


@transaction.atomic
def decide_correction(*, by: Caller, name: UUID, accept: bool, reason: str, now: datetime) -> str:
    """Accepts a finding into the ledger or refuses it with a reason; the code of the component that it made or changed."""
    if not by.own_kinds() & DECIDES:
        raise NotAllowed(_("您的岗位不审部件纠错"))
    found = sql.row(LOCKED, [name])
    if found is None:
        raise NotThere(_("没有这条纠错"))
    if found["status"] != "waiting":
        raise Refused(_("这条纠错已经审过"), code="already-decided")
    if found["person_id"] == by.id:
        raise NotAllowed(_("自己提的纠错由别人审"))
    if not accept and len(reason.strip()) < REASON.least:
        raise Invalid(_("请写不采纳的理由"), errors={"reason": [_("请写理由")]})
    code = APPLY[found["kind"]](found, timezone.localdate(now)) if accept else ""
    status = "accepted" if accept else "refused"
    sql.execute(DECIDE, [status, by.id, now, reason.strip()[:200], code, name])
    facts = {"correction": str(name), "kind": found["kind"], "status": status, "component": code}
    audit.record("urban.correction", crc32(name.bytes), "decide", facts, by.id, now)
    _tell_finder(found, name, accept, reason, now)
    if accept:
        bump("components")
    return code


def _tell_finder(found: dict[str, Any], name: UUID, accept: bool, reason: str, now: datetime) -> None:
    notify(
        f"correction:{name}:decided",
        person=found["person_id"],
        kind="correction",
        title=Words(noop("部件纠错已采纳"))
        if accept
        else Words(noop("部件纠错没有采纳：%(reason)s"), {"reason": reason.strip()[:60]}),
        link="/field/",
        at=now,
    )


def _move(found: dict[str, Any], day: Any) -> str:
    place = (found["lon"], found["lat"])
    address = nearest_address(*place)
    sql.execute(MOVE, [*place, spot_of(place).unit_grid, address, day, found["component"]])
    return str(found["component"])


def _set_state(found: dict[str, Any], day: Any) -> str:
    state = "丢失" if found["kind"] == "missing" else found["state"]
    sql.execute(STATE, [state, day, found["component"]])
    return str(found["component"])


def _make(found: dict[str, Any], day: Any) -> str:
    place, class_code = (found["lon"], found["lat"]), found["class_code"]
    kind = book().classes.get(("component", class_code))
    if kind is None:  # it went out of force after it was found
        raise Refused(_("没有这个类别"), code="class-gone")
    spot = spot_of(place)
    body = body_from(None, spot.area, "component", class_code, day)
    if body is None:
        raise Refused(_("这里没有对应的单位，请先补责任清单"), code="nobody-responsible")
    head = spot.area[:6] + class_code
    sql.value("SELECT pg_advisory_xact_lock(hashtext(%s))", [head])
    code = f"{head}{sql.value(NEXT, [head + '%']):06d}"
    sql.execute(
        MAKE,
        {
            "code": code,
            "class": class_code,
            "name": kind.name,
            "lon": place[0],
            "lat": place[1],
            "grid": spot.unit_grid,
            "address": nearest_address(*place),
            "body": body.org_id,
            "day": day,
        },
    )
    return code


def _reclass(found: dict[str, Any], day: Any) -> str:
    """A code holds its class: the old component is given up, and one of the right class stands in its place."""
    row = sql.row(
        "SELECT ST_X(place) AS lon, ST_Y(place) AS lat, state FROM urban_component WHERE code = %s FOR UPDATE",
        [found["component"]],
    )
    assert row is not None
    if row.pop("state") == "废弃":  # two may have found the same, and one new component is enough
        raise Refused(_("这个部件已经废弃，请看是不是另一条纠错已经改过"), code="component-gone")
    sql.execute(STATE, ["废弃", day, found["component"]])
    return _make({**found, **row}, day)


APPLY = {"moved": _move, "class": _reclass, "missing": _set_state, "new": _make, "state": _set_state}
