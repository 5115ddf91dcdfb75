"""Addresses of the pages of 数字城管."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("baoji.systems.urban.pages.map")),
    path("", include("baoji.systems.urban.pages.staff.urls")),
    path("", include("baoji.systems.urban.pages.crew.urls")),
    path("intake/", include("baoji.systems.urban.pages.intake.urls")),
    path("street/", include("baoji.systems.urban.pages.street.urls")),
    path("field/", include("baoji.systems.urban.pages.field.urls")),
    path("operator/", include("baoji.systems.urban.pages.operator.urls")),
    path("score/", include("baoji.systems.urban.pages.score.urls")),
]
