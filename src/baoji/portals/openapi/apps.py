from django.apps import AppConfig


class OpenApiConfig(AppConfig):
    name = "baoji.portals.openapi"
    label = "portal_openapi"
