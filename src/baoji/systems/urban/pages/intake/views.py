"""热线登记: one screen from the caller's number to the task number."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from baoji.kernel.base.errors import NotAllowed, NotThere, Refused
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.pages.intake.elements import (
    form_of_call,
    form_of_handover,
    may_see_handover,
    read_elements,
)
from baoji.systems.urban.pages.intake.tabs import tabs
from baoji.systems.urban.pages.reporting import look
from baoji.systems.urban.pages.reporting.form import Form, checked, hand_in, read
from baoji.systems.urban.pages.reporting.suggested import suggested
from baoji.systems.urban.pages.reporting.words import moment, step_word
from baoji.systems.urban.queries.earlier import earlier_calls


def _must_register(caller: Caller) -> None:
    if public.door_of(caller) != "hotline":
        raise NotAllowed(_("热线登记由热线坐席办理。受理员在“待办”里受理"))


@require_http_methods(["GET", "POST"])
@page
def call(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The empty screen, the screen looked up again (no scripts), or the call saved."""
    _must_register(caller)
    if request.method == "GET":
        return _screen(request, caller, _begun(request, caller))
    form = read(request)
    if "look" in request.POST or "pick" in request.POST:
        return _looked_up(request, caller, form)
    draft = checked(form)
    _require(form)
    given = read_elements(form, draft, timezone.now())
    answer = _saved(request, caller, form, draft, given)
    if answer is None:
        return _screen(request, caller, form, status=422)
    return redirect("intake-saved", number=answer["number"])


def _begun(request: HttpRequest, caller: Caller) -> Form:
    """The empty screen, or one begun by a call at this seat (`call`) or an order of another hotline (`handover`)."""
    ringing = public.call_at(caller, timezone.now())
    if ringing and request.GET.get("call") == str(ringing["id"]):
        return form_of_call(ringing)
    order = may_see_handover(caller, request.GET.get("handover", ""))
    return form_of_handover(order) if order else Form()


def _saved(
    request: HttpRequest, caller: Caller, form: Form, draft: public.Draft, given: public.Elements
) -> dict[str, Any] | None:
    """Report and elements together, or neither."""
    try:
        with transaction.atomic():
            answer = hand_in(request, caller, form, draft)
            if answer is not None:
                public.note_elements(by=caller, number=answer["number"], given=given, now=timezone.now())
            return answer
    except Refused as refused:
        form.refuse(refused)
        return None


def _require(form: Form) -> None:
    if not form.values["topic"] and not form.values["component"] and not form.values["description"]:
        form.say("description", _("请写来电人说了什么，或选问题类别"))
    if not (form.values["lon"] or form.values["component"]):
        form.say("location", _("请查地址或在地图上点选位置"))


def _looked_up(request: HttpRequest, caller: Caller, form: Form) -> HttpResponse:
    """Without scripts: the same screen with places, components, conditions and duplicates filled in."""
    checked(form)
    form.errors.pop("caller_phone", None)
    look.name_the_place(form)
    return _screen(request, caller, form, search=True)


def _screen(
    request: HttpRequest, caller: Caller, form: Form, *, status: int = 200, search: bool = False
) -> HttpResponse:
    now = timezone.now()
    ringing = public.call_at(caller, now)
    context = look.context_of(form, search=search) | {
        "calls": _calls(caller, form),
        "case_links": True,
        "suggested": suggested(form),
        "tabs": tabs(caller, "intake", now),
        "me": caller,
        **_ringing(ringing, form),
    }
    return render(request, "urban/intake/call.html", context, status=status)


def _ringing(ringing: dict[str, Any] | None, form: Form) -> dict[str, Any]:
    return {
        "ringing": ringing,
        "is_here": ringing is not None and form.values.get("call") == str(ringing["id"]),
    }


@require_POST
@page
def ringing(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The call at this seat. On an untouched screen its number is filled in at once; what is typed is left alone."""
    _must_register(caller)
    form, found = read(request), public.call_at(caller, timezone.now())
    untouched = not any(form.values[name] for name in ("caller_phone", "description", "call", "handover"))
    filled = found is not None and untouched
    if found is not None and untouched:
        form = form_of_call(found)
    context = {"form": form, "filled": filled, "calls": _calls(caller, form), **_ringing(found, form)}
    return render(request, "urban/intake/_ringing.html", context)


def _calls(caller: Caller, form: Form) -> list[dict[str, Any]]:
    now = timezone.now()
    rows = earlier_calls(caller, form.values.get("caller_phone", ""))
    return [
        {**row, "step_word": step_word(row["stage"], row["step"]), "when": moment(row["created_at"], now)}
        for row in rows
    ]


@require_POST
@page
def look_up(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """What the screen asks for while it is filled in, without what was typed being sent."""
    _must_register(caller)
    return look.parts(request, read(request), look.PARTS, case_links=True)


@require_POST
@page
def calls(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """What is known of the phone being typed; sent as a form so that no number stands in an address."""
    _must_register(caller)
    form = read(request)
    return render(request, "urban/intake/_calls.html", {"calls": _calls(caller, form), "form": form})


@require_GET
@page
def classes(request: HttpRequest, caller: Caller) -> JsonResponse:
    """For the class field."""
    return look.classes(request.GET.get("q", ""))


@require_http_methods(["GET", "POST"])
@page
def saved(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    """The numbers to read out; who may settle does it here."""
    _must_register(caller)
    loaded = public.case_for(caller, number)
    if loaded.case.source != "hotline":
        raise NotThere(_("没有这件案卷"))
    error = ""
    if request.method == "POST":
        error = _settle(request, caller, number)
        if not error:
            return redirect("intake-saved", number=number)
    offers = {offer["act"] for offer in public.offered(caller, loaded, timezone.now())}
    context = {
        "case": loaded.case,
        "report": loaded.extra,
        "step_word": step_word(loaded.case.stage, loaded.case.step),
        "may_settle": "settle" in offers,
        "error": error,
        "opinion": request.POST.get("opinion", ""),
    }
    return render(request, "urban/intake/saved.html", context, status=422 if error else 200)


def _settle(request: HttpRequest, caller: Caller, number: str) -> str:
    """当场办结 by a person who is also acceptor; the sentence why not, or ''."""
    try:
        public.perform(
            number=number,
            act="settle",
            by=caller,
            facts={"opinion": request.POST.get("opinion", "")},
            now=timezone.now(),
        )
    except Refused as refused:
        return refused.sentence
    return ""
