from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "baoji.kernel.organisations"
    label = "organisations"
