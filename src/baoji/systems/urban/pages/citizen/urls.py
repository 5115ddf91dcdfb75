"""Addresses of the citizens' pages; with or without the last slash. Other programs rely on them."""

from django.urls import path, re_path

from baoji.systems.urban.pages.citizen import feeds, follow, report, shown, subscriptions, widget

urlpatterns = [
    path("report/", report.report, name="report"),
    path("report", report.report),
    re_path(r"^report/look/?$", report.look_up, name="report-look"),
    re_path(r"^report/proof/?$", report.proof, name="report-proof"),
    path("follow/", follow.enter, name="follow-enter"),
    path("follow", follow.enter),
    re_path(r"^follow/(?P<code>[^/]+)/?$", follow.follow, name="follow"),
    re_path(r"^public/report/?$", report.old_address),
    re_path(r"^public/follow/?$", follow.enter),
    path("public/cases.geojson", feeds.geojson, name="public-geojson"),
    path("public/cases.atom", feeds.atom, name="public-atom"),
    path("public/tiles/<int:z>/<int:x>/<int:y>", shown.tile, name="public-tile"),
    path("public/photos/<int:id_>/<str:size>", shown.photo, name="public-photo"),
    re_path(r"^public/cases/(?P<number>[0-9-]{18,24})/?$", shown.case, name="public-case"),
    re_path(r"^public/cases/(?P<number>[0-9-]{18,24})/me-too/?$", report.me_too, name="public-me-too"),
    re_path(r"^public/subscribe/?$", subscriptions.ask, name="public-subscribe"),
    re_path(
        r"^public/subscriptions/(?P<token>[\w-]{20,40})/?$", subscriptions.confirm, name="public-confirm"
    ),
    re_path(
        r"^public/subscriptions/(?P<token>[\w-]{20,40})/leave/?$", subscriptions.leave, name="public-leave"
    ),
    re_path(r"^public/widget/?$", widget.widget, name="public-widget"),
    path("public/widget.js", widget.loader, name="public-widget-loader"),
]
