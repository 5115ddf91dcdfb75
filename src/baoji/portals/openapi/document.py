"""/api/v1/openapi.json, made once for each language: that takes a fifth of a second, which nobody should be able to ask for
again and again.
"""

from functools import cache
from hashlib import sha256
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import condition, require_safe
from ninja.responses import Response

from baoji.portals.openapi.api import api


class Document(NamedTuple):
    text: bytes
    tag: str


@cache
def _in(language: str | None) -> Document:
    """In the language of the request, which is `language`."""
    text = Response(api.get_openapi_schema(path_params={})).content
    return Document(text, f'"{sha256(text).hexdigest()[:32]}"')


def _tag(request: HttpRequest) -> str:
    return _in(get_language()).tag


@require_safe
@condition(etag_func=_tag)
def document(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_in(get_language()).text, content_type="application/json")
