"""Links that were sent to crews, as their makers see them."""

from datetime import datetime
from typing import Any

from baoji.kernel.base import sql

OF_CASE = """
SELECT l.id, l.crew, l.phone, l.mail, l.made_at, l.expires_at, l.opened_at, l.answered_at, l.ended_at, p.name AS made_by, e.name AS ended_by
  FROM urban_crew_link l JOIN identity_person p ON p.id = l.made_by_id LEFT JOIN identity_person e ON e.id = l.ended_by_id
 WHERE l.case_id = %s ORDER BY l.id DESC LIMIT 50
"""


def links_of(case_id: int, now: datetime) -> list[dict[str, Any]]:
    """The newest first; `state` is waiting, opened, answered, ended or expired."""
    return [{**row, "state": _state(row, now)} for row in sql.rows(OF_CASE, [case_id])]


def _state(row: dict[str, Any], now: datetime) -> str:
    if row["answered_at"]:
        return "answered"
    if row["ended_at"]:
        return "ended"
    if row["expires_at"] <= now:
        return "expired"
    return "opened" if row["opened_at"] else "waiting"
