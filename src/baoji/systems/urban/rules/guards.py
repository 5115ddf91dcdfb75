"""What must hold for an act besides who and where. Plain Python over a situation: case, report, caller, policies, now."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base.text import mark as _


def may_file_unverified(s: Any) -> bool:
    return (
        not s.policies.get("verify_before_filing", {}).get(s.case.source, False)
        or s.extra["verified_found"] is not None
    )


def not_answered(s: Any) -> bool:
    return s.case.answered_at is None and not s.case.notes.get("answered")


def not_settled(s: Any) -> bool:
    return not s.case.settled_body


def not_arbitrated(s: Any) -> bool:
    """What was arbitrated stands as long as the body does."""
    return not_settled(s) or body_gone(s)


def unsigned(s: Any) -> bool:
    return s.case.step == "to_sign" or body_gone(s)


def body_gone(s: Any) -> bool:
    """The responsible body has ended: nobody there can sign, answer or return."""
    return bool(s.extra["body_gone"])


def has_milestones(s: Any) -> bool:
    return len(s.extra["milestones"]) < int(s.extra["milestone_count"])


def has_sections(s: Any) -> bool:
    return bool(s.extra["sections"])


def no_extension_open(s: Any) -> bool:
    return "extend" not in s.case.pending


def extensions_left(s: Any) -> bool:
    return int(s.case.extensions) < int(s.policies.get("limits", {}).get("extensions_max", 2))


def not_overdue(s: Any) -> bool:
    return s.case.clock_due_at is not None and s.now <= s.case.clock_due_at


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


def was_not_fixed(s: Any) -> bool:
    """Whether it is open again because somebody called it not fixed: then others may say so too."""
    return int(s.case.reporter_reopenings) > 0


def not_said_by_many(s: Any) -> bool:
    return int(s.case.notes.get("also_not_fixed", 0)) < MOST_ALSO


def appeal_left(s: Any) -> bool:
    return not s.case.appealed


def is_scored(s: Any) -> bool:
    return bool(s.case.scored)


def appeal_asked(s: Any) -> bool:
    return "appeal" in s.case.pending


def own_turn(s: Any) -> bool:
    """The dispatcher first, then the acceptor. Where every dispatcher acted on the case, it is the commander's turn, and
    for the acceptors the duty chief's (see `effects.appeal`)."""
    return bool(s.letter == s.case.pending["appeal"]["turn"])


def acted_not(s: Any) -> bool:
    """Nobody decides on an appeal against what they did themselves, or for whom they stand in."""
    return not acting(s) & involved(s.case)


def acting(s: Any) -> set[int]:
    """Who acts, and for whom."""
    return {s.caller.id, s.hold.principal if s.hold else None} - {None}


def involved(case: Any) -> set[int]:
    """Everybody who acted on the case or reported it."""
    return {person for acted in case.people.values() for person in acted} | ({case.reporter_id} - {None})


def not_beside_target(s: Any) -> bool:
    """Two axes: who dispatched or handled the case that this one was merged into does not take it out again."""
    people = s.extra["people_of_target"]
    return not any(acting(s) & set(acted) for side, acted in people.items() if side != "supervision")


def still_asked(s: Any) -> bool:
    """Nobody is urged on a case that has ended, unless a word on an appeal or a reply is still waited for."""
    return bool(s.case.pending)


URGE_AGAIN_MIN = 10


def urged_by(caller: Any) -> str:
    """Reporters without an account are one."""
    return str(caller.id or "")


def urging(s: Any) -> dict[str, str]:
    """When each person urged the case, of those times that still count: at this step, and in the last
    `limits.urge_again_min` minutes (10)."""
    minutes = int(s.policies.get("limits", {}).get("urge_again_min", URGE_AGAIN_MIN))
    since, urged = s.now - timedelta(minutes=minutes), s.case.notes.get("urged", {})
    times = {who: datetime.fromisoformat(at) for who, at in urged.items()}
    return {who: urged[who] for who, at in times.items() if at >= s.case.step_since and at > since}


def not_urged(s: Any) -> bool:
    """Whoever has the case has been told by the same person and knows: more notices would be noise."""
    return urged_by(s.caller) not in urging(s)


def supervised_now(s: Any) -> bool:
    return "supervise" in s.case.pending


MOST_UNANSWERED = 3
MOST_ALSO = 20  # who call one end not fixed after the first


