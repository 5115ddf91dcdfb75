"""Addresses of the score."""

from django.urls import path

from baoji.systems.urban.pages.score import views

urlpatterns = [
    path("", views.overview, name="score"),
    path("cases", views.cases, name="score-cases"),
    path("csv", views.export, name="score-csv"),
    path("definitions", views.definitions, name="score-definitions"),
]
