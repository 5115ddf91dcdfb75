"""The site as a WSGI application, which the web process (`config.web`) asks. Tiles are answered before Django is asked."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from baoji.config import env
from baoji.config.lean import loading, on_large_pages, settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
RUN = os.path.join(env.text("BAOJI_DATA", "var"), "run")
with loading(RUN):
    _django = get_wsgi_application()
    _ = get_resolver().url_patterns  # every page, before the first reader waits for it

from baoji.kernel.base.postgres.base import wait_no_longer  # noqa: E402  (needs Django set up)
from baoji.kernel.maps.views import served  # noqa: E402

wait_no_longer()
settle()
on_large_pages()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith("/tiles/"):
        answer = served(environ, start_response)
        if answer is not None:
            return answer
    return _django(environ, start_response)
