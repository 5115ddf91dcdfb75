from django.apps import AppConfig


class UrbanConfig(AppConfig):
    name = "baoji.systems.urban"
    label = "urban"
