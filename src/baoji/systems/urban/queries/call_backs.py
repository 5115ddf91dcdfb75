"""Who may be called back: once, about an ended hotline report, if they agreed and have not said a word themselves."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.queries.merged import of_whole, went_into

WITHIN = timedelta(days=7)
KEEPS = timedelta(days=1)  # a seat that says nothing for so long leaves the call to others
# The report `m` of a caller who may be called: with elements `e` where a seat wrote down whether they agreed.
_AGREED = """
m.source = 'hotline' AND r.caller_phone <> '' AND coalesce(e.call_back, true)
   AND NOT EXISTS (SELECT 1 FROM urban_call_back b WHERE b.case_id = m.id AND (b.answer <> '' OR b.taken_at > %(kept)s))
"""
# Records are found by their time (BRIN); a case closed twice in a week is one line. `m` is the report of whoever called:
# the closed case itself, or one that was merged into it.
_CLOSED = f"""
  FROM flow_record t JOIN flow_case c ON c.id = t.case_id JOIN {{report}} JOIN urban_report r ON r.case_id = m.id
  LEFT JOIN urban_elements e ON e.case_id = m.id
 WHERE t.at > %(since)s AND t.act = 'close' AND c.flow = 'urban' AND c.status = 'closed' AND c.step = 'closed' AND {_AGREED}
   AND NOT EXISTS (SELECT 1 FROM urban_grade g WHERE g.case_id = m.id AND g.at >= c.closed_at)
"""
_LINE = "SELECT m.id, m.number, m.case_number, c.title, c.address, c.closed_at, c.closing::text AS closing, r.caller_name"
_OWN, _MERGED = (
    _LINE + _CLOSED.format(report=report)
    for report in (
        "flow_case m ON m.id = c.id",
        # First what was closed, and of that the few that something went into.
        f"LATERAL unnest({went_into('c.id')}) went(id) ON c.notes ? 'reporters' JOIN flow_case m ON m.id = went.id",
    )
)
_DUE = f"SELECT DISTINCT ON (closed_at, id) * FROM ({_OWN} UNION ALL {_MERGED}) all_closed ORDER BY closed_at, id"
_MINE = f"""
SELECT m.id, m.number, m.case_number, c.title, c.address, c.closed_at, c.closing::text AS closing, c.status, r.caller_name, r.caller_phone, r.description, b.taken_at
  FROM urban_call_back b JOIN flow_case m ON m.id = b.case_id JOIN urban_report r ON r.case_id = m.id
  JOIN flow_case c ON c.id = {of_whole("m", "id")}
 WHERE b.by_id = %s AND b.answer = '' ORDER BY b.taken_at, m.id
"""
_DONE = """
SELECT c.number, c.case_number, c.title, b.answer, b.words, b.at, p.name AS by_name
  FROM urban_call_back b JOIN flow_case c ON c.id = b.case_id JOIN identity_person p ON p.id = b.by_id
 WHERE b.answer <> '' ORDER BY b.at DESC LIMIT %s
"""


def call_backs_due(now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """The longest closed first; no telephone numbers: a seat sees one when it takes one."""
    return sql.rows(
        f"SELECT * FROM ({_DUE}) x LIMIT %(limit)s",
        {"since": now - WITHIN, "kept": now - KEEPS, "limit": limit},
    )


_AWAITS = f"""
SELECT EXISTS (SELECT 1 FROM flow_case m JOIN urban_report r ON r.case_id = m.id LEFT JOIN urban_elements e ON e.case_id = m.id
 WHERE m.id = %(case)s AND {_AGREED})
"""


def awaits_call_back(case_id: int, closed_at: datetime, now: datetime) -> bool:
    """Whether whoever made this report may still be called about its end at `closed_at`."""
    return closed_at > now - WITHIN and bool(sql.value(_AWAITS, {"case": case_id, "kept": now - KEEPS}))


def call_backs_of(seat: Caller) -> list[dict[str, Any]]:
    """Those this seat has taken and not answered yet, with the number to call."""
    return sql.rows(_MINE, [seat.id])


def call_backs_done(limit: int = 20) -> list[dict[str, Any]]:
    return sql.rows(_DONE, [limit])


def call_back_of(case_id: int) -> dict[str, Any] | None:
    return sql.row(
        "SELECT answer, words, at FROM urban_call_back WHERE case_id = %s AND answer <> ''", [case_id]
    )
