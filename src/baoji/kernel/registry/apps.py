from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "baoji.kernel.registry"
    label = "registry"
