"""The phone of people outdoors: tasks, reporting, own reports, messages."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from baoji.kernel.base.errors import NotAllowed, NotThere, Refused
from baoji.kernel.base.phrases import listed, sentences
from baoji.kernel.flow import store
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.coordinates import Point
from baoji.kernel.notices.actions import mark_read
from baoji.kernel.notices.queries import unread_count
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.pages.field import answer, messages, tasks
from baoji.systems.urban.pages.reporting import look, own, topics
from baoji.systems.urban.pages.reporting.follow import follow_steps
from baoji.systems.urban.pages.reporting.form import Form, checked, hand_in, read, refusal_by_field
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.queries.earlier import recent_topics
from baoji.systems.urban.queries.progress import progress

DOORS = frozenset({"collector", "officer", "cleaner"})


def _shell(caller: Caller, current: str, waiting: int | None = None) -> dict[str, Any]:
    """The bar at the bottom."""
    unread = unread_count(caller)
    waiting = len(tasks.tasks_of(caller, timezone.now())) if waiting is None else waiting
    nav: list[dict[str, Any]] = [
        {"title": _("任务"), "icon": "checkup-list", "name": "field", "count": waiting},
        {"title": _("上报"), "icon": "camera-plus", "name": "field-report", "count": 0},
        {"title": _("我报的"), "icon": "clipboard-list", "name": "field-mine", "count": 0},
        {"title": _("消息"), "icon": "bell", "name": "field-messages", "count": unread},
    ]
    return {
        "nav": [{**item, "url": reverse(item["name"]), "current": item["name"] == current} for item in nav]
    }


@require_http_methods(["GET", "POST"])
@page
def task_list(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """A POST brings the phone's position, which belongs in no address, and sorts by distance."""
    now, here = timezone.now(), _here(request)
    found = tasks.tasks_of(caller, now, here)
    context = {"tasks": found, "here": here, "me": caller}
    if request.headers.get("HX-Request") == "true":
        return render(request, "urban/field/_tasks.html", context)
    return render(request, "urban/field/tasks.html", context | {"shell": _shell(caller, "field", len(found))})


def _here(request: HttpRequest) -> Point | None:
    try:
        lon, lat = float(request.POST.get("lon", "")), float(request.POST.get("lat", ""))
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


