"""The tabs of a desk: the steps that can wait for its posts, then 督办, 已办, 我发起, 关注."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.words import step_title
from baoji.systems.urban.rules.table import FLOW

MOST = 999
# Steps that wait for a post because something is asked of it there, though somebody else holds the case; of dispatchers
# also where a body holds it that has ended.
ASKED = {
    "dispatcher": ("handle/to_sign", "handle/handling", "handle/suspended", "evaluate/closed"),
    "commander": ("handle/handling",),
    "acceptor": ("evaluate/closed",),
}
BODY_POSTS = frozenset({"handler", "section_head", "crew"})
STREET_POSTS = frozenset({"collector", "officer"})


@dataclass(frozen=True)
class Tab:
    code: str
    title: str
    filters: public.Filters
    count: int | None = None


def steps_of(caller: Caller) -> list[str]:
    """The steps at which cases can wait for this person, in the order of the loop."""
    kinds = caller.kinds()
    wanted = {step.key for step in FLOW.steps if step.holder in kinds}
    for kind in kinds:
        wanted |= set(ASKED.get(kind, ()))
    if kinds & BODY_POSTS:
        wanted |= {step.key for step in FLOW.steps if step.holder == "body"}
    if kinds & STREET_POSTS:
        wanted |= {step.key for step in FLOW.steps if step.holder == "asked"}
    return [step.key for step in FLOW.steps if step.key in wanted]


def tabs(caller: Caller, counts: dict[str, int], supervised: int, wanted: str = "") -> list[Tab]:
    """The tabs of this person's desk with how much waits there. Those for requests stand only while there is one."""
    found = []
    steps = steps_of(caller)
    asked = {key for kind in caller.kinds() for key in ASKED.get(kind, ())}
    for key in steps:
        if key in asked and not counts.get(key) and key != wanted.replace(".", "/"):
            continue
        stage, step = key.split("/")
        found.append(
            Tab(
                f"{stage}.{step}",
                tab_title(caller, key),
                public.Filters(desk="todo", stage=stage, step=step),
                counts.get(key, 0),
            )
        )
    if counts.get("heard") or (wanted == "heard" and "acceptor" in caller.kinds()):
        found.append(
            Tab("heard", _("上报人留言"), public.Filters(desk="todo", heard=True), counts.get("heard", 0))
        )
    if steps:
        found.append(Tab("todo", _("全部待办"), public.Filters(desk="todo"), sum(counts.values())))
        found.append(
            Tab(
                "supervised",
                pgettext("list", "督办"),
                public.Filters(desk="todo", demanded=True),
                supervised,
            )
        )
    found += [
        Tab("done", _("已办"), public.Filters(desk="done")),
        Tab("started", _("我发起"), public.Filters(desk="started")),
        Tab("watched", pgettext("list", "关注"), public.Filters(desk="watched")),
    ]
    return found


def tab_title(caller: Caller, key: str) -> str:
    """The step's own title, except where the post is asked for something else than the step's work."""
    if not caller.kinds() & BODY_POSTS:
        asked = {"handle/handling": _("审批申请"), "evaluate/closed": _("审议申诉")}
        if key in asked:
            return asked[key]
    short = {
        "dispatch/returned": pgettext("list", "退回"),
        "file/verified": _("已核实"),
        "check/passed": _("待结案"),
    }
    return short.get(key) or step_title(key)


def chosen(found: list[Tab], code: str) -> Tab:
    """The tab asked for; else the first with something in it; else the first."""
    wanted = next((tab for tab in found if tab.code == code), None)
    return wanted or next((tab for tab in found if tab.count), found[0])


def narrowed(tab: Tab, given: dict[str, str]) -> public.Filters:
    """The tab's list with the filters of the address."""
    return replace(tab.filters, **{name: value for name, value in narrowing(given).items() if value})


def narrowing(given: dict[str, str]) -> dict[str, Any]:
    kind, _dash, class_code = given.get("class", "").partition("-")
    return {
        "area": given.get("county", "")[:12],
        "kind": kind if kind in {"component", "event"} else "",
        "class_code": class_code[:4],
        "source": given.get("source", "")[:12],
        "severity": "critical" if given.get("urgent") else "",
    }


def shown_count(count: int | None) -> str:
    if count is None:
        return ""
    return f"{MOST}+" if count > MOST else str(count)


def links(found: list[Tab], current: Tab) -> list[dict[str, Any]]:
    return [
        {
            "title": tab.title,
            "url": f"/work/?{urlencode({'tab': tab.code})}",
            "count": shown_count(tab.count),
            "current": tab.code == current.code,
        }
        for tab in found
    ]
