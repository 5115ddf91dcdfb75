"""Who is told of what: notices inside the system, in the same transaction as the act, each exactly once."""

from django.utils.translation import gettext_noop as _

from baoji.kernel.flow.run import Doing
from baoji.kernel.notices.actions import notify
from baoji.systems.urban.access import at_work
from baoji.systems.urban.actions.citizen_mail import has_followers, letters_each_step, tell_followers
from baoji.systems.urban.queries.book import limits
from baoji.systems.urban.queries.cases import merged_reporters
from baoji.systems.urban.rules.citizens import STEPS_TOLD, TELLS_FOLLOWERS

# Acts that the reporter reads about, with the sentence's beginning.
TO_REPORTER = {
    "reject": _("您上报的问题没有受理"),
    "decline": _("您上报的问题没有立案"),
    "void": _("您上报的案卷已作废"),
    "close": _("您上报的问题已结案"),
    "settle": _("您上报的问题已答复"),
}
TO_BODY = {
    "urge": _("催办"),
    "supervise": _("督办"),
    "extend_decide": _("延期申请已审批"),
    "suspend_decide": _("挂账申请已审批"),
    "appeal_decide": _("申诉已审议"),
}
# On a closed case they are about what is still waited for: of whom, `asks` says.
ASKS_AGAIN = frozenset({"supervise", "urge"})


def tell(doing: Doing) -> None:
    case, act = doing.case, doing.act.name
    link = f"/cases/{case.number}"
    once = f"{case.pk}:{case.records}:{act}"
    if act in TO_REPORTER:
        _tell_reporters(doing, once, link)
    if doing.letter != "R" and (act in TELLS_FOLLOWERS or (act in STEPS_TOLD and letters_each_step())):
        _tell_followers(doing)
    if doing.receiver_person:
        notify(
            f"{once}:k",
            person=doing.receiver_person,
            kind=act,
            title=f"请到现场：{case.title}",
            link=link,
            at=doing.now,
            urgent=case.severity == "critical",
        )
    if act == "check_answer" and not doing.facts["fixed"]:
        _tell_commander(doing, once, link)
    if act in TO_BODY:
        _tell_holder(doing, once, link)
    if act == "reply":
        _tell_supervisor(doing, once, link, "督办已回复")
    elif "supervise" in doing.record_facts.get("lapsed", ()):
        _tell_supervisor(doing, once, link, f"督办未回复，案卷已{doing.act.title}")


def _tell_commander(doing: Doing, once: str, link: str) -> None:
    """From the rework on that the city names (`limits.reworks_notice`)."""
    times = doing.case.rework
    if times >= limits(doing.policies)["reworks_notice"]:
        notify(
            f"{once}:m",
            post="commander",
            kind="rework",
            title=f"第 {times} 次返工：{doing.case.title}",
            link=link,
            at=doing.now,
        )


def _tell_reporters(doing: Doing, once: str, link: str) -> None:
    """Whoever reported this case, or one that was merged into it."""
    case, act = doing.case, doing.act.name
    title = f"{TO_REPORTER[act]}：{case.title}" + (f"（{doing.opinion[:60]}）" if doing.opinion else "")
    merged = merged_reporters(case.pk) if "reporters" in case.notes else []
    for reporter in dict.fromkeys([case.reporter_id, *merged]):
        if reporter and reporter != doing.caller.id:
            name = "r" if reporter == case.reporter_id else f"r{reporter}"
            notify(f"{once}:{name}", person=reporter, kind=act, title=title, link=link, at=doing.now)


def _tell_followers(doing: Doing) -> None:
    """Whoever left a mail address, also with a report that was merged into this one."""
    case_id = doing.case.pk
    if has_followers(doing.case):
        tell_followers.defer(case_id=case_id, act=doing.act.name, record=doing.case.records)


def _tell_supervisor(doing: Doing, once: str, link: str, words: str) -> None:
    for supervisor in doing.case.notes.get("supervisors", ()):
        if supervisor != doing.caller.id:
            title = f"{words}：{doing.case.title}"
            notify(
                f"{once}:s{supervisor}",
                person=supervisor,
                kind=doing.act.name,
                title=title,
                link=link,
                at=doing.now,
            )


def _tell_holder(doing: Doing, once: str, link: str) -> None:
    case = doing.case
    title = f"{TO_BODY[doing.act.name]}：{case.title}" + (
        f"（{doing.opinion[:60]}）" if doing.opinion else ""
    )
    if case.status == "closed" and doing.act.name in ASKS_AGAIN:  # who ended it answers for that
        for post in case.asks:
            notify(f"{once}:h:{post}", post=post, kind=doing.act.name, title=title, link=link, at=doing.now)
        return
    org = case.holder_org_id or (case.body_id if case.status == "closed" else None)
    if org:
        notify(
            f"{once}:h",
            kind=doing.act.name,
            title=title,
            link=link,
            at=doing.now,
            **at_work(org),
        )
    elif case.holder_post:
        notify(f"{once}:h", post=case.holder_post, kind=doing.act.name, title=title, link=link, at=doing.now)
    elif case.holder_person_id:
        notify(
            f"{once}:h",
            person=case.holder_person_id,
            kind=doing.act.name,
            title=title,
            link=link,
            at=doing.now,
        )
