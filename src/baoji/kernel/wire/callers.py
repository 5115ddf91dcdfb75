"""Who is on the line: a bearer token or a signed-in browser."""

from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import NotAllowed, NotSignedIn
from baoji.kernel.identity.callers import Caller, caller, caller_by_token
from baoji.kernel.wire.rates import Bucket

# API_RATE: calls a second that one signed-in caller may make of one web process; generous, a program's mistake stops here.
signed_in_bucket = Bucket(getattr(settings, "API_RATE", 2000), getattr(settings, "API_BURST", 6000))


def by_session(request: HttpRequest) -> Caller | None:
    """Who is signed in with a browser, or None. A first password is good for choosing another, on the page, and for nothing else:
    NotSignedIn, not NotAllowed, so that a phone keeps what waits, as it does when its session is over. Tokens are not affected."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if user.must_change_password:
        raise NotSignedIn(_("请先在网页上改密码，改完再继续"), code="must-change-password")
    return caller(user.pk)


def caller_of(request: HttpRequest) -> Caller | None:
    """The caller, or None for a stranger. A wrong or expired token is refused, not treated as none."""
    header = request.headers.get("Authorization", "")
    if header:
        kind, _space, token = header.partition(" ")
        found = (
            caller_by_token(token.strip(), timezone.now())
            if kind.lower() == "bearer" and token.strip()
            else None
        )
        if found is None:
            raise NotSignedIn(_("令牌无效或已过期"))
        return found
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        return None  # a browser's cookie does not write here: pages have their own forms, with CSRF tokens
    return by_session(request)


def must_be_signed_in(request: HttpRequest) -> Caller:
    found = caller_of(request)
    if found is None:
        raise NotSignedIn(_("请先登录，或在 Authorization 里带上令牌"))
    signed_in_bucket.take(found.code)
    return found


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, asked by hand; the answer is the reason of a refusal."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def must_be_somebody(request: HttpRequest) -> Caller:
    """As `must_be_signed_in`, and a signed-in browser may write too if it sends its CSRF token (`X-CSRFToken`).

    For what the field app calls; a forged page has the cookie but not the token. `X-Person`, as in an address, says whose it
    is, where a phone has several users: 401 when that is not who has signed in.
    """
    found = caller_of(request)
    if found is None and (signed_in := by_session(request)) is not None:
        check = _CsrfCheck(lambda _request: HttpResponse())
        check.process_request(request)
        if check.process_view(request, None, (), {}) is not None:  # type: ignore[arg-type]
            raise NotAllowed(_("X-CSRFToken 缺失或已过期，请刷新页面再试"), code="csrf")
        found = signed_in
    if found is None:
        raise NotSignedIn(_("请先登录，或在 Authorization 里带上令牌"))
    if (meant := request.headers.get("X-Person")) is not None and unquote(meant) != found.code:
        raise NotSignedIn(_("这部手机上现在登录的是另一个人，请本人登录后再发"))
    signed_in_bucket.take(found.code)
    return found
