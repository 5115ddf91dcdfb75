"""Under /api/ every error is a problem, also those that Django answers before an endpoint is reached.

A program that sends its token has no session, no cookie and no page: what only browsers need is not worked out for it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import activate, get_language, get_language_from_request, override
from django.utils.translation import gettext as _

from baoji.kernel.base.links import way_back
from baoji.kernel.ui.faults import fault_page
from baoji.kernel.wire import phones
from baoji.kernel.wire.problems import CONTENT_TYPE, TITLES, problem

PREFIX = "/api/"
CODES = {
    400: "validation",
    403: "not-allowed",
    404: "not-there",
    405: "method-not-allowed",
    413: "too-large",
    500: "internal",
}


class ApiProblems:
    """Turns what is no problem yet into one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith(PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        kept = {name: response.headers[name] for name in ("Allow",) if name in response.headers}
        code = CODES.get(response.status_code, "refused")
        sentences = {404: _("没有这个地址"), 405: _("这个地址不支持 %(method)s") % {"method": request.method}}
        return problem(
            response.status_code, code, sentences.get(response.status_code, _("请求没有被接受")), headers=kept
        )


def by_token(request: HttpRequest) -> bool:
    """Whether no cookie counts here: a call with a token, or an address where programs show keys of their own."""
    path = request.path_info
    if "HTTP_AUTHORIZATION" in request.META and path.startswith(PREFIX):
        return True
    return path.startswith(settings.WITHOUT_COOKIES)


class _ForBrowsers:
    """Before one of Django's middlewares: calls with a token pass it by."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if by_token(request):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[misc,no-any-return]


class Language:
    """The reader's language, by cookie and `Accept-Language`. No address of ours names a language, which Django's own
    middleware would look for at each request and each answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        activate(get_language_from_request(request))
        request.LANGUAGE_CODE = get_language() or ""
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", get_language() or "")
        return response


class Sessions(_ForBrowsers, SessionMiddleware):
    """Sessions of browsers."""


class Csrf(_ForBrowsers, CsrfViewMiddleware):
    """An endpoint takes no cookie for a write (see `callers`), so a call with a token needs no CSRF token."""

    def process_view(self, request: HttpRequest, *view: Any) -> Any:
        return None if by_token(request) else super().process_view(request, *view)


class Authentication(_ForBrowsers, AuthenticationMiddleware):
    """Who is signed in, for browsers; nobody by the session of a phone that is over."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        known = request.user
        over = SimpleLazyObject(lambda: AnonymousUser() if phones.is_over(request, known.pk) else known)
        request.user = over  # type: ignore[assignment]


class Messages(_ForBrowsers, MessageMiddleware):
    """Sentences for a browser's next page."""


class XFrameOptions(_ForBrowsers, XFrameOptionsMiddleware):
    """Only browsers frame anything."""


class LimitBody:
    """Refuses a body that is too large before anything of it is read.

    A view with an attribute `refused` (request, status, sentence, and the parts of its address) says it in its own form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) <= settings.MAX_REQUEST_BYTES:
            return self.get_response(request)
        # The language is chosen further in, where a body this large never comes.
        with override(get_language_from_request(request)):
            sentence = _("没有收下：发送的内容超过 64 MB。请少附几张照片，或压缩后再发")
            if request.path.startswith(PREFIX):
                return problem(413, "too-large", sentence)
            if (own := _own_form(request)) is not None:
                return own(413, sentence)
            return fault_page(request, 413, str(TITLES[413]), sentence, again=_came_from(request))


def _own_form(request: HttpRequest) -> Callable[[int, str], HttpResponse] | None:
    try:
        found = resolve(request.path_info)
    except Resolver404:
        return None
    own = getattr(found.func, "refused", None)
    return partial(own, request, **found.kwargs) if own else None


def _came_from(request: HttpRequest) -> str:
    """The page of ours that sent this, or ''."""
    return way_back(request, request.headers.get("Referer", ""), "")
