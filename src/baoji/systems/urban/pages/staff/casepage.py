"""The case page: what is known, what happened, what this person may do now; acts, following."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from baoji.kernel.base.errors import NotThere, Refused
from baoji.kernel.base.phrases import strung
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import page
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff import acting
from baoji.systems.urban.pages.staff.beside import beside
from baoji.systems.urban.pages.staff.casefile import casefile, holder_words
from baoji.systems.urban.pages.staff.listed import Listed
from baoji.systems.urban.pages.staff.offering import panel
from baoji.systems.urban.pages.staff.passed import timeline
from baoji.systems.urban.pages.staff.watches import watches
from baoji.systems.urban.pages.staff.words import holidays_unknown, measure_of


@dataclass(frozen=True)
class Failed:
    """An act that was refused: its form comes back with what was written."""

    act: str
    refused: Refused
    values: dict[str, Any]
    had_files: bool


@never_cache
@require_safe
@page
def case(request: HttpRequest, caller: Caller, number: str) -> HttpResponse:
    """The page as it is opened, with the list it was opened from in its address."""
    return _show(request, caller, public.case_for(caller, number), Listed.of(request.GET), timezone.now())


def _show(
    request: HttpRequest,
    caller: Caller,
    loaded: Loaded,
    listed: Listed,
    now: datetime,
    failed: Failed | None = None,
) -> HttpResponse:
    context = casefile(caller, loaded, now)
    before, after = listed.neighbours(caller, loaded.case, now)
    holder = holder_words(loaded.case, context["case"])
    opinions = request.GET.get("opinions") == "1"
    guarding = watches(caller, loaded.case, now)
    context |= {
        "clock_note": _clock_note(loaded.case, context["clock_note"]),
        "entries": timeline(loaded.case, context["case"], context["clock"], now, opinions_only=opinions),
        "opinions_only": opinions,
        "offers": panel(caller, loaded, now, failed.values if failed else None),
        "listed": listed,
        "before": before,
        "after": after,
        "action": listed.acts_url(loaded.case.number),
        "beside": beside(caller, loaded, now),
        "watches": guarding,
        "is_watched_over": any(one["is_open"] for one in guarding),
        "watched": public.is_watching(caller, loaded.case.pk),
        "etag": loaded.case.version,
        "holder": holder,
        "before_url": listed.case_url(before) if before else "",
        "after_url": listed.case_url(after) if after else "",
        "opinions_url": _toggled(request),
        "nothing": _nothing(context, holder),
        "subject": loaded.case.case_number or loaded.case.number,
        "markers": [{"lon": context["lon"], "lat": context["lat"], "title": context["title"]}],
    }
    if failed is not None:
        context |= _refusal(failed, {offer["act"] for offer in context["offers"]})
    return render(request, "urban/case/case.html", context, status=failed.refused.status if failed else 200)


def _clock_note(case: public.Case, note: str) -> str:
    """With a word where the calendar does not reach as far as the deadline."""
    if case.status not in {"open", "suspended"}:
        return note
    calendar, handling = current_calendar(), case.stage == "handle"
    measure = measure_of(case.severity, case.limit_unit, handling, calendar)
    due_at = case.clock_due_at if handling else case.due_at
    return strung(part for part in (note, holidays_unknown(due_at, measure, calendar)) if part)


def _refusal(failed: Failed, offered: set[str]) -> dict[str, Any]:
    """The refused form opened again, or, where the act is no longer offered, a notice on top of the fresh page."""
    refused = failed.refused
    errors = refused.by_field
    if refused.code in {"photo-required", "not-an-image", "too-large"}:
        errors.setdefault("photo", refused.message)
    kept = _("您的填写还在，照片请重新选。") if failed.had_files else ""
    problem = " ".join(part for part in (refused.message, kept) if part)
    if failed.act not in offered:
        return {"notice": refused.message}
    return {"failed": failed.act, "values": failed.values, "errors": errors, "problem": problem}


def _toggled(request: HttpRequest) -> str:
    """This page's address with only the opinions, or with everything again."""
    query = request.GET.copy()
    if query.pop("opinions", None) is None:
        query["opinions"] = "1"
    return f"?{query.urlencode()}"


def _nothing(context: dict[str, Any], holder: str) -> dict[str, str]:
    if not context["is_open"]:
        return {"title": _("这件已经办完"), "text": _("可以看，不用再办")}
    return {
        "title": _("这件现在在%(who)s手上") % {"who": holder},
        "text": _("可以看，不能办。轮到您时会出现在待办里"),
    }


@never_cache
@require_POST
@page
def act(request: HttpRequest, caller: Caller, number: str, act: str, where: str = "") -> HttpResponseBase:
    """Does one act. A refused form comes back with what was written; afterwards the next case of the list, or this one."""
    now, listed = timezone.now(), Listed.unpack(where)
    loaded = public.case_for(caller, number)
    _before, following = listed.neighbours(caller, loaded.case, now)
    sent = acting.read(request, caller, loaded, act, now)
    try:
        said = acting.do(request, caller, loaded.case.number, act, sent, now)
    except Refused as refused:
        fresh = public.case_for(caller, number)
        return _show(
            request, caller, fresh, listed, timezone.now(), Failed(act, refused, sent.facts, sent.had_files)
        )
    messages.success(request, said)
    return HttpResponseRedirect(_onward(caller, loaded.case.number, listed, following))


def _onward(caller: Caller, number: str, listed: Listed, following: str | None) -> str:
    """Stay while the case still waits for this person; else on to the next one of the list they came from."""
    try:
        loaded = public.case_for(caller, number)
    except NotThere:
        return listed.url
    waits = any(
        lead <= 2 and not offer.act.neutral for offer, lead in public.led(caller, loaded, timezone.now())
    )
    if waits or not listed.is_worklist:
        return listed.case_url(number)
    return listed.case_url(following) if following else listed.url


@require_POST
@page
def watch(request: HttpRequest, caller: Caller, number: str) -> HttpResponse:
    """关注, or no more."""
    on = request.POST.get("on") == "1"
    public.watch(by=caller, number=number, on=on, now=timezone.now())
    messages.success(request, _("已关注，可在待办的“关注”里找到") if on else _("不再关注"))
    return HttpResponseRedirect(Listed.unpack(request.POST.get("where", "")).case_url(number))


@never_cache
@require_safe
@page
def news(request: HttpRequest, caller: Caller, number: str) -> HttpResponse:
    """A line for an open case page when somebody has acted since; nothing typed there is touched."""
    seen = public.case_for(caller, number).case
    moved_on = str(seen.version) != request.GET.get("version", "")
    url = Listed.unpack(request.GET.get("where", "")).case_url(number) if moved_on else ""
    return render(request, "urban/case/_news.html", {"url": url})
