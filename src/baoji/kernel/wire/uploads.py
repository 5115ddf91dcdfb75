"""/api/v1/uploads/ for Django. The web process takes the bodies itself (`config.web`); a plain WSGI server reads them here."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from baoji.kernel.base.errors import Refused
from baoji.kernel.wire import tus
from baoji.kernel.wire.tus import Patch

# Under this name the web process puts a list into the environment, and takes from it the body it is to pour.
LATER = "baoji.later"
PIECE = 64 * 1024


@csrf_exempt  # `tus` asks for the CSRF token of whoever comes with a cookie
def upload(request: HttpRequest, name: str = "") -> HttpResponse:
    found = tus.answer(request, name)
    if not isinstance(found, Patch):
        return found
    later: list[Any] | None = request.META.get(LATER)
    if later is None:
        return _taken(found, request)
    later.append(found)
    return HttpResponse(status=202)


def _taken(patch: Patch, request: HttpRequest) -> HttpResponse:
    """Feeds what comes, piece by piece, so that a cut keeps what came before it."""
    fed = 0
    try:
        while piece := request.read(PIECE):
            patch.feed(piece)
            fed += len(piece)
    except UnreadablePostError:
        pass  # the phone is gone and hears nothing of this
    except Refused as refused:
        patch.close()
        return tus.refusal(refused)
    try:
        return patch.end(whole=str(fed) == request.headers.get("Content-Length", "0"))
    finally:
        patch.close()
