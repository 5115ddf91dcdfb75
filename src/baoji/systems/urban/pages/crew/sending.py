"""A handler's page of one case: send the task to a crew without an account, see who has opened it, end a link."""

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.numbers import whole
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.access import may_see_crews
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.queries.discretion import written

FRESH = "crew_link"
DEFAULT_HOURS = 48
HOURS_DIGITS = 4


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
def links(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    """The page; its forms make a link or end one."""
    loaded = public.case_for(caller, number)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            _do(request, caller, loaded.case.number)
            return redirect("crew-links", number=loaded.case.number)
        except Refused as caught:
            refused, loaded = caught, public.case_for(caller, number)
    now = timezone.now()
    context = {
        "case": loaded.case,
        "address": _address(caller, loaded),
        "may_make": public.may_make_links(caller, loaded, now),
        "links": [_line(row, now) for row in public.links_of(loaded.case.pk, now)]
        if may_see_crews(caller, loaded.case)
        else [],
        "fresh": _fresh(request, loaded.case.number),
        "hours": [(hours, _hours(hours)) for hours in public.LINK_HOURS],
        "sent": request.POST if refused else {"hours": str(DEFAULT_HOURS)},
        "errors": refused.by_field if refused else {},
        "refused": refused,
        "sms": public.can_send("sms"),
    }
    return render(request, "urban/crew/links.html", context, status=refused.status if refused else 200)


def _do(request: HttpRequest, caller: Caller, number: str) -> None:
    now, ending = timezone.now(), request.POST.get("end", "")
    if ending:
        public.end_link(by=caller, number=number, link=whole(ending) or 0, now=now)
        messages.success(request, _("链接已结束，打开只能看到进度"))
        return
    made = public.make_link(
        by=caller,
        number=number,
        crew=request.POST.get("crew", ""),
        to=request.POST.get("to", ""),
        hours=whole(request.POST.get("hours", ""), HOURS_DIGITS) or 0,
        now=now,
    )
    request.session[FRESH] = {"number": number, "token": made.token, "is_sent": made.is_sent}


def _address(caller: Caller, loaded: Loaded) -> str:
    extra = loaded.extra
    return written(caller, loaded.case.address, extra["caller_name"], extra["caller_phone"])


def _fresh(request: HttpRequest, number: str) -> dict[str, Any] | None:
    """The link just made, shown this once."""
    kept = request.session.pop(FRESH, None) if request.method == "GET" else None
    if not kept or kept["number"] != number:
        return None
    url = public.crew_address(kept["token"])
    picture = segno.make(url, error="m").svg_data_uri(scale=5, border=2, light="white")
    return {"url": url, "qr": picture, "is_sent": kept["is_sent"]}


def _hours(hours: int) -> str:
    if hours % 24 or hours == 24:
        return ngettext("%(n)d 小时", "%(n)d 小时", hours) % {"n": hours}
    return ngettext("%(n)d 天", "%(n)d 天", hours // 24) % {"n": hours // 24}


def _line(row: dict[str, Any], now: Any) -> dict[str, Any]:
    words = {
        "waiting": _("还没有打开"),
        "opened": _("已打开（%(at)s）") % {"at": moment(row["opened_at"], now)} if row["opened_at"] else "",
        "answered": _("已回复（%(at)s）") % {"at": moment(row["answered_at"], now)}
        if row["answered_at"]
        else "",
        "ended": _("已结束（%(at)s，%(who)s）") % {"at": moment(row["ended_at"], now), "who": row["ended_by"]}
        if row["ended_at"]
        else "",
        "expired": _("已过期（%(at)s）") % {"at": moment(row["expires_at"], now)},
    }
    return {
        **row,
        "to": row["phone"] or row["mail"],
        "word": words[row["state"]],
        "until": moment(row["expires_at"], now),
        "made": moment(row["made_at"], now),
        "is_live": row["state"] in {"waiting", "opened"},
    }
