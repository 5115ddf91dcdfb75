from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "baoji.kernel.records"
    label = "records"
