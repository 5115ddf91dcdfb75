"""Addresses of the key-set pages around the one being read."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from baoji.kernel.base.numbers import whole


@dataclass(frozen=True)
class Pages:
    """For `ui/pager.html`; None where there is no such page."""

    previous: str | None
    next: str | None


def keyset(request: HttpRequest, *, previous: str | None, following: str | None) -> Pages:
    """Cursors are opaque texts; the other filters of the address stay."""
    return Pages(_with(request, "before", previous), _with(request, "after", following))


def id_before(request: HttpRequest) -> int | None:
    """Where a list that is paged by id goes on (`?before=`); None for its beginning, also if that is no id."""
    return whole(request.GET.get("before", ""))


def moment_cursor(at: datetime, id_: int) -> str:
    """Where a list ordered by an instant goes on, ties broken by id."""
    return f"{at.isoformat()},{id_}"


def read_moment_cursor(text: str) -> tuple[datetime, int] | None:
    """What `moment_cursor` wrote; None for anything else."""
    moment, _comma, id_ = text.partition(",")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    found = whole(id_)
    return (at, found) if at and at.tzinfo and found is not None else None


def _with(request: HttpRequest, name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.GET.copy()
    query.pop("before", None)
    query.pop("after", None)
    query[name] = cursor
    return f"{request.path}?{query.urlencode()}"
