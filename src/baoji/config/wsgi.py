"""The web process (granian, WSGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
application = get_wsgi_application()
