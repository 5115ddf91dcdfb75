"""Addresses of 外勤: who is out there, what was walked, calls for help, corrections, control areas."""

from django.urls import path

from baoji.systems.urban.pages.street import collusion, ground, likeness, plausibility, review, views

urlpatterns = [
    path("", views.overview, name="street"),
    path("grids/<str:code>/", ground.grid, name="street-grid"),
    path("tracks/<str:code>/", ground.track, name="street-track"),
    path("sos/<uuid:name>/", views.cry, name="street-sos"),
    path("corrections/", review.corrections, name="street-corrections"),
    path("corrections/<uuid:name>/", review.decide, name="street-correction"),
    path("corrections/<uuid:name>/<int:n>", review.picture, name="street-picture"),
    path("control/", review.control, name="street-control"),
    path("likeness/", likeness.likenesses, name="street-likeness"),
    path("likeness/<int:id_>/", likeness.decide, name="street-alike"),
    path("plausibility/", plausibility.findings, name="street-plausibility"),
    path("plausibility/<int:id_>/", plausibility.decide, name="street-plausible"),
    path("pairs/", collusion.pairs, name="street-pairs"),
    path("pairs/cases", collusion.behind, name="street-pair"),
    path("pairs/csv", collusion.export, name="street-pairs-csv"),
]
