"""The door of the city's public site."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from baoji.kernel.base.links import way_back
from baoji.kernel.registry.manifest import load, manifests

YEAR_S = 31_536_000
SIZE_COOKIE = "baoji_size"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the first system that has one for everybody; else what the systems offer."""
    shown = next((one.public_home for one in manifests() if one.public_home), "")
    if shown:
        response: HttpResponse = load(shown)(request)
        return response
    return render(request, "portal_public/home.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How people with different needs use the site."""
    return render(request, "portal_public/accessibility.html")


@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """大字版 or the ordinary one, remembered in a cookie; works without scripts."""
    response = HttpResponseRedirect(way_back(request, request.POST.get("next", ""), "/public/"))
    if request.POST.get("size") == "large":
        response.set_cookie(SIZE_COOKIE, "large", max_age=YEAR_S, samesite="Lax")
    else:
        response.delete_cookie(SIZE_COOKIE, samesite="Lax")
    return response
