"""A number that a browser keeps for a day, so that its reports can be counted. It is kept with no report."""

import re
from secrets import token_urlsafe

from django.http import HttpRequest, HttpResponse

COOKIE = "baoji_device"
DAY_S = 86400
NUMBER = re.compile(r"[A-Za-z0-9_-]{16}")


def device_of(request: HttpRequest) -> str:
    """The browser's number, '' if it has none."""
    given = request.COOKIES.get(COOKIE, "")
    return given if NUMBER.fullmatch(given) else ""


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not device_of(request):
        response.set_cookie(
            COOKIE,
            token_urlsafe(12),
            max_age=DAY_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
            path="/report",
        )
    return response
