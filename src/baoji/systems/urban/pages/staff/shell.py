"""What the manifest tells the shell: what waits, what is loud, where one's day begins."""

import re
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.words import span

# The page a post's day begins with, where it is not the worklist. The first post that has one decides.
FIRST = (
    ("operator", "operator"),
    ("hotline", "intake"),
    ("collector", "field"),
    ("officer", "field"),
    ("cleaner", "field"),
    ("head", "cases"),
    ("mayor", "score"),
)
WORKERS = frozenset({"acceptor", "chief", "dispatcher", "commander", "handler", "section_head", "crew"})


def counts(caller: Caller) -> dict[str, int]:
    waiting, supervised = public.waiting(caller)
    return {"work": sum(waiting.values()), "supervised": supervised} | at_the_door(caller)


def at_the_door(caller: Caller) -> dict[str, int]:
    """Reports held back until somebody who may let them in has looked; orders of other hotlines."""
    kinds = caller.kinds()
    held = {"citizens": public.held_count()} if kinds & {"acceptor", "chief"} else {}
    if "hotline" in kinds:
        return held | {"intake": public.handovers_waiting()}
    return held | ({"handovers": public.handovers_waiting()} if public.may_hand_over(caller) else {})


def home(caller: Caller) -> str:
    """The worklist for whoever has one; else the page of their post."""
    kinds = caller.kinds()
    if kinds & WORKERS:
        return reverse("work")
    for post, name in FIRST:
        if post in kinds:
            try:
                return reverse(name)
            except NoReverseMatch:
                continue
    return reverse("work") if kinds else ""


def alarms(caller: Caller, now: datetime) -> list[dict[str, Any]]:
    """The red strip: 特急 cases at this desk that nobody has taken."""
    return [
        {
            "id": row["number"],
            "number": row["number"],
            "url": reverse("case", args=[row["number"]]),
            "take_url": reverse("case-act", args=[row["number"], "take"]),
            "text": _("%(title)s · %(place)s · 到席 %(span)s，尚无人接手")
            % {
                "title": _short(public.case_title(row["title"])),
                "place": row["address"] or _("地点见案卷"),
                "span": span((now - row["step_since"]).total_seconds()),
            },
        }
        for row in public.alarms(caller)
    ]


def _short(title: str) -> str:
    """Class and the first of the things a condition names: the strip is read in passing."""
    return re.split("[，、,]", title)[0]
