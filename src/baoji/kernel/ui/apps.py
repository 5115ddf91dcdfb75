from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "baoji.kernel.ui"
    label = "ui"
