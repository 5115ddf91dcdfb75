"""Who is told of what: notices inside the system, in the same transaction as the act, each exactly once."""

from django.utils.translation import gettext_noop as _

from baoji.kernel.flow.run import Doing
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban.access import at_work
from baoji.systems.urban.actions.citizen_mail import (
    has_followers,
    letters_each_step,
    may_want_texts,
    tell_followers,
)
from baoji.systems.urban.queries.book import limits
from baoji.systems.urban.queries.cases import merged_reporters
from baoji.systems.urban.rules.citizens import STEPS_TOLD, TELLS_FOLLOWERS
from baoji.systems.urban.rules.redaction import unnamed

# Acts that the reporter reads about, with the sentence's beginning.
TO_REPORTER = {
    "reject": _("您上报的问题没有受理"),
    "decline": _("您上报的问题没有立案"),
    "void": _("您上报的案卷已作废"),
    "close": _("您上报的问题已结案"),
    "settle": _("您上报的问题已答复"),
}
TO_RECEIVER = {"pass_on": _("案卷转给了您")}
TO_BODY = {
    "urge": _("收到催办"),
    "supervise": _("收到督办"),
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
            title=Words(TO_RECEIVER.get(act, _("请到现场")), about=case.title),
            link=link,
            at=doing.now,
            urgent=case.severity == "critical",
        )
    if act == "check_answer" and not doing.facts["fixed"]:
        _tell_commander(doing, once, link)
    if act in TO_BODY:
        _tell_holder(doing, once, link)
    if act == "reply":
        _tell_supervisor(doing, once, link, Words(_("督办已回复"), about=case.title))
    elif "supervise" in doing.record_facts.get("lapsed", ()):
        ended = Words(_("督办未回复，案卷已%(act)s"), {"act": [doing.act.title]}, case.title)
        _tell_supervisor(doing, once, link, ended)


def _tell_commander(doing: Doing, once: str, link: str) -> None:
    """From the rework on that the city names (`limits.reworks_notice`)."""
    times = doing.case.rework
    if times >= limits(doing.policies)["reworks_notice"]:
        notify(
            f"{once}:m",
            post="commander",
            kind="rework",
            title=Words(_("第 %(times)s 次返工"), {"times": times}, doing.case.title),
            link=link,
            at=doing.now,
        )


def _note(doing: Doing) -> str:
    """What was written, without who called: a notice is read by whoever holds the case."""
    return unnamed(doing.opinion, doing.extra["caller_name"], doing.extra["caller_phone"])[:60]


def _tell_reporters(doing: Doing, once: str, link: str) -> None:
    """Whoever reported this case, or one that was merged into it."""
    case, act = doing.case, doing.act.name
    title = Words(TO_REPORTER[act], about=case.title, note=_note(doing))
    merged = merged_reporters(case.pk) if "reporters" in case.notes else []
    for reporter in dict.fromkeys([case.reporter_id, *merged]):
        if reporter and reporter != doing.caller.id:
            name = "r" if reporter == case.reporter_id else f"r{reporter}"
            notify(f"{once}:{name}", person=reporter, kind=act, title=title, link=link, at=doing.now)


def _tell_followers(doing: Doing) -> None:
    """Whoever left a mail address, or of an end a telephone number, also with a report that was merged into this one."""
    case, act = doing.case, doing.act.name
    if may_want_texts(case, act, doing.extra["caller_phone"]) or has_followers(case):
        tell_followers.defer(case_id=case.pk, act=act, record=case.records)


def _tell_supervisor(doing: Doing, once: str, link: str, title: Words) -> None:
    for supervisor in doing.case.notes.get("supervisors", ()):
        if supervisor != doing.caller.id:
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
    title = Words(TO_BODY[doing.act.name], about=case.title, note=_note(doing))
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
