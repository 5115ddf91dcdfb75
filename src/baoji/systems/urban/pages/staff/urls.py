"""Addresses of the desks."""

from django.urls import path

from baoji.systems.urban.pages.staff import (
    casepage,
    citizens,
    citizens_words,
    evidence,
    files,
    lists,
    printed,
)

urlpatterns = [
    path("work/", lists.worklist, name="work"),
    path("work/dispatch/", lists.dispatch_several, name="dispatch-several"),
    path("map/", lists.city_map, name="city-map"),
    path("cases/", lists.all_cases, name="cases"),
    path("cases/find", lists.find, name="find-cases"),
    path("cases/<str:number>", casepage.case, name="case"),
    path("cases/<str:number>/", casepage.case),
    path("cases/<str:number>/print", printed.print_case, name="case-print"),
    path("cases/<str:number>/evidence", evidence.evidence, name="case-evidence"),
    path("cases/<str:number>/news", casepage.news, name="case-news"),
    path("cases/<str:number>/watch", casepage.watch, name="case-watch"),
    path("cases/<str:number>/acts/<slug:act>", casepage.act, name="case-act"),
    path("cases/<str:number>/in/<str:where>/acts/<slug:act>", casepage.act),
    path("citizens/", citizens.held, name="held"),
    path("citizens/decide", citizens.decide, name="held-decide"),
    path("citizens/photos/", citizens.photos, name="photo-review"),
    path("citizens/photos/<int:id_>", citizens.review, name="photo-reviewed"),
    path("citizens/words/", citizens_words.words, name="words-review"),
    path("citizens/words/<str:task>", citizens_words.one, name="words-reviewed"),
    path("files/<int:id_>", files.attachment, name="file"),
    path("files/<int:id_>/original", evidence.original, name="file-original"),
    path("files/<int:id_>/<str:size>", files.attachment, name="file-copy"),
    path("files/<path:name>", files.no_file),
]
