from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "baoji.kernel.evidence"
    label = "evidence"
