"""Tells whose desks changed. The worker calls it after each seal: one notifier, so acts never queue to notify."""

from typing import Any

import orjson

from baoji.kernel.base import sql

CHANNEL = "baoji_pulse"
MOST_BYTES = 7000
MANY = 5000  # entries of one seal: everybody is told then, and nobody is looked up
_TOUCHED = """
SELECT DISTINCT c.id, c.holder_post, c.holder_org_id, c.holder_person_id, c.body_id, c.asks, t.post, t.org_id, t.by_id, c.reporter_id
  FROM audit_entry e JOIN flow_case c ON c.id = e.subject_id JOIN flow_record t ON t.case_id = c.id AND t.n = e.n
 WHERE e.subject = 'flow.case' AND e.id > %s AND e.xid >= %s AND e.xid < %s
"""

_TOUCHED_AT_ONCE = """
SELECT DISTINCT subject_id FROM audit_entry WHERE subject = 'flow.case' AND id > %s AND xid >= %s AND xid < %s
"""


def tell(after_seal: int) -> tuple[int, list[int]]:
    """Notifies the topics touched by seals above `after_seal`; returns the last seal told and the cases touched."""
    seals = sql.tuples(
        "SELECT id, floor_id, xid_from, xid_to, entries FROM audit_seal WHERE id > %s ORDER BY id",
        [after_seal],
    )
    topics: set[str] = set()
    touched: set[int] = set()
    for _id, floor, start, end, entries in seals:
        if entries > MANY:  # a bulk load, a restore
            topics.add("all")
            touched.update(row[0] for row in sql.tuples(_TOUCHED_AT_ONCE, [floor, start, end]))
            continue
        for row in sql.tuples(_TOUCHED, [floor, start, end]):
            touched.add(row[0])
            topics |= _topics(*row[1:])
    if topics:
        body = orjson.dumps(sorted(topics)).decode()
        sql.value("SELECT pg_notify(%s, %s)", [CHANNEL, body if len(body) < MOST_BYTES else '["all"]'])
    return (seals[-1][0] if seals else after_seal), sorted(touched)


def call(topics: list[str]) -> None:
    """Notifies these topics when the caller's transaction ends: for what is no act on a case, a ringing telephone."""
    sql.value("SELECT pg_notify(%s, %s)", [CHANNEL, orjson.dumps(topics).decode()])


def _topics(
    holder_post: str,
    holder_org: Any,
    holder_person: Any,
    body: Any,
    asks: Any,
    post: str,
    org: Any,
    by: Any,
    reporter: Any,
) -> set[str]:
    found = {"any"} | {f"post:{kind}" for kind in (holder_post, post, *(asks or ())) if kind}
    found |= {f"org:{id_}" for id_ in (holder_org, body, org) if id_}
    return found | {f"person:{id_}" for id_ in (holder_person, by, reporter) if id_}


def last_seal() -> int:
    return int(sql.value("SELECT coalesce(max(id), 0) FROM audit_seal"))
