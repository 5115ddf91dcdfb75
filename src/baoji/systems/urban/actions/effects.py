"""What each act does to the case beyond moving it. One function an act; each returns the outcome named in the table."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow import clockwork
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.access import BODY_KINDS
from baoji.systems.urban.actions import heard
from baoji.systems.urban.actions.appeals import appeal, appeal_decide, end_appeal
from baoji.systems.urban.actions.asking import ask, verify_answer
from baoji.systems.urban.actions.correct import correct, require_own_class
from baoji.systems.urban.actions.merge import merge, unmerge
from baoji.systems.urban.actions.milestones import (
    drop_milestones,
    milestone,
    pause_milestones,
    resume_milestones,
    set_milestones,
    stood,
)
from baoji.systems.urban.actions.requests import (
    done_by,
    lapse,
    open_request,
    renew,
    reply,
    supervise,
    wait_for,
)
from baoji.systems.urban.actions.urging import urge
from baoji.systems.urban.queries.book import ConditionRow, book, limits, rates
from baoji.systems.urban.queries.names import official_closing
from baoji.systems.urban.rules.table import REASON

# 案卷建立 ------------------------------------------------------------------


def file(doing: Doing) -> str:
    """立案: class and condition are fixed, and with them limit and severity; the case gets its number."""
    if doing.extra["verified_found"] is False and len(str(doing.facts.get("reason", ""))) < REASON.least:
        raise Invalid.at(
            "reason", _("采集员没有核实到问题，仍要立案请写理由，至少 %(n)d 个字") % {"n": REASON.least}
        )
    require_own_class(doing, doing.facts["class"])
    condition = book().by_id[doing.facts["condition"]]
    apply_condition(doing, doing.extra["kind"], doing.facts["class"], condition)
    if doing.case.case_number is None:
        doing.case.case_number = next_case_number(doing)
    doing.record_facts = {
        "class": doing.facts["class"],
        "condition": condition.n,
        "case_number": doing.case.case_number,
    }
    return ""


def apply_condition(doing: Doing, kind: str, code: str, condition: ConditionRow) -> None:
    case = doing.case
    case.limit_value, case.limit_unit, case.severity = (
        condition.limit_value,
        condition.limit_unit,
        condition.severity,
    )
    case.topic = kind[0] + code
    case.title = f"{book().classes[kind, code].name} · {condition.text}"[:120]
    now = {"kind": kind, "class_code": code, "condition_id": condition.id}
    doing.report_changes |= {name: value for name, value in now.items() if doing.extra[name] != value}
    doing.extra |= now


NEXT_SERIAL = """
INSERT INTO urban_serial (division, day, last) VALUES (%s, %s, 1)
ON CONFLICT (division, day) DO UPDATE SET last = urban_serial.last + 1 RETURNING last
"""


def next_case_number(doing: Doing) -> str:
    """案卷号: division, day, serial without gaps: the counter's row is held until this filing commits."""
    division = doing.case.area[:6]
    day = timezone.localdate(doing.now)
    serial = sql.value(NEXT_SERIAL, [division, day])
    return f"{division}-{day:%Y%m%d}-{serial:05d}"


# 任务派遣 ------------------------------------------------------------------


def hand_over(doing: Doing) -> str:
    """派遣 or 裁定: one responsible body, from now on, with a new limit."""
    case, to = doing.case, doing.facts["to"]
    case.body_id = doing.holder_org = doing.receiver_org = to
    _settle_co_handlers(doing)
    case.settled_body = doing.act.name == "arbitrate" or case.settled_body
    case.pending = {name: kept for name, kept in case.pending.items() if name == "supervise"}
    case.notes.pop("credit", None)
    case.notes.pop("answered", None)
    tree = organisations()
    doing.parties_orgs += [
        org
        for id_ in (to, *case.co_bodies)
        for org in tree.known[id_].path
        if tree.known[org].kind in BODY_KINDS
    ]
    doing.record_facts["co_handlers"] = [tree.code(id_) for id_ in case.co_bodies]
    set_milestones(doing, doing.extra["condition_id"], [(doing.now, None)], {})
    wait_for(doing, "sign")
    return ""


