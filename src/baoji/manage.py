"""Django's own commands inside the project's environment: python -m baoji.manage …"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
    execute_from_command_line(sys.argv)
