"""The site as a WSGI application, which the web process (`config.web`) asks. Tiles at hand are answered before Django is asked."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
_django = get_wsgi_application()

from baoji.kernel.maps.views import kept  # noqa: E402  (needs Django set up)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith("/tiles/"):
        answer = kept(environ, start_response)
        if answer is not None:
            return answer
    return _django(environ, start_response)