def _settle_co_handlers(doing: Doing) -> None:
    """A dispatch names them; an arbitration keeps them and their answers, but for the one that becomes responsible and
    those that have ended meanwhile."""
    case, there = doing.case, organisations().by_id
    if doing.act.name == "arbitrate":
        case.co_bodies = [org for org in case.co_bodies if org != case.body_id and org in there]
        case.co_answered = [org for org in case.co_answered if org in case.co_bodies]
    else:
        case.co_bodies, case.co_answered = doing.facts.get("co_handlers", []), []


def take_back(doing: Doing) -> str:
    """退回立案 or 撤回派遣: nobody is responsible any more. What was arbitrated for a body that has ended is void with it."""
    if doing.extra["body_gone"]:
        _unsettle(doing.case)
    doing.case.body_id, doing.case.co_bodies = None, []
    doing.case.notes.pop("holder_org", None)
    drop_milestones(doing)
    lapse(doing)
    return ""


def _unsettle(case: Case) -> None:
    """Returns count anew, and whoever is responsible next may return the case."""
    case.settled_body, case.returns = False, 0


def give_back(doing: Doing) -> str:
    """A refused return, or an answer sent back: the same body goes on."""
    doing.holder_org = doing.receiver_org = doing.case.body_id
    return ""


# 任务处理 ------------------------------------------------------------------


def sign(doing: Doing) -> str:
    """Whoever it was passed on to before signing keeps it. It is late by its own limit, not by the body's clock."""
    doing.holder_org = doing.case.holder_org_id
    by = done_by(doing, "sign", doing.case.step_since)
    if by is not None:
        doing.due_at, doing.was_overdue = by, doing.now > by
    doing.clear_timers.append("sign")
    return ""


def return_(doing: Doing) -> str:
    doing.case.returns += 1
    lapse(doing)
    return "third" if doing.case.returns >= limits(doing.policies)["returns_max"] else ""


def answer(doing: Doing) -> str:
    doing.case.notes["answered"] = True
    lapse(doing)
    return ""


def pass_on(doing: Doing) -> str:
    org, worker = doing.facts["to"]
    doing.holder_org = doing.receiver_org = org.id
    doing.receiver_person = worker.id if worker else None  # the case itself is for all who work there
    doing.parties_orgs.append(org.id)
    return ""


def extend_request(doing: Doing) -> str:
    doing.case.pending["extend"] = open_request(doing, n=doing.case.extensions + 1)
    wait_for(doing, "extend")
    return ""


def extend_decide(doing: Doing) -> str:
    doing.case.pending.pop("extend")
    doing.clear_timers.append("extend")
    doing.record_facts["grant"] = doing.facts["grant"]
    if doing.facts["grant"]:
        case, calendar = doing.case, current_calendar()
        longer = clockwork.clock_of(case).extend(clockwork.limit_of(case).seconds)
        clockwork.keep(case, longer, calendar, rates(), case.clock)
        case.extensions += 1
    return ""


def suspend_request(doing: Doing) -> str:
    days = limits(doing.policies)["suspend_max_days"]
    if doing.facts["until"] - doing.now + stood(doing.case, doing.now) > timedelta(days=days):
        raise Invalid.at("until", _("挂账前后加起来最多 %(days)d 天") % {"days": days})
    doing.case.pending["suspend"] = open_request(
        doing, kind=doing.facts["kind"], until=doing.facts["until"].isoformat()
    )
    wait_for(doing, "suspend")
    return ""


def suspend_decide(doing: Doing) -> str:
    asked = doing.case.pending.pop("suspend")
    doing.clear_timers.append("suspend")
    doing.record_facts |= {"grant": doing.facts["grant"], "kind": asked["kind"], "until": asked["until"]}
    if not doing.facts["grant"]:
        return ""
    until = datetime.fromisoformat(asked["until"])
    doing.case.pending.pop("extend", None)
    doing.clear_timers.append("extend")
    doing.case.deferred = doing.case.deferred or asked["kind"] == "defer"
    doing.case.notes["holder_org"] = doing.case.holder_org_id
    doing.holder_org = doing.case.holder_org_id
    doing.clock = "pause"
    pause_milestones(doing)
    doing.timers["wake"] = max(until, doing.now)
    return "granted"


