from django.apps import AppConfig


class FlowConfig(AppConfig):
    name = "baoji.kernel.flow"
    label = "flow"
