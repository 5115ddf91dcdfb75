"""Lists of a register by key-set pages, and its history."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotThere
from baoji.kernel.registers.declare import Register
from baoji.kernel.registers.models import ChangeNote

PAGE = 50
JOURNAL = """
SELECT n, verb, encode(hash, 'hex') AS hash, at FROM audit_entry WHERE subject = %s AND subject_id = %s ORDER BY n DESC LIMIT %s
"""


@dataclass
class Page:
    """`previous` and `next` are cursors, None where there is no such page."""

    rows: list[Any]
    previous: str | None
    next: str | None


def page(
    register: Register,
    *,
    words: str = "",
    chosen: Mapping[str, str] | None = None,
    after: str = "",
    before: str = "",
) -> Page:
    """`chosen` are values of the register's filters by name."""
    rows = register.rows()
    if words:
        found = Q()
        for lookup in register.search:
            found |= Q(**{f"{lookup}__icontains": words})
        rows = rows.filter(found)
    for narrowing in register.filters:
        value = (chosen or {}).get(narrowing.name)
        if value:
            rows = narrowing.narrow(rows, value)
    rows = rows.distinct()  # a filter or a search may reach a row by two ways
    back = bool(before) and not after
    descending = register.descending is not back
    if after or before:
        rows = _beyond(register, rows, after or before, descending=descending)
    sign = "-" if descending else ""
    listed = list(rows.order_by(f"{sign}{register.order}", f"{sign}id")[: PAGE + 1])
    more, listed = len(listed) > PAGE, listed[:PAGE]
    if back:
        listed.reverse()
    if not listed:
        return Page([], None, None)
    # One came from the other side, so there is something on it; on the side one goes to, only if more was found.
    has_previous, has_next = (more, True) if back else (bool(after), more)
    return Page(
        listed,
        _cursor(register, listed[0]) if has_previous else None,
        _cursor(register, listed[-1]) if has_next else None,
    )


def _key(register: Register, row: Any) -> Any:
    found = row
    for name in register.order.split("__"):
        found = getattr(found, name)
    return found


def _cursor(register: Register, row: Any) -> str:
    return urlsafe_b64encode(orjson.dumps([_key(register, row), row.pk])).decode().rstrip("=")


def _beyond(register: Register, rows: QuerySet[Any], cursor: str, *, descending: bool) -> QuerySet[Any]:
    """Raises Invalid for a cursor that is none of ours, also where the database would find that out."""
    way = "lt" if descending else "gt"
    try:
        key, id_ = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if "\0" in str(key) or not 0 <= (id_ := int(id_)) < 2**63:
            raise ValueError
        if register.order == "id":
            return rows.filter(**{f"id__{way}": id_})
        return rows.filter(
            Q(**{f"{register.order}__{way}": key}) | Q(**{register.order: key, f"id__{way}": id_})
        )
    except (ValueError, TypeError, OverflowError, ValidationError) as fault:
        raise Invalid(_("翻页标记不对，请从第一页看起")) from fault


def one(register: Register, row_id: int) -> Any:
    """Raises NotThere."""
    found = register.rows().filter(pk=row_id).first() if row_id < 2**63 else None
    if found is None:
        raise NotThere(_("没有这一行，可能已被删除"))
    return found


def last_notes(register: Register, ids: list[int]) -> dict[int, ChangeNote]:
    """The latest change of each row here, for those that were changed here at all."""
    rows = (
        ChangeNote.objects.filter(register=register.code, row__in=ids)
        .select_related("by")
        .order_by("row", "-id")
        .distinct("row")
    )
    return {note.row: note for note in rows}


def history(
    register: Register, row_id: int | None, *, before: int | None = None
) -> tuple[list[ChangeNote], int | None]:
    """Changes of a row, or of the whole register, the newest first; and where the next page begins."""
    rows = ChangeNote.objects.filter(register=register.code).select_related("by")
    if row_id is not None:
        rows = rows.filter(row=row_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def journal(register: Register, row_id: int) -> list[dict[str, Any]]:
    """The journal's own lines of a row, the newest first."""
    return sql.rows(JOURNAL, [register.subject, row_id, 100])
