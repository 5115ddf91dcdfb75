"""Live cases as vector tiles, each reader's own."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from baoji.kernel.base.errors import NotSignedIn
from baoji.kernel.maps.tiles import MIME, is_tile
from baoji.kernel.wire.callers import must_be_signed_in
from baoji.kernel.wire.problems import from_refusal
from baoji.systems.urban import public


def case_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Open cases that this reader may see; never kept by a shared cache."""
    try:
        caller = must_be_signed_in(request)
    except NotSignedIn as refused:
        return from_refusal(refused)
    if not is_tile(z, x, y):
        return HttpResponse(status=404)
    body = public.case_tile(caller, z, x, y, timezone.now())
    return HttpResponse(body, content_type=MIME, headers={"Cache-Control": "private, max-age=5"})


urlpatterns = [path("tiles/cases/<int:z>/<int:x>/<int:y>", case_tile, name="case-tile")]
