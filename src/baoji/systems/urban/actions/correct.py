"""更正: another class, component, place or address; the limit is worked out again and the old one stays in the record."""

from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow.run import Doing
from baoji.kernel.worktime.limits import Limit, LimitUnit
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.actions.milestones import ran, set_milestones
from baoji.systems.urban.actions.place import far_off, spot_of
from baoji.systems.urban.actions.report import not_its_class
from baoji.systems.urban.queries.book import book, rates
from baoji.systems.urban.rules.clock_story import recount


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
        _move(doing, facts["location"], is_own=component is None)
    if "address" in facts:
        case.address = facts["address"][:200]
    _reclassify(doing)
    return ""


def _to_component(doing: Doing, component: dict[str, Any]) -> None:
    """Class, place and address come from the ledger; a place that somebody gave is only compared with it."""
    facts = doing.facts
    if facts.get("class", component["class_code"]) != component["class_code"]:
        raise not_its_class(component["code"], component["class_code"])
    doing.report_changes |= {"kind": "component", "component": component["code"]}
    facts.setdefault("class", component["class_code"])
    place = (component["lon"], component["lat"])
    metres = far_off(facts.get("location", place), place)
    if metres is not None:
        raise Invalid.at("location", _("离这个部件 %(m)d 米，请核对部件") % {"m": metres})
    facts["location"] = place
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


PLACE_OF = "SELECT ST_X(place), ST_Y(place) FROM urban_component WHERE code = %s"


def _move(doing: Doing, point: tuple[float, float], *, is_own: bool) -> None:
    """A case with a component stays near it: what is wrong farther away is the component, or it is an event."""
    component = doing.report_changes.get("component", doing.extra["component"])
    if is_own and component:
        metres = next((far_off(point, place) for place in sql.tuples(PLACE_OF, [component])), None)
        if metres is not None:
            sentence = _("离案卷的部件 %(m)d 米：请另选部件，或先改为事件") % {"m": metres}
            raise Invalid.at("location", sentence)
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
        was, spans = Limit(1, LimitUnit(measure)).measure, ran(case, doing.now)
        recount(case, was, spans, doing.now, current_calendar(), rates())
        set_milestones(doing, condition.id, spans, doing.extra["milestones"])
