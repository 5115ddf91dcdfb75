"""Addresses of the key-set pages around the one being read."""

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True)
class Pages:
    previous: str | None
    next: str | None


def keyset(request: HttpRequest, *, previous: str | None, following: str | None) -> Pages:
    """Cursors are opaque texts; the other filters of the address stay."""
    return Pages(_with(request, "before", previous), _with(request, "after", following))


def _with(request: HttpRequest, name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.GET.copy()
    query.pop("before", None)
    query.pop("after", None)
    query[name] = cursor
    return f"{request.path}?{query.urlencode()}"
