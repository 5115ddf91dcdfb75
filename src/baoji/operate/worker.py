"""The worker process: python -m baoji.operate.worker"""

import os
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
    django.setup()
    import_module("baoji.operate.tasks").main()
