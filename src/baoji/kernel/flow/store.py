"""How a case is fetched, locked and written back: a handful of prepared statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS
from django.db.models.base import ModelState

from baoji.kernel.base import sql
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.told import Told

JSON = frozenset({"people", "pending", "notes", "closing"})
SKIP = frozenset({"place", "place_web"})
ARRAYS = frozenset(f.attname for f in Case._meta.concrete_fields if isinstance(f, ArrayField))
COLUMNS = tuple(f.attname for f in Case._meta.concrete_fields if f.name not in SKIP)
_SELECT = ", ".join(f"c.{name}" for name in COLUMNS)
LON_LAT = "ST_X(c.place) AS lon, ST_Y(c.place) AS lat"
CASE = f"{_SELECT}, {LON_LAT}"
WIDTH = len(COLUMNS) + 2  # columns of `CASE`


@dataclass
class Loaded:
    """A case as it was read, and what its system knows besides (`extra`)."""

    case: Case
    extra: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    told: Told | None = None


def as_case(row: Sequence[Any]) -> Case:
    """A Case from a row whose first columns are those of `CASE`.

    Filled directly: the model's own way through sixty columns costs as much as the query.
    """
    case = Case.__new__(Case)
    case._state = ModelState()
    case._state.db, case._state.adding = DEFAULT_DB_ALIAS, False
    held = case.__dict__
    held.update(zip(COLUMNS, row, strict=False))
    for name in JSON:
        if isinstance(held[name], str):
            held[name] = orjson.loads(held[name])
    case.lon, case.lat = row[WIDTH - 2 : WIDTH]
    return case


def remember(case: Case) -> dict[str, Any]:
    """What the case's columns hold now, to know later which of them changed."""
    held = case.__dict__.copy()
    for name in JSON:
        held[name] = orjson.dumps(held[name])
    for name in ARRAYS:
        held[name] = tuple(held[name])
    return held


def write_act(
    case: Case, before: dict[str, Any], written: dict[str, Any], *, tells: bool = False
) -> tuple[int, Told | None]:
    """Writes the case's changed columns and its next version and, in the same statement, the act (see `flow_write_act`).

    Returns the record's id and, if wanted, what the case now tells of itself.
    """
    now = remember(case)
    names = [name for name in COLUMNS if now[name] != before[name]]
    sets = ", ".join(f"{name} = %s" + ("::jsonb" if name in JSON else "") for name in names)
    values = [now[name].decode() if name in JSON else getattr(case, name) for name in names]
    act, given = "flow_write_act(%s::jsonb)", [*values, case.pk, orjson.dumps(written).decode()]
    if tells:
        act, given = f"{act}, flow_told(%s)", [*given, case.pk]
    ((record, *text),) = sql.tuples(
        f"WITH touched AS (UPDATE flow_case SET {sets} WHERE id = %s) SELECT {act}", given
    )
    return record, Told.read(text[0]) if text else None


def set_timers(case_id: int, clear: list[str] | None, timers: dict[str, datetime]) -> None:
    """Takes away timers of the kinds in `clear` (None: all of them) and sets those of `timers`."""
    if clear is None:
        sql.execute("DELETE FROM flow_timer WHERE case_id = %s", [case_id])
    elif clear:
        sql.execute("DELETE FROM flow_timer WHERE case_id = %s AND kind = ANY(%s)", [case_id, clear])
    if timers:
        sql.execute(
            "INSERT INTO flow_timer (case_id, kind, due_at) SELECT %s, * FROM unnest(%s::text[], %s::timestamptz[])"
            " ON CONFLICT (case_id, kind) DO UPDATE SET due_at = excluded.due_at",
            [case_id, list(timers), list(timers.values())],
        )