def resume(doing: Doing) -> str:
    doing.holder_org = doing.case.notes.pop("holder_org", None) or doing.case.body_id
    resume_milestones(doing)
    return ""


def co_answer(doing: Doing) -> str:
    assert doing.hold is not None
    doing.case.co_answered = [*doing.case.co_answered, doing.hold.org_id]
    return ""


# 核实结案 ------------------------------------------------------------------


def check_answer(doing: Doing) -> str:
    doing.record_facts["fixed"] = doing.facts["fixed"]
    doing.case.notes.pop("not_fixed", None)
    if doing.facts["fixed"]:
        return ""
    doing.case.rework += 1
    doing.clock = "run"
    doing.holder_org = doing.receiver_org = doing.case.body_id
    return "not_fixed"


def check_is_waived(policies: Any, topic: str, source: str) -> bool:
    """Whether the city's policy closes this class and source without a collector's check."""
    lines = policies.get("check", {}).get("waived", [])
    return any(
        line.get("kind", "")[:1] + line.get("class", "") in {topic, ""}
        and line.get("source", source) == source
        for line in lines
    )


def close(doing: Doing) -> str:
    kind = doing.facts["kind"]
    if (
        doing.case.step == "to_check"
        and kind == "normal"
        and not check_is_waived(doing.policies, doing.case.topic, doing.case.source)
    ):
        raise Invalid.at("kind", _("还没有核查，只能告知性结案或强制结案"))
    if kind != "normal" and len(str(doing.facts.get("opinion", ""))) < REASON.least:
        raise Invalid.at("opinion", _("告知性结案和强制结案要写理由，至少 %(n)d 个字") % {"n": REASON.least})
    condition = book().by_id.get(doing.extra["condition_id"] or 0)
    doing.case.closing = {
        "condition": official_closing(doing.facts["closing_condition"], condition),
        "kind": kind,
    }
    doing.record_facts |= doing.case.closing
    return ""


# 考核评价 ------------------------------------------------------------------


def settle(doing: Doing) -> str:
    doing.case.scored = False
    doing.case.closing = {"condition": doing.facts["opinion"], "kind": "settled"}
    return ""


def reopen(doing: Doing) -> str:
    case = doing.case
    case.reopenings += 1
    case.reporter_reopenings += doing.letter == "R"
    case.closing, case.scored = None, True
    end_appeal(doing)
    if doing.left == "evaluate/closed":
        case.notes["fresh"] = True
        if doing.letter == "R":
            case.notes.pop("also_not_fixed", None)
            case.notes["not_fixed"] = True  # until somebody has looked: see `guards.reporter_heard`
    else:
        take_back(doing)
        _unsettle(case)
    renew(doing)
    return ""


# 任何时候 ------------------------------------------------------------------


def take(doing: Doing) -> str:
    doing.case.taken_by_id = doing.caller.id
    return ""


EFFECTS: dict[str, Callable[[Doing], str]] = {
    "file": file,
    "verify_request": ask,
    "verify_answer": verify_answer,
    "dispatch": hand_over,
    "arbitrate": hand_over,
    "refer_back": take_back,
    "recall": take_back,
    "send_back": give_back,
    "sign": sign,
    "return": return_,
    "answer": answer,
    "pass_on": pass_on,
    "milestone": milestone,
    "extend_request": extend_request,
    "extend_decide": extend_decide,
    "suspend_request": suspend_request,
    "suspend_decide": suspend_decide,
    "resume": resume,
    "wake": resume,
    "co_answer": co_answer,
    "check_request": ask,
    "check_answer": check_answer,
    "close": close,
    "settle": settle,
    "reopen": reopen,
    "appeal": appeal,
    "appeal_decide": appeal_decide,
    "supervise": supervise,
    "reply": reply,
    "urge": urge,
    "ask": heard.ask,
    "tell": heard.tell,
    "also_not_fixed": heard.also_not_fixed,
    "take": take,
    "correct": correct,
    "merge": merge,
    "unmerge": unmerge,
}
