"""Pages for signed-in people: who is asking, and refusals told as pages. The counterpart of `callers` and `problems`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import NotAllowed, Refused, TooMany
from baoji.kernel.identity.callers import Caller, caller
from baoji.kernel.ui.htmx import go_to, is_fragment
from baoji.kernel.wire.callers import must_be_signed_in
from baoji.kernel.wire.problems import TITLES, from_refusal

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, Caller, P], HttpResponseBase]
CHANGE_PASSWORD = "/password/"


def person_of(request: HttpRequest) -> Caller | None:
    """The signed-in person of a browser, or None. Pages have CSRF tokens, so this holds for writes as well."""
    user: Any = getattr(request, "user", None)
    return caller(user.pk) if user is not None and user.is_authenticated else None


def page(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for signed-in people: the view gets the caller; strangers are sent to sign in, refusals become pages."""

    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = person_of(request)
        if person is None:
            return to_sign_in(request)
        if getattr(request.user, "must_change_password", False) and request.path != CHANGE_PASSWORD:
            return HttpResponseRedirect(CHANGE_PASSWORD)
        try:
            return view(request, person, *args, **kwargs)
        except Refused as refused:
            return refusal(request, refused)

    return asked


def page_or_token(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """As `page`; a program's bearer token is as good as a session, and what it gets is never a page but a problem."""
    for_browsers = page(view)

    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        # Only a bearer token: a browser behind a proxy with a password sends `Basic` along with its cookie.
        if request.headers.get("Authorization", "").partition(" ")[0].lower() != "bearer":
            response = for_browsers(request, *args, **kwargs)
        else:
            try:
                response = view(request, must_be_signed_in(request), *args, **kwargs)
            except Refused as refused:
                response = from_refusal(refused)
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    return asked


def holding(*posts: str) -> Callable[[View[P]], View[P]]:
    """Below `page`: only for people who hold one of these posts."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def asked(
            request: HttpRequest, person: Caller, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not person.kinds() & set(posts):
                raise NotAllowed(_("您的岗位不用这一页"))
            return view(request, person, *args, **kwargs)

        return asked

    return guard


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and, for a read, back here afterwards."""
    back = request.get_full_path() if request.method in {"GET", "HEAD"} and not is_fragment(request) else ""
    url = (
        f"{settings.LOGIN_URL}?{urlencode({'next': back})}"
        if back not in {"", "/"}
        else str(settings.LOGIN_URL)
    )
    return go_to(url) if is_fragment(request) else HttpResponseRedirect(url)


def unlisted(response: R) -> R:
    """For a page whose address is itself the key: it goes into no index.

    Other sites never learn the address from a link either: the house's Referrer-Policy is `same-origin`. `no-referrer`
    would be too much, browsers would send `Origin: null` with our own forms, and those are refused.
    """
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal as a page: what is so, and where one can go."""
    title = TITLES.get(refused.status, TITLES[409])
    response = render(
        request, "wire/refused.html", {"refused": refused, "title": title}, status=refused.status
    )
    if isinstance(refused, TooMany):
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
