"""Who is at the page: the signed-in person, or the way to the sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from baoji.kernel.base.errors import Refused
from baoji.kernel.identity.callers import Caller, caller

View = Callable[..., HttpResponseBase]


def caller_at(request: HttpRequest) -> Caller | None:
    return caller(request.user.pk) if request.user.is_authenticated else None


def for_staff(view: View) -> View:
    """The view gets the person as its second argument; strangers are asked to sign in, refusals become a page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = caller_at(request)
        if person is None:
            return _to_sign_in(request)
        try:
            return view(request, person, *args, **kwargs)
        except Refused as refused:
            return refusal_page(request, refused)

    return guarded


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def refusal_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    return render(request, "urban/reporting/refused.html", {"refused": refused}, status=refused.status)
