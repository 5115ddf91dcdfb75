from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "baoji.portals.public"
    label = "portal_public"
