"""Addresses of what a crew's link opens, and of the page on which handlers make and end links."""

from django.urls import path

from baoji.systems.urban.pages.crew import sending, views

urlpatterns = [
    path("crew/<str:token>", views.task, name="crew"),
    path("crew/<str:token>/", views.task),
    path("crew/<str:token>/photos/<int:id_>/<str:size>", views.photo, name="crew-photo"),
    path("cases/<str:number>/crew", sending.links, name="crew-links"),
]
