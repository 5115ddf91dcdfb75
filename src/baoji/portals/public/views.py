"""The door of the city's public site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What citizens can do here: whatever the systems that are switched on offer them."""
    return render(request, "portal_public/home.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal_public/accessibility.html")
