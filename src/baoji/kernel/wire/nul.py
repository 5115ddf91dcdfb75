"""U+0000 ends at the door: no text of the database can hold it.

No address has it; in a query programs are told, and for pages it is left out. The addresses of `WITHOUT_COOKIES`
answer in forms of their own and look for themselves.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.parser import Parser

from baoji.kernel.base.errors import Invalid
from baoji.kernel.wire.middleware import PREFIX
from baoji.kernel.wire.problems import from_refusal

NUL = "\x00"
IN_QUERY = "%00"
IN_JSON = b"\\u0000"  # the only way to write it: a bare one is no JSON


class NoNul:
    """Behind `Language`, before anything reads the query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        in_path = NUL in request.path_info
        if not in_path and IN_QUERY not in query and NUL not in query:
            return self.get_response(request)
        if request.path_info.startswith(settings.WITHOUT_COOKIES):
            return self.get_response(request)
        if in_path:
            raise Http404
        if request.path_info.startswith(PREFIX):
            return from_refusal(_refusal([name for name, value in parse_qsl(query) if NUL in name + value]))
        while IN_QUERY in query or NUL in query:  # taking one out may bring the halves of another together
            query = query.replace(IN_QUERY, "").replace(NUL, "")
        request.META["QUERY_STRING"] = query
        return self.get_response(request)


class NoNulParser(Parser):
    """Bodies of the API."""

    def parse_body(self, request: HttpRequest) -> Any:
        found = super().parse_body(request)
        refuse_nul(request.body, found)
        return found


def refuse_nul(written: bytes, found: Any) -> None:
    """Raises Invalid at each field of `found` with such a letter; `written` is the JSON it was read from."""
    if IN_JSON in written and (fields := list(_fields(found))):
        raise _refusal(fields)


def json_without_nul(written: bytes) -> Any:
    """Raises what `orjson.loads` raises, and Invalid."""
    found = orjson.loads(written)
    refuse_nul(written, found)
    return found


def _fields(found: Any) -> Iterator[str]:
    """Not by calling itself: JSON may be nested as deeply as Python calls."""
    waiting: list[tuple[str, Any]] = [("", found)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, str):
            if NUL in one:
                yield path
            continue
        inner: Iterable[tuple[Any, Any]] = ()
        if isinstance(one, dict | list):
            inner = one.items() if isinstance(one, dict) else enumerate(one)
        for name, value in inner:
            if NUL in str(name):
                yield path
            else:
                waiting.append((f"{path}.{name}".lstrip("."), value))


def _refusal(fields: list[str]) -> Invalid:
    sentence = _("文字里有不能保存的字符")
    return Invalid(sentence, errors={name or "request": [sentence] for name in fields})
