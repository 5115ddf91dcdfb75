"""需要您过问: what is late now, what bodies return, what comes back to the same place, what wakes soon."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.systems.urban.queries.discretion import PLACED
from baoji.systems.urban.rules.score import Period

REPEAT_DAYS = 30
REPEAT_LEAST = 3
WAKE_WITHIN = timedelta(days=7)
MOST = 4

LATE = """
SELECT c.body_id, count(*), min(c.due_at) FROM flow_case c
 WHERE c.status IN ('open', 'suspended') AND c.status = 'open' AND c.flow = 'urban' AND c.stage = 'handle' AND c.due_at < %(now)s
   AND c.body_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
RETURNED = """
SELECT d.receiver_org_id, count(*), count(*) FILTER (WHERE e.act IN ('dispatch', 'arbitrate')) FROM flow_record t
  JOIN flow_case c ON c.id = t.case_id
  JOIN LATERAL (SELECT receiver_org_id FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act IN ('dispatch', 'arbitrate')
       ORDER BY n DESC LIMIT 1) d ON true
  LEFT JOIN LATERAL (SELECT act FROM flow_record y WHERE y.case_id = t.case_id AND y.n > t.n
       AND y.act IN ('dispatch', 'arbitrate', 'send_back', 'refer_back') ORDER BY n LIMIT 1) e ON true
 WHERE t.act = 'return' AND t.at >= %(start)s AND t.at < %(end)s AND t.at <= %(now)s AND c.flow = 'urban' AND c.scored
   AND c.status IN ('open', 'suspended', 'closed') GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT 2
"""
# Counted on two short columns; what the place is called is read of the two that are shown, without who called: most who read it
# may not know. The areas' length is looked at last, since the planner takes it for rare and would sort instead of count.
REPEATED = f"""
SELECT f.topic, f.area, f.n, d.address, d.title FROM (
  SELECT c.topic, c.area, count(*) AS n FROM flow_case c
   WHERE c.flow = 'urban' AND c.created_at >= %(since)s AND c.created_at <= %(now)s AND c.case_number IS NOT NULL AND c.topic <> ''
     AND c.status IN ('open', 'suspended', 'closed')
   GROUP BY 1, 2 HAVING count(*) >= %(least)s AND max(length(c.area)) = 15 ORDER BY 3 DESC, 2, 1 LIMIT 2) f
  CROSS JOIN LATERAL (
  SELECT min({PLACED}) AS address, min(c.title) AS title FROM flow_case c JOIN urban_report r ON r.case_id = c.id
   WHERE c.flow = 'urban' AND c.topic = f.topic AND c.area = f.area AND c.created_at >= %(since)s AND c.created_at <= %(now)s
     AND c.case_number IS NOT NULL AND c.status IN ('open', 'suspended', 'closed')) d
 ORDER BY 3 DESC, 2, 1
"""
ASLEEP = """
SELECT count(*), count(*) FILTER (WHERE t.due_at < %(soon)s), min(t.due_at) FROM flow_case c
  LEFT JOIN flow_timer t ON t.case_id = c.id AND t.kind = 'wake'
 WHERE c.status IN ('open', 'suspended') AND c.status = 'suspended' AND c.flow = 'urban'
"""
REPEATED_BEHIND = """
SELECT c.id, c.number, c.case_number, c.title, c.address, c.body_id, c.status, c.stage, c.step, c.created_at AS at, c.clock_due_at AS due
  FROM flow_case c WHERE c.flow = 'urban' AND c.topic = %(topic)s AND c.area = %(area)s AND c.created_at >= %(since)s
   AND c.created_at <= %(now)s AND c.case_number IS NOT NULL AND c.status IN ('open', 'suspended', 'closed')
   AND (%(after_at)s::timestamptz IS NULL OR (c.created_at, c.id) > (%(after_at)s::timestamptz, %(after_id)s::bigint))
 ORDER BY c.created_at, c.id LIMIT %(limit)s
"""
LATE_BEHIND = """
SELECT c.id, c.number, c.case_number, c.title, c.address, c.body_id, c.status, c.stage, c.step, c.due_at AS due FROM flow_case c
 WHERE c.status IN ('open', 'suspended') AND c.status = 'open' AND c.flow = 'urban' AND c.stage = 'handle' AND c.due_at < %(now)s
   AND c.body_id = ANY(%(body)s)
   AND (%(after_at)s::timestamptz IS NULL OR (c.due_at, c.id) > (%(after_at)s::timestamptz, %(after_id)s::bigint))
 ORDER BY c.due_at, c.id LIMIT %(limit)s
"""
# `at` is what the list is ordered by: one whose timer is lost, which the worker sets again within an hour, comes last.
ASLEEP_BEHIND = """
SELECT s.* FROM (
  SELECT c.id, c.number, c.case_number, c.title, c.address, c.body_id, c.status, c.stage, c.step, t.due_at AS due,
         coalesce(t.due_at, '2199-01-01T00:00:00Z') AS at FROM flow_case c
    LEFT JOIN flow_timer t ON t.case_id = c.id AND t.kind = 'wake'
   WHERE c.status IN ('open', 'suspended') AND c.status = 'suspended' AND c.flow = 'urban') s
 WHERE %(after_at)s::timestamptz IS NULL OR (s.at, s.id) > (%(after_at)s::timestamptz, %(after_id)s::bigint)
 ORDER BY s.at, s.id LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Attention:
    """`late` (body, n, longest since), `returned` (body, n, upheld), `repeated` (topic, area, n, address, title)."""

    late: list[tuple[int, int, datetime]]
    returned: list[tuple[int, int, int]]
    repeated: list[tuple[str, str, int, str, str]]
    asleep: tuple[int, int, datetime | None]


def attention(over: Period, now: datetime) -> Attention:
    span = {
        "now": now,
        "start": over.start,
        "end": over.end,
        "since": now - timedelta(days=REPEAT_DAYS),
        "least": REPEAT_LEAST,
        "soon": now + WAKE_WITHIN,
    }
    late: Any = sql.tuples(LATE, span)
    returned: Any = sql.tuples(RETURNED, span)
    repeated: Any = sql.tuples(REPEATED, span)
    asleep: Any = sql.tuples(ASLEEP, span)[0]
    return Attention(late, returned, repeated, asleep)


After = tuple[datetime, int] | None  # the order of the last line seen, and its id


def repeated_behind(
    topic: str, area: str, now: datetime, *, after: After = None, limit: int = 200
) -> list[dict[str, Any]]:
    asked = {"topic": topic, "area": area, "now": now, "since": now - timedelta(days=REPEAT_DAYS)}
    return sql.rows(REPEATED_BEHIND, asked | _page(after, limit))


def late_behind(
    bodies: list[int], now: datetime, *, after: After = None, limit: int = 200
) -> list[dict[str, Any]]:
    return sql.rows(LATE_BEHIND, {"body": bodies, "now": now} | _page(after, limit))


def asleep_behind(*, after: After = None, limit: int = 200) -> list[dict[str, Any]]:
    return sql.rows(ASLEEP_BEHIND, _page(after, limit))


def _page(after: After, limit: int) -> dict[str, Any]:
    at, id_ = after or (None, None)
    return {"after_at": at, "after_id": id_, "limit": limit}
