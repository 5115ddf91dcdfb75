from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "baoji.kernel.base"
    label = "base"
