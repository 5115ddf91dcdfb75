"""Refusals on citizens' pages, told as pages of the public site."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from baoji.kernel.base.errors import Refused, TooMany

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def told(view: View[P]) -> View[P]:
    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            response = render(
                request, "urban/citizen/refused.html", {"refused": refused}, status=refused.status
            )
            if isinstance(refused, TooMany):
                response.headers["Retry-After"] = str(refused.retry_after)
            return response

    return asked
