"""One view, one context, two templates: the fragment for htmx, the page for everybody else."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def is_fragment(request: HttpRequest) -> bool:
    """A boosted or history-restoring request wants the whole page although htmx sends it."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def respond(
    request: HttpRequest, *, page: str, fragment: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The template that this request wants; a cache keeps the two apart."""
    response = render(request, fragment if is_fragment(request) else page, dict(context), status=status)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def go_to(url: str) -> HttpResponse:
    """A whole-page move that an htmx request follows as well."""
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = url
    return response
