"""The three pages of a hotline seat."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public


def tabs(caller: Caller, current: str, now: datetime) -> list[dict[str, Any]]:
    """`{title, url, count, current}` each; who only hands over sees that page alone."""
    is_seat = public.door_of(caller) == "hotline"
    made = [{"title": pgettext("hotline", "转办"), "name": "handovers", "count": public.handovers_waiting()}]
    if is_seat:
        due = len(public.call_backs_due(now)) + len(public.call_backs_of(caller))
        made = [
            {"title": _("登记"), "name": "intake", "count": ""},
            {"title": _("回访"), "name": "call-backs", "count": due},
            *made,
        ]
    return [
        {
            **one,
            "url": reverse(str(one["name"])),
            "current": one["name"] == current,
            "count": one["count"] or "",
        }
        for one in made
    ]
