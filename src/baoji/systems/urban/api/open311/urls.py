"""Addresses of Open311. The format stands behind the last dot; without one the Accept header decides."""

from django.urls import path, re_path

from baoji.systems.urban.api.open311 import views

FORMAT = r"(?:\.(?P<extension>xml|json))?/?$"
# Numbers and codes have no dot in them, so the last one begins the format.
PART = r"[^/.]{1,80}"

urlpatterns = [
    re_path(rf"^open311(?:/|/v2/?|/discovery|/v2/discovery)?{FORMAT}", views.discovery, name="open311"),
    re_path(rf"^open311/v2/services{FORMAT}", views.services),
    re_path(rf"^open311/v2/services/(?P<code>{PART}){FORMAT}", views.service),
    re_path(rf"^open311/v2/requests{FORMAT}", views.requests),
    re_path(rf"^open311/v2/requests/(?P<number>{PART}){FORMAT}", views.request),
    re_path(rf"^open311/v2/tokens/(?P<token>{PART}){FORMAT}", views.token),
    re_path(rf"^open311/v2/servicerequestupdates{FORMAT}", views.updates),
    path("open311/v2/photos/<int:id_>.jpg", views.photo),
    re_path(r"^open311/(?P<path>.*)$", views.nowhere),
]
