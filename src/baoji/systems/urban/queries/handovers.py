"""Orders handed over: the two lists of the page, what other platforms fetch, and what a case says of them."""

from typing import Any

import orjson
from django.db import transaction

from baoji.kernel.base import sql

COLUMNS = """
h.id, h.direction, h.platform, h.their_number, h."order"::text AS "order", h.state, h.reason, h.result::text AS result,
h.at, h.decided_at, h.done_at, c.number, c.case_number, c.title, c.stage, c.step, p.name AS by_name,
(SELECT max(o.said) FROM urban_handover_out o WHERE o.handover_id = h.id AND o.sent_at IS NULL AND o.next_at IS NULL AND o.attempts > 0) AS undelivered
"""
_WAITS = "h.direction = 'in' AND h.state = 'waiting'"
MOST_WAITING = 200
_FROM = "FROM urban_handover h LEFT JOIN flow_case c ON c.id = h.case_id LEFT JOIN identity_person p ON p.id = h.by_id"


def handovers(
    direction: str, *, before: int | None = None, limit: int = 30
) -> tuple[list[dict[str, Any]], int | None]:
    """The newest first, and the `before` of the next page; on the first page above them all orders from outside that wait for a
    seat, the oldest first: none is left behind by what comes in."""
    rows = sql.rows(
        f"SELECT {COLUMNS} {_FROM} WHERE h.direction = %(direction)s AND NOT ({_WAITS})"
        " AND (%(before)s::bigint IS NULL OR h.id < %(before)s) ORDER BY h.id DESC LIMIT %(limit)s",
        {"direction": direction, "before": before, "limit": limit + 1},
    )
    waiting = _waiting() if direction == "in" and before is None else []
    return [_read(row) for row in [*waiting, *rows[:limit]]], rows[limit - 1]["id"] if len(
        rows
    ) > limit else None


def _waiting() -> list[dict[str, Any]]:
    return sql.rows(f"SELECT {COLUMNS} {_FROM} WHERE {_WAITS} ORDER BY h.id LIMIT {MOST_WAITING}")


def handover(id_: int) -> dict[str, Any] | None:
    row = sql.row(f"SELECT {COLUMNS} {_FROM} WHERE h.id = %s", [id_])
    return _read(row) if row else None


def handovers_of(case_id: int) -> list[dict[str, Any]]:
    return [
        _read(row)
        for row in sql.rows(f"SELECT {COLUMNS} {_FROM} WHERE h.case_id = %s ORDER BY h.id", [case_id])
    ]


def went_to(case_id: int) -> dict[str, Any] | None:
    """Where a case of ours was handed over to and is not declined: platform, their_number ('' until acknowledged), state."""
    return sql.row(
        "SELECT platform, their_number, state FROM urban_handover"
        " WHERE case_id = %s AND direction = 'out' AND state <> 'declined' ORDER BY id DESC LIMIT 1",
        [case_id],
    )


def handovers_waiting() -> int:
    """Orders from outside that a seat has to look at."""
    return int(sql.value("SELECT count(*) FROM urban_handover WHERE direction = 'in' AND state = 'waiting'"))


# A message has its number before its transaction ends. Who reads on by number waits for those under way, or a greater number
# that was quicker would hide the smaller one for ever.
_BEING_MADE = "pg_advisory_xact_lock{shared}(hashtext('urban.handover.out'))"
MAKING, READING = (f"SELECT {_BEING_MADE.format(shared=shared)}" for shared in ("_shared", ""))


@transaction.atomic
def messages_for(platform: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Our messages to a platform in the order in which they were made."""
    sql.value(READING)
    rows = sql.tuples(
        "SELECT id, body::text FROM urban_handover_out WHERE platform = %s AND id > %s ORDER BY id LIMIT %s",
        [platform, after, limit],
    )
    return [{"id": id_, "message": orjson.loads(body)} for id_, body in rows]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "order": orjson.loads(row["order"]),
        "result": orjson.loads(row["result"]) if row["result"] else None,
    }
