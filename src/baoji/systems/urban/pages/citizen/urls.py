"""Addresses of the citizens' pages; with or without the last slash."""

from django.urls import re_path

from baoji.systems.urban.pages.citizen import views

urlpatterns = [
    re_path(r"^public/report/?$", views.report, name="public-report"),
    re_path(r"^public/look/?$", views.look_up, name="public-look"),
    re_path(r"^public/follow/?$", views.follow, name="public-follow"),
]
