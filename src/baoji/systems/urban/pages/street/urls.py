"""Addresses of 外勤: who is out there, what was walked, calls for help, corrections, control areas."""

from django.urls import path

from baoji.systems.urban.pages.street import review, views

urlpatterns = [
    path("", views.overview, name="street"),
    path("grids/<str:code>/", views.grid, name="street-grid"),
    path("tracks/<str:code>/", views.track, name="street-track"),
    path("sos/<uuid:name>/", views.cry, name="street-sos"),
    path("corrections/", review.corrections, name="street-corrections"),
    path("corrections/<uuid:name>/", review.decide, name="street-correction"),
    path("corrections/<uuid:name>/<int:n>", review.picture, name="street-picture"),
    path("control/", review.control, name="street-control"),
]
