from django.apps import AppConfig


class InternalConfig(AppConfig):
    name = "baoji.portals.internal"
    label = "portal_internal"
