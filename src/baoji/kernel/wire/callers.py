"""Who is on the line: a bearer token or a signed-in browser."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import NotSignedIn
from baoji.kernel.identity.callers import Caller, caller, caller_by_token
from baoji.kernel.wire.rates import Bucket

# API_RATE: calls a second that one signed-in caller may make of one web process; generous, a program's mistake stops here.
signed_in_bucket = Bucket(getattr(settings, "API_RATE", 2000), getattr(settings, "API_BURST", 6000))


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
    user = getattr(request, "user", None)
    return caller(user.pk) if user is not None and user.is_authenticated else None


def must_be_signed_in(request: HttpRequest) -> Caller:
    found = caller_of(request)
    if found is None:
        raise NotSignedIn(_("请先登录，或在 Authorization 里带上令牌"))
    signed_in_bucket.take(found.code)
    return found
