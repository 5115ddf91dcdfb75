"""Addresses of the phone pages."""

from django.urls import path

from baoji.systems.urban.pages.field import app, views

urlpatterns = [
    path("", app.shell, name="field-app"),
    path("shell.json", app.shell_list, name="field-shell"),
    path("sw.js", app.worker, name="field-worker"),
    path("app.webmanifest", app.manifest, name="field-manifest"),
    path("plain/", views.task_list, name="field"),
    path("tasks/<str:number>/", views.task, name="field-task"),
    path("tasks/<str:number>/done/", views.task_done, name="field-task-done"),
    path("report/", views.report, name="field-report"),
    path("look/", views.look_up, name="field-look"),
    path("classes/", views.classes, name="field-classes"),
    path("mine/", views.mine, name="field-mine"),
    path("mine/<str:number>/", views.own_report, name="field-own"),
    path("messages/", views.message_list, name="field-messages"),
]
