"""What must hold for an act besides who and where. Plain Python over a situation: case, report, caller, policies, now."""

from datetime import timedelta
from typing import Any

from baoji.kernel.base.text import mark as _


def may_file_unverified(s: Any) -> bool:
    return (
        not s.policies.get("verify_before_filing", {}).get(s.case.source, False)
        or s.extra["verified_found"] is not None
    )


def may_return(s: Any) -> bool:
    return not s.case.settled_body and s.case.answered_at is None and not s.case.notes.get("answered")


def not_arbitrated(s: Any) -> bool:
    return not s.case.settled_body


def has_milestones(s: Any) -> bool:
    return len(s.extra["milestones"]) < int(s.extra["milestone_count"])


def has_sections(s: Any) -> bool:
    return bool(s.extra["sections"])


def may_extend(s: Any) -> bool:
    case = s.case
    most = int(s.policies.get("limits", {}).get("extensions_max", 2))
    on_time = case.clock_due_at is not None and s.now <= case.clock_due_at
    return on_time and case.extensions < most and "extend" not in case.pending


def extension_asked(s: Any) -> bool:
    return "extend" in s.case.pending and s.letter == ("D" if s.case.extensions == 0 else "M")


def may_suspend(s: Any) -> bool:
    return "suspend" not in s.case.pending


def suspension_asked(s: Any) -> bool:
    return "suspend" in s.case.pending


def co_answer_open(s: Any) -> bool:
    return (
        s.hold is not None and s.hold.org_id in s.case.co_bodies and s.hold.org_id not in s.case.co_answered
    )


def within_reopen_days(s: Any) -> bool:
    days = int(s.policies.get("limits", {}).get("reopen_days", 15))
    return s.letter != "R" or (
        s.case.closed_at is not None and s.now - s.case.closed_at <= timedelta(days=days)
    )


def reporter_once(s: Any) -> bool:
    return s.letter != "R" or int(s.case.reporter_reopenings) < 1


def reporter_heard(s: Any) -> bool:
    """Whoever called a closed case not fixed is not talked out of it: first somebody looks on the spot."""
    return not s.case.notes.get("not_fixed")


def appeal_left(s: Any) -> bool:
    return not s.case.appealed and s.case.scored


def appeal_asked(s: Any) -> bool:
    """The dispatcher first, then the acceptor; neither may have acted on the case before. Where every dispatcher did, it
    is the commander's turn, and for the acceptors the duty chief's (see `effects.appeal`)."""
    asked = s.case.pending.get("appeal")
    if asked is None or s.letter != asked["turn"]:
        return False
    people = {s.caller.id, s.hold.principal if s.hold else None}
    return not (people - {None}) & involved(s.case)


def involved(case: Any) -> set[int]:
    """Everybody who acted on the case or reported it."""
    return {person for acted in case.people.values() for person in acted} | ({case.reporter_id} - {None})


def supervised_now(s: Any) -> bool:
    return "supervise" in s.case.pending


MOST_UNANSWERED = 3


def may_ask(s: Any) -> bool:
    return int(s.case.notes.get("asked", {}).get("n", 0)) < MOST_UNANSWERED


def has_a_reader(s: Any) -> bool:
    """Whether somebody can read the answer: the holder of a query code, or who asked."""
    return bool(s.extra["query_code"]) or "asked" in s.case.notes


# The letter at whose desk a case lies that a post holds.
DESKS = {"acceptor": "A", "chief": "C", "dispatcher": "D", "commander": "M"}


def not_taken(s: Any) -> bool:
    """Alarms are for the loud kind, until somebody takes them."""
    case = s.case
    here = "K" if case.holder_person_id else DESKS.get(case.holder_post, "HW")
    return case.severity == "critical" and case.taken_by_id is None and s.letter in here


GUARDS = {
    "may_file_unverified": (may_file_unverified, "verify-first", _("这类来源要先派采集员核实，再立案")),
    "may_return": (may_return, "too-many-returns", _("已经裁定或已经回复过，不能再退回")),
    "not_arbitrated": (not_arbitrated, "arbitrated", _("处置单位已经裁定，不能撤回派遣")),
    "has_milestones": (has_milestones, "no-milestones", _("没有还要反馈的阶段")),
    "has_sections": (has_sections, "nowhere-to-pass", _("本单位没有科室或班组可转")),
    "may_extend": (may_extend, "no-extension", _("不能申请延期：已超期、已有申请，或已延期两次")),
    "extension_asked": (extension_asked, "nothing-asked", _("没有等您审批的延期申请")),
    "may_suspend": (may_suspend, "already-asked", _("已经有挂账申请在审批")),
    "suspension_asked": (suspension_asked, "nothing-asked", _("没有挂账申请")),
    "co_answer_open": (co_answer_open, "already-answered", _("协办单位已经回复，或不是协办单位")),
    "within_reopen_days": (within_reopen_days, "too-late", _("结案已超过可以要求重办的天数")),
    "reporter_once": (reporter_once, "only-once", _("上报人只能要求重新办理一次")),
    "reporter_heard": (reporter_heard, "check-first", _("上报人说没有解决，先派人到现场核查")),
    "appeal_left": (appeal_left, "only-once", _("每件案卷只能申诉一次，不计考评的案卷不用申诉")),
    "appeal_asked": (appeal_asked, "nothing-asked", _("没有等您审议的申诉，或您办理过这件案卷")),
    "supervised_now": (supervised_now, "nothing-asked", _("这件案卷没有等待回复的督办")),
    "may_ask": (may_ask, "unanswered", _("您有三条留言还没有答复，请等答复后再写")),
    "has_a_reader": (has_a_reader, "no-reader", _("上报人没有查询码，看不到答复")),
    "not_taken": (not_taken, "already-taken", _("已经有人接手，或不是特急案卷")),
}
