"""Addresses of the public site's own pages; the systems' manifests add theirs below `public/`."""

from django.urls import path

from baoji.portals.public import views

urlpatterns = [
    path("public/", views.home, name="public-home"),
    path("public/size/", views.text_size, name="public-size"),
    path("public/accessibility/", views.accessibility, name="public-accessibility"),
]
