from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "baoji.kernel.notices"
    label = "notices"
