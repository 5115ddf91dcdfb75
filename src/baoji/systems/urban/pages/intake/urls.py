"""Addresses of the hotline's screen."""

from django.urls import path

from baoji.systems.urban.pages.intake import views

urlpatterns = [
    path("", views.call, name="intake"),
    path("look/", views.look_up, name="intake-look"),
    path("calls/", views.calls, name="intake-calls"),
    path("classes/", views.classes, name="intake-classes"),
    path("saved/<str:number>/", views.saved, name="intake-saved"),
]
