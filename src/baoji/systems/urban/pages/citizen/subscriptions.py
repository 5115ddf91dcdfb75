"""邮件订阅: asked for here, confirmed by a link in a letter, ended with one press."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from baoji.kernel.base.errors import NotThere, Refused
from baoji.kernel.organisations.names import division_name
from baoji.kernel.wire.pages import unlisted
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.citizen.shown import classes
from baoji.systems.urban.pages.citizen.told import told
from baoji.systems.urban.pages.reporting.form import refusal_by_field

TEMPLATE = "urban/citizen/subscription.html"


@require_http_methods(["GET", "HEAD", "POST"])
@told
def ask(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends: the answer is the same whether the address was known or not."""
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "counties": _areas(given.get("area", "")),
        "classes": classes(),
        "may_mail": public.may_mail(),
        "area": given.get("area", ""),
        "topic": given.get("class", ""),
        "mail": given.get("mail", "") if request.method == "POST" else "",
    }
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    try:
        limits.letters.take(network_of(request))
        public.subscribe(
            given.get("mail", ""), context["area"], context["topic"], get_language() or "", timezone.now()
        )
    except Refused as refused:
        return render(
            request, TEMPLATE, context | {"errors": refusal_by_field(refused)}, status=refused.status
        )
    return render(request, TEMPLATE, context | {"asked": True})


def _areas(asked: str) -> list[tuple[str, str]]:
    """The counties, and the street or community whose list led here: none of the others would be what was asked for."""
    found, name = public.counties(), division_name(asked)
    return found if not name or asked in dict(found) else [*found, (asked, name)]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@told
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A press confirms, not the opening of the link: mail programs open links by themselves."""
    row = public.subscription(token)
    if request.method == "POST":
        public.confirm(token, timezone.now())
        row = public.subscription(token)
    context = {
        "row": row,
        "token": token,
        "subject": public.subject_of(row["area"], row["topic"]),
        "is_confirmed": row["confirmed_at"] is not None,
    }
    return unlisted(render(request, "urban/citizen/subscription_confirm.html", context))


@csrf_exempt  # a mail program presses it for its reader (RFC 8058); the token is the right to do so
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@told
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """One press; a press on a link that was used already says the same."""
    if request.method == "POST":
        public.unsubscribe(token)
        return unlisted(render(request, "urban/citizen/subscription_left.html", {}))
    try:
        row = public.subscription(token)
    except NotThere:
        return unlisted(render(request, "urban/citizen/subscription_left.html", {}))
    context = {"token": token, "subject": public.subject_of(row["area"], row["topic"])}
    return unlisted(render(request, "urban/citizen/subscription_leave.html", context))
