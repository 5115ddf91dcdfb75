"""转办: orders from and to 12345 and 110, each with both numbers and how it stands."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from baoji.kernel.base.errors import NotAllowed, Refused
from baoji.kernel.base.numbers import whole
from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui.pages import id_before
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.pages.intake.tabs import tabs
from baoji.systems.urban.pages.reporting.words import moment, step_word
from baoji.systems.urban.rules.handover import PLATFORMS

STATES = {
    ("in", "waiting"): gettext_lazy("待登记"),
    ("in", "accepted"): gettext_lazy("已接收，办理中"),
    ("in", "declined"): gettext_lazy("已退回对方"),
    ("in", "done"): gettext_lazy("已办结，已告知对方"),
    ("out", "waiting"): gettext_lazy("已转出，等对方确认"),
    ("out", "accepted"): gettext_lazy("对方已接收"),
    ("out", "declined"): gettext_lazy("对方退回，由我方继续"),
    ("out", "done"): gettext_lazy("对方已办结"),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
def handovers(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Both lists; an order that waits is written down on the hotline's screen, or declined with a reason here."""
    _must(caller)
    error, wrong = "", 0
    if request.method == "POST":
        wrong = whole(request.POST.get("handover", "")) or 0
        try:
            public.decline_handover(
                by=caller, handover=wrong, reason=request.POST.get("reason", ""), now=timezone.now()
            )
            messages.success(request, _("已退回对方"))
            return redirect("handovers")
        except Refused as refused:
            error = refused.sentence
    now = timezone.now()
    direction = "out" if request.GET.get("to") == "out" else "in"
    rows, following = public.handovers(direction, before=id_before(request))
    context = {
        "tabs": tabs(caller, "handovers", now),
        "direction": direction,
        "rows": [_shown(row, now) for row in rows],
        "next": following,
        "is_seat": public.door_of(caller) == "hotline",
        "error": error,
        "wrong": wrong if wrong in {row["id"] for row in rows} else 0,
        "sent": request.POST,
    }
    return render(request, "urban/intake/handovers.html", context, status=422 if error else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
def hand_over(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    """A case that is not ours, to another hotline."""
    _must(caller)
    loaded = public.case_for(caller, number)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            public.hand_over(
                by=caller,
                number=loaded.case.number,
                platform=request.POST.get("platform", ""),
                reason=request.POST.get("reason", ""),
                now=timezone.now(),
            )
            messages.success(request, _("已转出，等对方确认"))
            return redirect(f"{request.path_info}?done=1")
        except Refused as caught:
            refused = caught
    now = timezone.now()
    context = {
        "case": loaded.case,
        "may": loaded.case.status == "open" and loaded.case.stage in {"collect", "file"},
        "platforms": PLATFORMS,
        "rows": [_shown(row, now) for row in public.handovers_of(loaded.case.pk)],
        "errors": refused.by_field if refused else {},
        "refused": refused,
        "sent": request.POST,
        "tabs": tabs(caller, "handovers", now),
    }
    return render(request, "urban/intake/hand_over.html", context, status=refused.status if refused else 200)


def _must(caller: Caller) -> None:
    if not public.may_hand_over(caller):
        raise NotAllowed(_("转办由热线坐席、受理员和值班长办理"))


def _shown(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    told = row["order"]["elements"]
    people = told.get("people") or {}  # erased when their time was over
    happened = parse_datetime(told["time"]) if told.get("time") else None
    return {
        **row,
        "word": STATES[row["direction"], row["state"]],
        "when": moment(row["at"], now),
        "event": told["event"],
        "demand": told.get("demand") or "",
        "address": told["place"].get("address") or "",
        "caller": people.get("caller") or {},
        "involved": people.get("involved") or "",
        "happened": moment(happened, now) if happened else "",
        "why": row["order"].get("reason") or "",
        "urgent": row["order"].get("grade") == "critical",
        "step_word": step_word(row["stage"], row["step"]) if row["stage"] else "",
        "result_text": (row["result"] or {}).get("text") or "",
    }
