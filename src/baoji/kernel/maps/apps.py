from django.apps import AppConfig


class MapsConfig(AppConfig):
    name = "baoji.kernel.maps"
    label = "maps"