def may_ask(s: Any) -> bool:
    return int(s.case.notes.get("asked", {}).get("n", 0)) < MOST_UNANSWERED


def has_a_reader(s: Any) -> bool:
    """Whether somebody can read the answer: the holder of a query code, or who asked."""
    return bool(s.extra["query_code"]) or "asked" in s.case.notes


# The letter at whose desk a case lies that a post holds.
DESKS = {"acceptor": "A", "chief": "C", "dispatcher": "D", "commander": "M"}


def is_loud(s: Any) -> bool:
    """Alarms are for the loud kind, until somebody takes them."""
    return bool(s.case.severity == "critical")


def at_own_desk(s: Any) -> bool:
    here = "K" if s.case.holder_person_id else DESKS.get(s.case.holder_post, "HW")
    return s.letter in here


def not_taken(s: Any) -> bool:
    return s.case.taken_by_id is None


# What several guards of one act refuse has one code, and a sentence for each cause.
GUARDS = {
    "may_file_unverified": (may_file_unverified, "verify-first", _("这类来源要先派采集员核实，再立案")),
    "not_settled": (not_settled, "too-many-returns", _("处置单位已经裁定，不能再退回")),
    "not_answered": (not_answered, "too-many-returns", _("已经回复过处置结果，不能再退回")),
    "not_arbitrated": (not_arbitrated, "arbitrated", _("处置单位已经裁定，不能撤回派遣")),
    "unsigned": (unsigned, "wrong-stage", _("处置单位已经签收，不能撤回派遣")),
    "has_milestones": (has_milestones, "no-milestones", _("没有还要反馈的阶段")),
    "has_sections": (has_sections, "nowhere-to-pass", _("本单位没有科室或班组可转")),
    "no_extension_open": (no_extension_open, "no-extension", _("已经有延期申请在审批")),
    "extensions_left": (extensions_left, "no-extension", _("延期次数已经用完")),
    "not_overdue": (not_overdue, "no-extension", _("已经超期，不能再申请延期")),
    "extension_asked": (extension_asked, "nothing-asked", _("没有等您审批的延期申请")),
    "may_suspend": (may_suspend, "already-asked", _("已经有挂账申请在审批")),
    "suspension_asked": (suspension_asked, "nothing-asked", _("没有挂账申请")),
    "co_answer_open": (co_answer_open, "already-answered", _("您的单位已经回复过协办")),
    "within_reopen_days": (within_reopen_days, "too-late", _("结案已超过可以要求重办的天数")),
    "reporter_once": (reporter_once, "only-once", _("上报人只能要求重新办理一次")),
    "was_not_fixed": (was_not_fixed, "wrong-stage", _("还没有办完，办完后再说有没有解决")),
    "not_said_by_many": (not_said_by_many, "already-heard", _("已有很多人说没有解决，正在派人去看")),
    "reporter_heard": (reporter_heard, "check-first", _("上报人说没有解决，先派人到现场核查")),
    "is_scored": (is_scored, "only-once", _("这件案卷不计考评，不用申诉")),
    "appeal_left": (appeal_left, "only-once", _("这件案卷已经申诉过，只能申诉一次")),
    "appeal_asked": (appeal_asked, "nothing-asked", _("没有等着审议的申诉")),
    "own_turn": (own_turn, "nothing-asked", _("申诉这一步轮不到您的岗位审议")),
    "acted_not": (acted_not, "nothing-asked", _("您办理过这件案卷，不能审议它的申诉")),
    "not_beside_target": (
        not_beside_target,
        "not-allowed",
        _("您在另一侧办理过并入的那件案卷，不能撤销合并"),
    ),
    "still_asked": (still_asked, "nothing-asked", _("案卷已经办结，没有等着谁答复的事")),
    "not_urged": (not_urged, "just-urged", _("刚催办过，对方已经收到，请过一会儿再催")),
    "supervised_now": (supervised_now, "nothing-asked", _("这件案卷没有等待回复的督办")),
    "may_ask": (may_ask, "unanswered", _("您有三条留言还没有答复，请等答复后再写")),
    "has_a_reader": (has_a_reader, "no-reader", _("上报人没有查询码，看不到答复")),
    "is_loud": (is_loud, "already-taken", _("不是特急案卷，不用接手")),
    "at_own_desk": (at_own_desk, "already-taken", _("案卷不在您这里，不用接手")),
    "not_taken": (not_taken, "already-taken", _("已经有人接手")),
}
