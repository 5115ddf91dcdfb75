"""What somebody may do now, as `ui/act_panel.html` shows it: keys, icons, candidates, and what comes next."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.phrases import remarked
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.limits import Limit, LimitUnit, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.words import limit_words, moment, post_word, step_title
from baoji.systems.urban.public import Case
from baoji.systems.urban.rules.leads import LAST_TO_LEAD
from baoji.systems.urban.rules.table import FLOW

Offer = dict[str, Any]
LOOKS: dict[str, dict[str, Any]] = {
    "accept": {"title": gettext_lazy("受理这件上报"), "busy": gettext_lazy("正在受理")},
    "reject": {"icon": "ban", "key": "r", "safe": gettext_lazy("先不办")},
    "settle": {"icon": "message-check"},
    "file": {"title": gettext_lazy("立案"), "busy": gettext_lazy("正在立案")},
    "verify_request": {"icon": "user-search", "key": "v", "busy": gettext_lazy("正在指派")},
    "decline": {"icon": "ban", "key": "r", "safe": gettext_lazy("先不办")},
    "dispatch": {"title": gettext_lazy("派给所选单位"), "busy": gettext_lazy("正在派遣")},
    "refer_back": {"icon": "file-x", "key": "r"},
    "send_back": {"icon": "corner-up-left", "key": "b"},
    "recall": {"icon": "arrow-back-up", "key": "b"},
    "arbitrate": {"title": gettext_lazy("裁定给所选单位"), "busy": gettext_lazy("正在裁定")},
    "sign": {"title": gettext_lazy("签收这件案卷"), "busy": gettext_lazy("正在签收")},
    "return": {"icon": "corner-up-left", "key": "r"},
    "answer": {"busy": gettext_lazy("正在回复")},
    "pass_on": {"icon": "arrows-transfer-down", "key": "p"},
    "milestone": {"icon": "flag"},
    "extend_request": {"icon": "calendar-plus"},
    "suspend_request": {"icon": "player-pause"},
    "check_request": {"icon": "user-search", "key": "c", "busy": gettext_lazy("正在指派")},
    "close": {"title": gettext_lazy("结案"), "busy": gettext_lazy("正在结案")},
    "merge": {"icon": "git-merge"},
    "void": {"icon": "trash", "safe": gettext_lazy("不作废")},
    "correct": {"icon": "pencil"},
    "supervise": {"icon": "speakerphone"},
    "reply": {"icon": "message-reply"},
    "urge": {"icon": "bell-ringing"},
    "opinion": {"icon": "message-2"},
    "tell": {"icon": "message-reply", "busy": gettext_lazy("正在答复")},
    "ask": {"icon": "message-question"},
    "also_not_fixed": {"icon": "message-question"},
    "take": {"icon": "hand-stop"},
    "reopen": {"icon": "refresh"},
    "appeal": {"icon": "scale"},
}


def panel(caller: Caller, loaded: Loaded, now: datetime, values: dict[str, Any] | None = None) -> list[Offer]:
    """The offers, the likeliest first. `values` are what a refused form held: its class decides the conditions to choose from."""
    used: set[str] = set()
    made = []
    for offer in public.offered(caller, loaded, now):
        looks = LOOKS.get(offer["act"], {})
        key = looks.get("key", "")
        if key in used:
            key = ""
        used.add(key)
        properties = {
            name: _choosable(name, spec, loaded, values or {})
            for name, spec in offer["schema"]["properties"].items()
        }
        _candidates(offer["act"], properties, loaded.case)
        proposal = next(
            (spec["x-default-title"] for spec in properties.values() if spec.get("x-default-title")), ""
        )
        made.append(
            {
                "act": offer["act"],
                "title": str(looks.get("title") or offer["title"]),
                "icon": looks.get("icon", ""),
                "key": key,
                "busy": str(looks.get("busy", "")),
                "safe": str(looks.get("safe", "")),
                "danger": offer["danger"],
                "photos": offer["photos"],
                "schema": {**offer["schema"], "properties": properties},
                "beside": offer["lead"] > LAST_TO_LEAD,
                "plain_title": offer["title"],
                "proposal": proposal if offer["reason"] else "",
                "proposal_reason": offer["reason"],
                "consequence": consequence(offer["act"], loaded.case, offer["note"], now),
            }
        )
    return made


def _choosable(name: str, spec: dict[str, Any], loaded: Loaded, values: dict[str, Any]) -> dict[str, Any]:
    """The schema's own search addresses are the API's; a page shows what it knows as choices."""
    if "x-choices" in spec:
        chosen = values.get("class")
        if chosen and chosen != loaded.extra["class_code"]:
            return {**spec, "oneOf": _conditions(loaded.extra["kind"], str(chosen)) or spec["x-choices"]}
        return {**spec, "oneOf": spec["x-choices"]}
    if spec.get("x-search") == "/api/v1/cases":
        return {**spec, "x-search": "/cases/find"}
    if spec.get("type") == "boolean":
        return {**spec, "oneOf": [{"const": True, "title": _yes(name)}, {"const": False, "title": _no(name)}]}
    return spec


def _yes(name: str) -> str:
    return {"grant": _("同意"), "fixed": _("已经处置好"), "found": _("问题存在")}.get(name) or _("是")


def _no(name: str) -> str:
    return {"grant": _("不同意"), "fixed": _("没有处置好"), "found": _("没有发现问题")}.get(name) or _("否")


def _conditions(kind: str, class_code: str) -> list[dict[str, Any]]:
    return [
        {
            "const": one.n,
            "title": remarked(public.condition_text(one), limit_words(one.limit_value, one.limit_unit)),
        }
        for one in public.book().conditions.get((kind, class_code), [])
    ]


def _candidates(act: str, properties: dict[str, Any], case: Case) -> None:
    """Besides the proposed body: the territorial one, and those that had the case before."""
    spec = properties.get("to")
    if act not in {"dispatch", "arbitrate"} or spec is None:
        return
    tree, codes = organisations(), [spec.get("default")]
    territorial = public.territorial(case)
    codes += [tree.code(territorial.org_id)] if territorial else []
    codes += [tree.code(case.body_id)] if case.body_id else []
    known = [tree.by_code[code] for code in dict.fromkeys(codes) if code in tree.by_code]
    properties["to"] = {**spec, "oneOf": [{"const": org.code, "title": org_name(org)} for org in known]}


def consequence(act: str, case: Case, note: str, now: datetime) -> str:
    """What happens next, said before the press."""
    if act in {"dispatch", "arbitrate"} and case.limit_value is not None:
        limit = Limit(case.limit_value, LimitUnit(case.limit_unit))
        due = measure_for(limit.measure, current_calendar()).add(now, limit.seconds)
        return _("派遣后起算 %(limit)s，截止约 %(due)s") % {
            "limit": limit_words(case.limit_value, case.limit_unit),
            "due": moment(due, now),
        }
    if note:
        return note
    declared = FLOW.act(act, f"{case.stage}/{case.step}")
    target = (
        (declared.to.get(case.stage) or declared.to[""])
        if declared and (case.stage in declared.to or "" in declared.to)
        else "="
    )
    if target in {"=", "<"}:
        return ""
    step = FLOW.step(target)
    who = {"body": _("处置单位"), "asked": _("被指派的采集员")}.get(step.holder) or post_word(step.holder)
    return (
        _("下一步：%(step)s（%(who)s）") % {"step": step_title(target), "who": who}
        if who
        else _("之后：%(step)s") % {"step": step_title(target)}
    )
