"""市民上报与查询: without an account, without a name."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from baoji.kernel.base.errors import NotAllowed, NotThere, Refused, TooMany
from baoji.systems.urban import public
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.citizen.kinds import what, whats
from baoji.systems.urban.pages.reporting import look, own, topics
from baoji.systems.urban.pages.reporting.follow import follow_steps
from baoji.systems.urban.pages.reporting.form import Form, checked, hand_in, read, refusal_by_field
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.queries.progress import (
    CODE_LENGTH,
    Progress,
    canonical_code,
    case_with_code,
    progress,
)

# What strangers may have looked up: where an address lies and which address a place has.
PARTS = ("places", "address")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Photo, place, what, telephone; then a query code."""
    if request.method != "POST":
        return _report_page(request, Form())
    try:
        form = read(request)
    except Refused as refused:
        form = Form()
        form.refuse(refused)
        return _report_page(request, form, status=refused.status)
    if request.POST.get("website"):
        form.problem = _("没有提交：最后一格请留空")  # a person cannot see that field, a program fills it
        return _report_page(request, form, status=422)
    if "pick" in request.POST or "look" in request.POST:
        look.name_the_place(form)
        form.remember_files()
        return _report_page(request, form, search=True)
    return _hand_in(request, form)


def _hand_in(request: HttpRequest, form: Form) -> HttpResponse:
    draft = checked(form, with_topic=False)
    _describe(form, draft)
    if not (form.values["lon"] or "location" in form.errors):
        form.say("location", _("请在地图上点一下，或按“我的位置”"))
    status = 422
    if not form.is_refused:
        try:
            limits.reports.take(limits.address_of(request))
        except TooMany as refused:
            form.problem = _("这个网络一小时内报得太多，没有提交。请 %(n)d 分钟后再试，急事请拨 12319") % {
                "n": -(-refused.retry_after // 60)
            }
            status = refused.status
    answer = hand_in(request, None, form, draft)
    if answer is None:
        return _report_page(request, form, status=status)
    return redirect(f"{reverse('public-follow')}?code={answer['query_code']}&new=1")


def _describe(form: Form, draft: public.Draft) -> None:
    """The kind becomes a class where it means one; the condition is for the acceptor to judge."""
    chosen = what(form.values["what"])
    draft.condition = draft.component = None
    draft.self_disposed = False
    found = topics.topic(chosen.topic) if chosen else None
    if found is not None:
        draft.kind, draft.class_code = found.kind, found.code
    elif chosen is not None and chosen.key != "other":
        draft.description = f"{chosen.title}：{draft.description}" if draft.description else chosen.title
    elif not draft.description:
        form.say("description" if chosen else "what", _("请写是什么问题") if chosen else _("请选是什么问题"))


def _report_page(
    request: HttpRequest, form: Form, *, status: int = 200, search: bool = False
) -> HttpResponse:
    context = {
        "form": form,
        "whats": whats(),
        "places": look.context_of(form, search=True)["places"] if search else [],
    }
    return render(request, "urban/citizen/report.html", context, status=status)


@require_POST
def look_up(request: HttpRequest) -> HttpResponse:
    try:
        limits.looks.take(limits.address_of(request))
        form = read(request)
    except Refused as refused:
        return HttpResponse(refused.message, status=refused.status)
    return look.parts(request, form, PARTS)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Where the report with this code stands; its holder may withdraw it or ask again.

    Codes may be typed with spaces, dashes and small letters.
    """
    given = request.POST if request.method == "POST" else request.GET
    typed = given.get("code", "")
    context: dict[str, Any] = {"typed": typed[:30], "length": CODE_LENGTH, "is_new": False}
    status = 200
    if typed.strip():
        try:
            limits.codes.take(limits.address_of(request))
            if request.method == "POST":
                refused = _act(request, typed)
                if refused is None:
                    return redirect(
                        f"{reverse('public-follow')}?{urlencode({'code': canonical_code(typed)})}"
                    )
                context |= {
                    "errors": refusal_by_field(refused),
                    "failed": given.get("act", ""),
                    "sent": given,
                }
                status = refused.status
            context |= _followed(typed, is_new=request.GET.get("new") == "1")
        except NotThere as refused:
            context["error"], status = refused.message, 404
        except TooMany as refused:
            context["error"] = _("查得太多，请 %(n)d 分钟后再试") % {"n": -(-refused.retry_after // 60)}
            status = refused.status
    response = render(request, "urban/citizen/follow.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _act(request: HttpRequest, typed: str) -> Refused | None:
    """Does what the code's holder asks for on that case itself; what has been merged goes on elsewhere."""
    number, act = load_by_id(case_with_code(typed)).case.number, request.POST.get("act", "")
    try:
        if act not in own.CODE_ACTS:
            raise NotAllowed(_("这一步不由您办理"))
        own.perform_once(request, public.code_holder(number), number, act, own.reason(request))
    except Refused as refused:
        return refused
    return None


def _offers(found: Progress, now: datetime) -> list[dict[str, Any]]:
    if found.merged_from:
        return []
    holder = public.code_holder(found.loaded.case.number)
    return [one for one in public.offered(holder, found.loaded, now) if one["act"] in own.CODE_ACTS]


def _followed(typed: str, *, is_new: bool) -> dict[str, Any]:
    now, code = timezone.now(), canonical_code(typed)
    found = progress(case_with_code(code), now)
    shown = follow_steps(found, now)
    return {
        **shown,
        "case": found.loaded.case,
        "code": code,
        "typed": f"{code[:5]}-{code[5:]}",
        "is_new": is_new,
        "offers": _offers(found, now),
    }
