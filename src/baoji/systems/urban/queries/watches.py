"""Watches (守候) as others read them: the open ones for a desk, and what became of those that one has handed over."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.queries.field_own import stays_at, watched_place
from baoji.systems.urban.queries.names import case_title

MOST = 100
TOLD = timedelta(hours=2)  # for so long a phone shows that who has taken over is there
OPEN = """
SELECT s.number, c.title, c.address FROM urban_stay s JOIN flow_case c ON c.number = s.number
 WHERE s.until IS NULL AND c.status IN ('open', 'suspended')
 ORDER BY s.arrived_at IS NOT NULL, s.since, s.number LIMIT %s
"""
# To whoever was at the place last, also where the watch was handed on before anybody came.
HANDED = """
SELECT s.number, c.status, c.title, c.address, ST_X(c.place) AS lon, ST_Y(c.place) AS lat, p.name AS who, s.since, s.arrived_at,
       r.caller_name, r.caller_phone
  FROM urban_stay s JOIN flow_case c ON c.number = s.number JOIN urban_report r ON r.case_id = c.id JOIN identity_person p ON p.id = s.person_id
 WHERE s.until IS NULL AND c.status IN ('open', 'suspended') AND s.person_id <> %(me)s AND (s.arrived_at IS NULL OR s.arrived_at > %(told)s)
   AND %(me)s = (SELECT CASE WHEN b.handed_to_id IS NOT NULL THEN b.person_id END FROM urban_stay b
                  WHERE b.number = s.number AND b.until <= s.since AND b.arrived_at IS NOT NULL AND b.id <> s.id
                  ORDER BY b.until DESC, b.id DESC LIMIT 1)
 ORDER BY s.since, s.number
"""


def open_watches() -> list[dict[str, Any]]:
    """`{number, title, address, history}` of the places that somebody watches now, those where nobody has confirmed to be
    there first; `history` as of `stays_at`, its last row the open one."""
    rows = sql.rows(OPEN, [MOST])
    known = stays_at([row["number"] for row in rows])
    return [
        {**row, "title": case_title(row["title"]), "history": known[row["number"]]}
        for row in rows
        if row["number"] in known
    ]


def handed_watches(caller: Caller, now: datetime) -> list[dict[str, Any]]:
    """Where this person was the last one there: `who` has the watch now, since when, and whether they have confirmed."""
    rows = sql.rows(HANDED, {"me": caller.id, "told": now - TOLD})
    return [
        {
            **watched_place(caller, row),
            "who": row["who"],
            "since": row["since"],
            "arrived_at": row["arrived_at"],
        }
        for row in rows
    ]
