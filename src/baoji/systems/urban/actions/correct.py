"""更正: another class, component, place or address; the limit is worked out again and the old one stays in the record."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow import clockwork
from baoji.kernel.flow.run import Doing
from baoji.kernel.worktime.clock import Clock
from baoji.kernel.worktime.limits import Limit, LimitUnit, MeasureKind, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.actions.milestones import ran, set_milestones
from baoji.systems.urban.actions.place import spot_of
from baoji.systems.urban.actions.report import not_its_class
from baoji.systems.urban.queries.book import book, rates


def correct(doing: Doing) -> str:
    facts, case = doing.facts, doing.case
    if not facts:
        raise Invalid(_("请至少更正一项"))
    doing.record_facts = {"before": _as_it_was(doing)}
    component = facts.get("component")
    if component is not None:
        _to_component(doing, component)
    elif facts.get("kind") == "event":
        doing.report_changes |= {"component": ""}
    elif facts.get("class", doing.extra["class_code"]) != doing.extra["class_code"]:
        doing.report_changes |= {
            "component": ""
        }  # what the ledger has at the place is of the class that was wrong
    if "kind" in facts and component is None:
        doing.report_changes["kind"] = facts["kind"]
    if "location" in facts:
        _move(doing, facts["location"])
    if "address" in facts:
        case.address = facts["address"][:200]
    _reclassify(doing)
    return ""


def _to_component(doing: Doing, component: dict[str, Any]) -> None:
    """Class, place and address come from the ledger."""
    facts = doing.facts
    if facts.get("class", component["class_code"]) != component["class_code"]:
        raise not_its_class(component["code"], component["class_code"])
    doing.report_changes |= {"kind": "component", "component": component["code"]}
    facts.setdefault("class", component["class_code"])
    facts.setdefault("location", (component["lon"], component["lat"]))
    facts.setdefault("address", component["address"])


CLASS_OF = "SELECT class_code FROM urban_component WHERE code = %s"


def require_own_class(doing: Doing, code: str) -> None:
    """Class and bodies of a component come from the ledger, which is asked only where the case says otherwise."""
    component = doing.extra["component"]
    if component and code != doing.extra["class_code"]:
        own = sql.value(CLASS_OF, [component])
        if own is not None and own != code:
            raise not_its_class(component, own)


def _as_it_was(doing: Doing) -> dict[str, Any]:
    case, report = doing.case, doing.extra
    return {
        "kind": report["kind"],
        "class": report["class_code"],
        "component": report["component"],
        "address": case.address,
        "location": [case.lon, case.lat],
        "limit": f"{case.limit_value} {case.limit_unit}" if case.limit_value is not None else None,
        "due_at": case.clock_due_at.isoformat() if case.clock_due_at else None,
    }


def _move(doing: Doing, point: tuple[float, float]) -> None:
    doing.case.area = spot_of(point).area
    sql.execute(
        "UPDATE flow_case SET place = ST_SetSRID(ST_MakePoint(%s, %s), 4490) WHERE id = %s",
        [*point, doing.case.pk],
    )


def _reclassify(doing: Doing) -> None:
    kind = doing.report_changes.get("kind", doing.extra["kind"])
    code = doing.facts.get("class", doing.extra["class_code"])
    is_other_kind = kind != doing.extra["kind"] and "class" not in doing.facts
    if (kind, code) == (doing.extra["kind"], doing.extra["class_code"]):
        return  # also of a report that has no class yet
    if is_other_kind or (kind, code) not in book().classes:
        raise Invalid(_("这一类里没有这个代码，请同时选类别"), errors={"class": [_("请选类别")]})
    case = doing.case
    doing.report_changes |= {"class_code": code, "condition_id": None}
    case.topic, case.title = kind[0] + code, book().classes[kind, code].name
    if doing.extra["condition_id"]:
        _new_limit(doing, kind, code)


def _new_limit(doing: Doing, kind: str, code: str) -> None:
    """The first condition of the new class; its limit replaces the old one, counted from the same start."""
    known = book().conditions.get((kind, code))
    if not known:
        raise Invalid(_("这个类别还没有立案条件，不能更正为它"), errors={"class": [_("没有立案条件")]})
    case, condition, measure = doing.case, known[0], doing.case.limit_unit
    doing.report_changes["condition_id"] = condition.id
    case.title = f"{case.title} · {condition.text}"[:120]
    case.limit_value, case.limit_unit, case.severity = (
        condition.limit_value,
        condition.limit_unit,
        condition.severity,
    )
    if case.clock in {"running", "paused", "stopped"} and case.dispatched_at is not None:
        _recount(doing, Limit(1, LimitUnit(measure)).measure)
        set_milestones(doing, condition.id, ran(case, doing.now), doing.extra["milestones"])


def _recount(doing: Doing, before: MeasureKind) -> None:
    """The clock as it would stand had the new limit, with the extensions granted, been in force since the dispatch."""
    case, calendar = doing.case, current_calendar()
    limit, old = clockwork.limit_of(case), Clock(before, 0, case.clock_used_s, case.clock_since)
    new = replace(
        old,
        measure=limit.measure,
        limit_s=limit.seconds * (1 + case.extensions),
        credit_s=case.clock_credit_s,
        used_s=old.used_s if limit.measure is before else _used(doing, limit.measure),
    )
    clockwork.swap(case, new, calendar, rates())


def _used(doing: Doing, measure: MeasureKind) -> int:
    """Seconds of another measure used from the dispatch to the last start or stop, without the times the case was suspended
    and what reviewers gave back."""
    case, time = doing.case, measure_for(measure, current_calendar())
    until = case.clock_since or case.answered_at or doing.now
    given_back = int(case.notes.get("given_back", 0))
    whole = sum(max(0, time.between(since, min(end or until, until))) for since, end in ran(case, doing.now))
    return max(0, whole - given_back)
