"""Signing in and out, the way to one's first page, notices, help."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baoji.kernel.audit import actions as audit
from baoji.kernel.base.links import way_back
from baoji.kernel.base.numbers import whole
from baoji.kernel.evidence.devices import may_approve
from baoji.kernel.identity.actions import change_password, choose_language
from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.identity.models import Person
from baoji.kernel.notices.actions import mark_read
from baoji.kernel.notices.queries import mine_among, notices
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.registry.manifest import load, manifests
from baoji.kernel.ui.pages import id_before
from baoji.kernel.wire.pages import CHANGE_PASSWORD, page, person_of
from baoji.portals.internal import demo, guesses
from baoji.portals.internal.forms import NewPassword, SignIn
from baoji.portals.internal.posts import post_name

BACKEND = "baoji.kernel.identity.backends.PersonBackend"
LANGUAGES = {code for code, _name in settings.LANGUAGES}
HOME = "/"
MOST_AT_ONCE = 200
YEAR_S = 31_536_000


def first_page(caller: Caller) -> str:
    """Where this person's day begins: the first system that has a place for them."""
    for one in manifests():
        found = load(one.home)(caller) if one.home else ""
        if found:
            return str(found)
    return "/notices/"


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """On to where one's day begins, or to sign in."""
    person = person_of(request)
    return HttpResponseRedirect(first_page(person) if person else settings.LOGIN_URL)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and in the demo the people one can be."""
    back = request.POST.get("next") or request.GET.get("next", "")
    if request.method != "POST" and person_of(request) is not None:
        return HttpResponseRedirect(_onward(request, request.user, back))
    form = SignIn(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.person is not None:
        answer = _enter(request, form.person, back, "signed-in")
        guesses.remember(request, answer, form.person.code)
        return answer
    context = {"form": form, "next": back, "groups": demo.groups()}
    status = 429 if form.wait else 422 if form.errors else 200
    answer = render(request, "portal_internal/sign_in.html", context, status=status)
    if form.wait:
        answer.headers["Retry-After"] = str(form.wait)
    return answer


@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One press to be somebody, in the demo only."""
    if not settings.DEMO:
        raise Http404
    person = Person.objects.filter(code=request.POST.get("code", ""), is_active=True).first()
    if person is None:
        messages.warning(request, _("没有这个人员"))
        return HttpResponseRedirect(settings.LOGIN_URL)
    logout(request)
    return _enter(request, person, request.POST.get("next", ""), "signed-in-demo")


@require_safe
def demo_people(request: HttpRequest) -> JsonResponse:
    """Whom else one can be, in the demo only."""
    if not settings.DEMO:
        raise Http404
    return JsonResponse({"items": demo.people(request.GET.get("q", "")[:40])})


def _onward(request: HttpRequest, person: Any, back: str) -> str:
    """Where whoever is signed in now goes on. With a first password never to `back`: an app that opens from the browser's own
    store would not notice, and send them here again."""
    return CHANGE_PASSWORD if person.must_change_password else way_back(request, back, HOME)


def _enter(request: HttpRequest, person: Person, back: str, verb: str) -> HttpResponse:
    with transaction.atomic():
        login(request, person, backend=BACKEND)
        audit.record("identity.person", person.pk, verb, {}, person.pk, timezone.now())
    response = HttpResponseRedirect(_onward(request, person, back))
    if person.language in LANGUAGES:
        _remember_language(response, person.language)
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_S, samesite="Lax")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session; the sign-in page says so."""
    logout(request)
    messages.success(request, _("已退出"))
    return HttpResponseRedirect(settings.LOGIN_URL)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Chinese or English, remembered in a cookie and with the person."""
    wanted = request.POST.get("language", "")
    response = HttpResponseRedirect(way_back(request, request.POST.get("next", ""), HOME))
    if wanted not in LANGUAGES:
        return response
    translation.activate(wanted)
    _remember_language(response, wanted)
    person = person_of(request)
    if person is not None and person.id is not None:
        choose_language(person.id, wanted)
    return response


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def password(request: HttpRequest, caller: Caller) -> HttpResponse:
    """One's own; whoever got one from the operator must come here first."""
    person = Person.objects.get(code=caller.code)
    form = NewPassword(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            change_password(person, form.cleaned_data["new"])
            audit.record("identity.person", person.pk, "password-changed", {}, person.pk, timezone.now())
        update_session_auth_hash(request, person)
        messages.success(request, _("密码已改"))
        return HttpResponseRedirect("/me/")
    context = {"form": form, "must": person.must_change_password}
    return render(request, "portal_internal/password.html", context, status=422 if form.errors else 200)


@require_safe
@page
def me(request: HttpRequest, caller: Caller) -> HttpResponse:
    """One's posts, and for whom one holds them."""
    return render(
        request,
        "portal_internal/me.html",
        {
            "caller": caller,
            "holds": [_hold(hold) for hold in caller.holds],
            "may_approve": may_approve(caller),
        },
    )


def _hold(hold: Hold) -> dict[str, Any]:
    principal = Person.objects.filter(pk=hold.principal).first() if hold.principal else None
    return {
        "post": post_name(hold.kind, hold.org_id),
        "org": org_name(organisations().known[hold.org_id]),
        "for": principal,
    }


@require_safe
@page
def notice_list(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Notices, the newest first."""
    before = id_before(request)
    rows, following = notices(caller, before=before)
    return render(
        request,
        "portal_internal/notices.html",
        {
            "rows": rows,
            "next": f"/notices/?before={following}" if following else None,
            "first": "/notices/" if before else None,
            "unread": [row["id"] for row in rows if not row["read"]],
        },
    )


@require_POST
@page
def read_notices(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Marks notices read: those on the page, or the one that is opened."""
    ids = [id_ for id_ in map(whole, request.POST.getlist("id")[:MOST_AT_ONCE]) if id_ is not None]
    if ids and caller.id is not None:
        mark_read(caller.id, mine_among(caller, ids), timezone.now())
    return HttpResponseRedirect(way_back(request, request.POST.get("next", "/notices/"), HOME))


@never_cache
@require_safe
@page
def alarms(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The red strip, and beside it what waits at each menu entry; the live updates ask for both at once."""
    return render(request, "portal_internal/_news.html")


@require_safe
@page
def help_page(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """How to use the desk, in the reader's language."""
    return render(request, "portal_internal/help.html", {})
