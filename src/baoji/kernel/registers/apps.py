from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "baoji.kernel.registers"
    label = "registers"
