"""Addresses of the internal portal."""

from django.urls import path

from baoji.portals.internal import devices, outgoing, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/demo/", views.demo_sign_in, name="demo-sign-in"),
    path("sign-in/demo/people", views.demo_people, name="demo-people"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.set_language, name="set_language"),
    path("password/", views.password, name="password"),
    path("me/", views.me, name="me"),
    path("notices/", views.notice_list, name="notices"),
    path("notices/read/", views.read_notices, name="read-notices"),
    path("devices/", devices.devices, name="devices"),
    path("devices/<str:kid>/<slug:verb>", devices.decide, name="device-decide"),
    path("alarms/", views.alarms, name="alarms"),
    path("outgoing/", outgoing.messages_out, name="outgoing"),
    path("help/", views.help_page, name="help"),
]