@require_http_methods(["GET", "POST"])
@page
def task(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    """One task: what, where, the photos so far, and the answer."""
    loaded = public.case_for(caller, number)
    act = tasks.ASKED.get(loaded.case.step, "")
    if loaded.case.holder_person_id is None or not act:
        return _task_is_gone(request, caller, loaded)
    if request.method == "GET":
        return _task_page(request, caller, loaded, act)
    if request.POST.get("act") != act:
        raise NotThere(_("没有这个动作"))
    facts = answer.answer_facts(request, act)
    try:
        own.perform_once(request, caller, number, act, facts)
    except Refused as refused:
        return _task_page(request, caller, public.case_for(caller, number), act, refused)
    return redirect("field-task-done", number=loaded.case.number)


def _task_page(
    request: HttpRequest, caller: Caller, loaded: store.Loaded, act: str, refused: Refused | None = None
) -> HttpResponse:
    now, case = timezone.now(), loaded.case
    offer = next((one for one in public.offered(caller, loaded, now) if one["act"] == act), None)
    if offer is None:
        return _task_is_gone(request, caller, loaded, refused)
    shown = public.view(caller, loaded, now)
    context = {
        "case": shown,
        "loaded": loaded,
        "act": act,
        "answer_name": answer.ANSWERS[act],
        "photos": offer["photos"],
        "clock": tasks.case_clock(case, now),
        "due": moment(case.due_at, now) if case.due_at else "",
        "marker": [{"lon": shown["location"]["coordinates"][0], "lat": shown["location"]["coordinates"][1]}],
        "topic": topics.topic(case.topic),
        "errors": _errors(request, refused),
        "sent": request.POST,
        "shell": {"nav": []},
    }
    return render(request, "urban/field/task.html", context, status=refused.status if refused else 200)


def _errors(request: HttpRequest, refused: Refused | None) -> dict[str, str]:
    if refused is None:
        return {}
    found = refusal_by_field(refused)
    names = [str(upload.name) for upload in request.FILES.getlist("photo")]
    if names:
        again = _("请重新选择：%(names)s") % {"names": listed(names)}
        found["photo"] = sentences([found["photo"], again]) if "photo" in found else again
    return found


def _task_is_gone(
    request: HttpRequest, caller: Caller, loaded: store.Loaded, refused: Refused | None = None
) -> HttpResponse:
    context = {"case": loaded.case, "refused": refused, "shell": _shell(caller, "field")}
    return render(request, "urban/field/gone.html", context, status=refused.status if refused else 200)


@require_GET
@page
def task_done(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    found = tasks.tasks_of(caller, timezone.now())
    context = {
        "case": public.case_for(caller, number).case,
        "tasks": found,
        "shell": _shell(caller, "field", len(found)),
    }
    return render(request, "urban/field/task_done.html", context)


@require_http_methods(["GET", "POST"])
@page
def report(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """上报: place, photos, what; the source is the person's own door."""
    _must_report(caller)
    if request.method == "GET":
        return _report_page(request, caller, Form())
    form = read(request)
    if "look" in request.POST or "pick" in request.POST:
        checked(form)
        look.name_the_place(form)
        form.remember_files()
        return _report_page(request, caller, form, search=True)
    answered = hand_in(request, caller, form, checked(form))
    if answered is None:
        return _report_page(request, caller, form, status=422)
    return redirect(f"{reverse('field-mine')}?new={answered['number']}")


def _must_report(caller: Caller) -> None:
    if public.door_of(caller) not in DOORS:
        raise NotAllowed(_("这一页给采集员、执法员和环卫工人上报用"))


def _report_page(
    request: HttpRequest, caller: Caller, form: Form, *, status: int = 200, search: bool = False
) -> HttpResponse:
    door, given = public.door_of(caller), public.policies()
    context = look.context_of(form, search=search) | {
        "recent": topics.topics(recent_topics(caller))
        or topics.topics(("c0102", "e0110", "e0112", "e0406", "c0137", "e0113")),
        "least": next(
            (
                int(line["min"])
                for line in given.get("photos", [])
                if line["act"] == "report" and line["door"] == door
            ),
            0,
        ),
        "may_dispose": door in given.get("self_disposed", {}).get("doors", ["collector"]),
        "shell": {"nav": []},  # the send bar has the thumb's place; one goes back by the arrow
    }
    return render(request, "urban/field/report.html", context, status=status)


@require_POST
@page
def look_up(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    _must_report(caller)
    return look.parts(request, read(request), look.PARTS)


@require_GET
@page
def classes(request: HttpRequest, caller: Caller) -> JsonResponse:
    return look.classes(request.GET.get("q", ""))


@require_GET
@page
def mine(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    rows, following = tasks.own_reports(caller, timezone.now(), request.GET.get("after", ""))
    context = {
        "rows": rows,
        "next": following,
        "new": request.GET.get("new", "")[:24],
        "shell": _shell(caller, "field-mine"),
    }
    return render(request, "urban/field/mine.html", context)


@require_http_methods(["GET", "POST"])
@page
def own_report(request: HttpRequest, caller: Caller, number: str) -> HttpResponseBase:
    """One's own report: how far it has come; withdraw, ask again, urge."""
    loaded = public.case_for(caller, number)
    if loaded.case.reporter_id != caller.id:
        raise NotThere(_("这件不是您上报的"))
    refused: Refused | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act not in own.OWN_ACTS:
                raise NotAllowed(_("这一步不由您办理"))
            own.perform_once(request, caller, number, act, own.reason(request))
            return redirect("field-own", number=loaded.case.number)
        except Refused as caught:
            refused, loaded = caught, public.case_for(caller, number)
    now = timezone.now()
    context = {
        "case": loaded.case,
        "report": loaded.extra,
        **follow_steps(progress(loaded.case.pk, now), now),
        "offers": [one for one in public.offered(caller, loaded, now) if one["act"] in own.OWN_ACTS],
        "errors": _errors(request, refused),
        "failed": request.POST.get("act", ""),
        "sent": request.POST,
        "shell": _shell(caller, "field-mine"),
    }
    return render(request, "urban/field/own.html", context, status=refused.status if refused else 200)


@require_GET
@page
def message_list(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Newest first; what is shown counts as read from then on."""
    now = timezone.now()
    found = messages.latest(caller)
    mark_read(caller.id or 0, [row["id"] for row in found if not row["read"]], now)
    rows = [{**row, "when": moment(row["at"], now), "url": messages.address_of(caller, row)} for row in found]
    return render(
        request, "urban/field/messages.html", {"rows": rows, "shell": _shell(caller, "field-messages")}
    )
