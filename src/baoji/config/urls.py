"""Addresses: portals first, then what each system's manifest offers."""

from django.urls import URLPattern, URLResolver, path

from baoji.portals.openapi.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
]
