"""Who may be called back: once, about an ended hotline report, if they agreed and have not said a word themselves."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller

WITHIN = timedelta(days=7)
# Records are found by their time (BRIN); a case closed twice in a week is one line.
_DUE = """
SELECT DISTINCT ON (c.closed_at, c.id) c.id, c.number, c.case_number, c.title, c.address, c.closed_at, c.closing::text AS closing, r.caller_name
  FROM flow_record t JOIN flow_case c ON c.id = t.case_id JOIN urban_report r ON r.case_id = c.id
  LEFT JOIN urban_elements e ON e.case_id = c.id
 WHERE t.at > %(since)s AND t.act = 'close' AND c.flow = 'urban' AND c.source = 'hotline' AND c.status = 'closed' AND c.step = 'closed'
   AND r.caller_phone <> '' AND coalesce(e.call_back, true)
   AND NOT EXISTS (SELECT 1 FROM urban_call_back b WHERE b.case_id = c.id)
   AND NOT EXISTS (SELECT 1 FROM urban_grade g WHERE g.case_id = c.id AND g.at >= c.closed_at)
 ORDER BY c.closed_at, c.id
"""
_MINE = """
SELECT c.id, c.number, c.case_number, c.title, c.address, c.closed_at, c.closing::text AS closing, c.status, r.caller_name, r.caller_phone, r.description, b.taken_at
  FROM urban_call_back b JOIN flow_case c ON c.id = b.case_id JOIN urban_report r ON r.case_id = c.id
 WHERE b.by_id = %s AND b.answer = '' ORDER BY b.taken_at, c.id
"""
_DONE = """
SELECT c.number, c.case_number, c.title, b.answer, b.words, b.at, p.name AS by_name
  FROM urban_call_back b JOIN flow_case c ON c.id = b.case_id JOIN identity_person p ON p.id = b.by_id
 WHERE b.answer <> '' ORDER BY b.at DESC LIMIT %s
"""


def call_backs_due(now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """The longest closed first; no telephone numbers: a seat sees one when it takes one."""
    return sql.rows(f"SELECT * FROM ({_DUE}) x LIMIT %(limit)s", {"since": now - WITHIN, "limit": limit})


def call_backs_of(seat: Caller) -> list[dict[str, Any]]:
    """Those this seat has taken and not answered yet, with the number to call."""
    return sql.rows(_MINE, [seat.id])


def call_backs_done(limit: int = 20) -> list[dict[str, Any]]:
    return sql.rows(_DONE, [limit])


def call_back_of(case_id: int) -> dict[str, Any] | None:
    return sql.row(
        "SELECT answer, words, at FROM urban_call_back WHERE case_id = %s AND answer <> ''", [case_id]
    )
