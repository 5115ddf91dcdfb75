"""How far a report has come, in plain words: what happened, where it stands, what comes next. Names no staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.phrases import headed, listed, sentences
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import choices, public
from baoji.systems.urban.pages.reporting.topics import plain_limit
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.public import Case
from baoji.systems.urban.queries.progress import Happened, Progress
from baoji.systems.urban.rules.table import FLOW

ENDED = frozenset({"rejected", "declined", "void"})
# How many of the seven points a case has behind it, by stage; within `file` and `check` the step decides no more.
BEHIND = {"collect": 1, "file": 2, "dispatch": 3, "handle": 4, "feedback": 5, "check": 5, "evaluate": 7}
CHECK = 5  # the point of the check on the spot
SIDES = {"supervision": gettext_lazy("监督中心"), "command": gettext_lazy("指挥中心")}


@dataclass
class Point:
    """One point of the way: `state` is ok, now or empty."""

    title: str
    state: str = ""
    at: str = ""
    text: str = ""


def follow_steps(found: Progress, now: datetime) -> dict[str, Any]:
    """`steps`, `outcome` (title, text, kind) of a case that has ended, `light`, `entries` of the timeline, `address`,
    `merged_from`."""
    case = found.loaded.case
    return {
        "steps": [] if case.status in ENDED or case.step == "settled" else _points(found, now),
        "outcome": _outcome(found),
        "light": found.light,
        "entries": _entries(found, now),
        "address": found.address,
        "merged_from": found.merged_from,
        "moment": moment(case.created_at, now),
    }


def _points(found: Progress, now: datetime) -> list[Point]:
    case, behind = found.loaded.case, BEHIND[found.loaded.case.stage]
    last = {one.act: one.at for one in found.happened}
    body = organisations().known.get(case.body_id or 0)
    way = [
        (_("已收到"), case.created_at, ""),
        (_("受理"), last.get("accept"), ""),
        (_("立案"), last.get("file"), _filed(case)),
        (
            _("派给%(body)s") % {"body": org_name(body, short=True)} if body else _("派给负责的单位"),
            _dispatched(last),
            _stages(found),
        ),
        (_("处置"), case.answered_at, _redone(case)),
        (_("现场核查"), last.get("check_answer"), ""),
        (_("结案，告诉您结果"), case.closed_at, ""),
    ]
    points = [Point(title, "", moment(at, now) if at else "", text) for title, at, text in way]
    for index, point in enumerate(points):
        point.state = "ok" if index < behind else "now" if index == behind else ""
        if point.state != "ok":
            point.at = point.text = ""
    if behind < len(points):
        points[behind].title, points[behind].text = _now(found, now, points[behind].title)
    for point, done in zip(points, _done_titles(org_name(body, short=True) if body else ""), strict=True):
        if point.state == "ok":
            point.title = done
    if behind == len(points) and not _is_checked(found):
        points[CHECK] = Point(_("未经核查"))
    return points


def _is_checked(found: Progress) -> bool:
    """Whether somebody looked since it was last said to be done, and found it so; a case may be closed without."""
    last = next(
        (one for one in reversed(found.happened) if one.act in {"review", "reopen", "check_answer"}), None
    )
    return last is not None and last.act == "check_answer" and bool(last.facts.get("fixed"))


def _done_titles(body: str) -> list[str]:
    return [
        _("已收到"),
        _("已受理"),
        _("已立案"),
        _("已派给%(body)s") % {"body": body or _("负责的单位")},
        _("已处置"),
        _("已核查"),
        _("已结案"),
    ]


def _dispatched(last: dict[str, datetime]) -> datetime | None:
    return max((last[act] for act in ("dispatch", "arbitrate") if act in last), default=None)


def _filed(case: Case) -> str:
    limit = plain_limit(case)
    if not limit:
        return ""
    if case.severity == "critical":
        return _("属于特急，要求 %(limit)s内处置好") % {"limit": limit}
    return _("要求 %(limit)s内处置好") % {"limit": limit}


def _stages(found: Progress) -> str:
    condition = public.book().by_id.get(found.loaded.extra["condition_id"] or 0)
    reported = found.loaded.extra["milestones"]
    stages = condition.milestones if condition else ()
    done = [public.milestone_name(stage) for stage in stages if str(stage.n) in reported]
    return _("已做到：%(stages)s") % {"stages": listed(done)} if done else ""


def _redone(case: Case) -> str:
    return _("核查没有通过，重新处置过 %(n)d 次") % {"n": case.rework} if case.rework else ""


def _now(found: Progress, now: datetime, title: str) -> tuple[str, str]:
    """What is being done at this very step, and until when."""
    case = found.loaded.case
    doing = str(choices.DOING.get(f"{case.stage}/{case.step}", title))
    return doing, _due(found, now)


def _due(found: Progress, now: datetime) -> str:
    case = found.loaded.case
    due = case.due_at
    if case.status != "open" or due is None:
        return _redone(case) if case.stage == "handle" else ""
    if now > due:
        words = _("应在%(at)s 前完成，已经超过") % {"at": moment(due, now)}
    else:
        words = _("应在%(at)s 前完成") % {"at": moment(due, now)}
    redone = _redone(case) if case.stage == "handle" else ""
    return sentences([redone, words]) if redone else words


def _outcome(found: Progress) -> dict[str, str] | None:
    """How it ended, with the reason as it was written for the reporter."""
    case = found.loaded.case
    told = next((one for one in reversed(found.happened) if one.opinion), None)
    reason = told.opinion if told else ""
    if case.status == "closed":
        return _closed(case, found.closing, reason)
    if case.status not in choices.OUTCOME:
        return None
    withdrawn = told is not None and told.act == "withdraw"
    return {
        "title": _("已撤回") if withdrawn else str(choices.OUTCOME[case.status]),
        "text": reason,
        "kind": "off",
    }


def _closed(case: Case, condition: str, reason: str) -> dict[str, str]:
    closing = case.closing or {}
    if case.step == "settled":
        return {"title": _("已答复"), "text": reason, "kind": "ok"}
    kinds = {"by_notice": _("已结案（告知）"), "forced": _("已结案（未经核查）")}
    text = sentences(part for part in (public.closing_words(condition), reason) if part)
    return {"title": kinds.get(closing.get("kind", ""), _("已结案")), "text": text, "kind": "ok"}


def _entries(found: Progress, now: datetime) -> list[dict[str, str]]:
    """Every act worth knowing, newest first; offices, no people."""
    body = organisations().known.get(found.loaded.case.body_id or 0)
    names = {"department": org_name(body, short=True) if body else _("处置单位"), "system": _("系统")} | {
        key: str(name) for key, name in SIDES.items()
    }
    titles = {act.name: _(act.title) for act in FLOW.acts} | {"report": _("收到上报")}
    return [
        {
            "when": moment(one.at, now),
            "who": names.get(one.side, ""),
            "title": _received(titles.get(one.act, ""), one),
        }
        for one in reversed(found.happened)
        if one.act in titles
    ]


def _received(title: str, one: Happened) -> str:
    org = organisations().known.get(one.org_id or 0)
    return (
        headed(title, org_name(org, short=True))
        if org is not None and one.act in {"dispatch", "arbitrate"}
        else title
    )
