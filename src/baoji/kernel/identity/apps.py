from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "baoji.kernel.identity"
    label = "identity"
