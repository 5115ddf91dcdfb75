from django.apps import AppConfig


class WireConfig(AppConfig):
    name = "baoji.kernel.wire"
    label = "wire"
