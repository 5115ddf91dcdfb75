"""Lists of cases. Each starts from what the reader may see, pages by key and never counts exactly beyond 999.

No page looks at more than `list_query.LOOKED_AT` cases a road, `LOOKS` times if it found nothing: what is rarer than that is found by
looking on from where it ended.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.queries.discretion import written
from baoji.systems.urban.queries.keys import instant, whole
from baoji.systems.urban.queries.list_filters import Filters, narrow
from baoji.systems.urban.queries.list_query import LINE, ListQuery
from baoji.systems.urban.queries.list_roads import begun
from baoji.systems.urban.queries.list_words import meant, narrow_words

__all__ = ["DESKS", "LINE", "Filters", "Page", "cases", "neighbours"]
DESKS = ("todo", "done", "started", "watched")
LOOKS = 2  # how often a page that found nothing looks on by itself
_CASTS = {"at": "::timestamptz", "id": "::bigint", "nk": "::int"}


@dataclass
class Page:
    """`is_partial`: not all cases before `next` (or `previous`) were found worth a line, and no more were looked at."""

    rows: list[dict[str, Any]]
    next: str | None
    previous: str | None = None
    is_partial: bool = False


def cases(
    reader: Caller, filters: Filters, *, after: str = "", before: str = "", limit: int = 50, now: datetime
) -> Page:
    """One page; `after` is the `next` of the page before it, `before` the `previous` of the page behind it."""
    query = _listed(reader, filters, now)
    back = bool(before) and not after
    begin, key = [*query.near], tuple(_decoded(query, after or before)) if after or before else None
    for _look in range(LOOKS):
        query.near = [*begin]
        if key is not None:
            _continue(query, key, back=back)
        query.descending ^= back
        rows, reached = query.page(limit + 1)
        if rows or reached is None:
            break
        query.descending ^= back
        key = reached
    shown = [_told(reader, row) for row in rows[:limit]]
    if reached is not None:
        beyond: str | None = _encoded(reached)
    else:
        beyond = _encoded(query.key(shown[-1])) if len(rows) > limit else None
    first = _encoded(query.key(shown[0])) if shown else None
    if back:
        return Page(shown[::-1], first, beyond, reached is not None)
    return Page(shown, beyond, first if after else None, reached is not None)


def _told(reader: Caller, row: dict[str, Any]) -> dict[str, Any]:
    """A line without who called, whose address may say it too."""
    row["address"] = written(reader, row["address"], row.pop("caller_name"), row.pop("caller_phone"))
    return row


def neighbours(reader: Caller, filters: Filters, case: Case, now: datetime) -> tuple[str | None, str | None]:
    """The numbers before and after this case in a list, by where the case stands in its order (it may have left it)."""
    begin, found = _listed(reader, filters, now), []
    place = [_place(reader, case, name) for name in begin.order]
    for back in (True, False):
        query = replace(begin, near=[*begin.near], params={**begin.params})
        _continue(query, place, back=back)
        query.descending ^= back
        rows = query.rows(1)
        found.append(rows[0]["number"] if rows else None)
    return found[0], found[1]


def _listed(reader: Caller, filters: Filters, now: datetime) -> ListQuery:
    words = meant(reader, filters.words)
    query, served = begun(reader, filters, words.ids)
    narrow(query, filters, now, served)
    narrow_words(query, reader, words.terms)
    return query


def _place(reader: Caller, case: Case, column: str) -> Any:
    """Where the case stands in a list by this column of its order."""
    if column == "t.at":
        return (
            sql.value(
                "SELECT max(at) FROM flow_record WHERE case_id = %s AND by_id = %s", [case.pk, reader.id]
            )
            or case.created_at
        )
    return case.pk if column.endswith("id") else getattr(case, column.split(".")[1])


def _encoded(key: Sequence[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def _decoded(query: ListQuery, mark: str) -> list[Any]:
    try:
        key = orjson.loads(urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        if not isinstance(key, list):
            raise ValueError(mark)
        return [_part(name, part) for name, part in zip(query.order, key, strict=True)]
    except (ValueError, TypeError) as fault:
        raise Invalid(_("翻页标记不对，请从第一页看起"), errors={"after": [_("翻页标记不对")]}) from fault


def _part(column: str, said: Any) -> Any:
    """A part of a mark as the database takes it for this column of the order."""
    if column.endswith("at"):
        return instant(said)
    return whole(said, bits=31 if column.endswith("nk") else 63)


def _continue(query: ListQuery, key: Sequence[Any], *, back: bool) -> None:
    places = ", ".join(f"%(k{i})s{_CASTS.get(name[-2:], '')}" for i, name in enumerate(query.order))
    query.begin(
        f"({', '.join(query.order)}) {'<' if query.descending is not back else '>'} ({places})",
        **{f"k{i}": part for i, part in enumerate(key)},
    )
