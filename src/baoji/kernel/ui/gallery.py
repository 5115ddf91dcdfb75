"""The gallery: every component in every state, for design reviews. An urlconf of its own, which no city mounts."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from baoji.kernel.ui import gallery_samples as samples

PAGES = ("parts", "desk", "case", "public", "field", "print", "score")


def is_enabled() -> bool:
    """By DEBUG or the setting BAOJI_GALLERY, which no city has."""
    return bool(settings.DEBUG or getattr(settings, "BAOJI_GALLERY", False))


def gallery(request: HttpRequest, page: str = "parts") -> HttpResponse:
    """One of `PAGES`."""
    if not is_enabled() or page not in PAGES:
        raise Http404
    context = samples.context_of(page, now=timezone.now().replace(microsecond=0))
    context["shell"] = _shell(page)
    return render(request, f"ui/gallery/{page}.html" if page != "parts" else "ui/gallery.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Feeds the sample of a field over a long list."""
    if not is_enabled():
        raise Http404
    words = request.GET.get("q", "")
    found = [one for one in samples.BODIES if words in one["title"] or one["value"].startswith(words)]
    return JsonResponse({"items": found})


def _shell(page: str) -> dict[str, Any]:
    if page in ("public", "field"):
        return samples.outer_shell(page)
    return samples.inner_shell(page, since=timedelta(minutes=2, seconds=31))


urlpatterns: list[URLPattern] = [
    path("gallery/", gallery, name="gallery"),
    path("gallery/search", search, name="gallery-search"),
    path("gallery/<str:page>/", gallery, name="gallery-page"),
]
