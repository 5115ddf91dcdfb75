from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "baoji.kernel.audit"
    label = "audit"
