"""Addresses of the hotline's screen."""

from django.urls import path

from baoji.systems.urban.pages.intake import callbacks, handovers, views

urlpatterns = [
    path("", views.call, name="intake"),
    path("look/", views.look_up, name="intake-look"),
    path("calls/", views.calls, name="intake-calls"),
    path("ringing/", views.ringing, name="intake-ringing"),
    path("call-backs/", callbacks.call_backs, name="call-backs"),
    path("handovers/", handovers.handovers, name="handovers"),
    path("handovers/<str:number>/", handovers.hand_over, name="hand-over"),
    path("classes/", views.classes, name="intake-classes"),
    path("saved/<str:number>/", views.saved, name="intake-saved"),
]
