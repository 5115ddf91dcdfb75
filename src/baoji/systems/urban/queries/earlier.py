"""What is known already of a caller's phone, of somebody's own reports, and why a report ended without being done."""

import re
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access

SHORTEST_PHONE = 7
# The country, which most leave out; exchanges put a 0 before mobile numbers of other towns.
_BEFORE = re.compile(r"^(?:(?:\+86|0086)(?=[0-9]{7,}$)|0(?=1[3-9][0-9]{9}$))", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)


def dialled(phone: str) -> str:
    """The number as one dials it at home: without blanks, dashes, country."""
    return _BEFORE.sub("", phone.replace("-", "").replace(" ", ""))


def ways_to_write(digits: str) -> list[str]:
    """As a number that is `dialled` may stand in reports, whatever the telephone or the seat wrote before it."""
    return [digits, f"+86{digits}", *([f"0{digits}"] if _MOBILE.fullmatch(digits) else [])]


def earlier_calls(reader: Caller, phone: str, limit: int = 8) -> list[dict[str, Any]]:
    """Cases with this caller's phone, newest first; nothing for who may not see callers."""
    digits = dialled(phone)
    if len(digits) < SHORTEST_PHONE or not access.may_see_caller(reader):
        return []
    return sql.rows(
        "SELECT c.number, c.case_number, c.title, c.address, c.status, c.stage, c.step, c.created_at, c.due_at, c.near_at, r.caller_name"
        "  FROM urban_report r JOIN flow_case c ON c.id = r.case_id"
        " WHERE r.caller_phone = ANY(%s::varchar[]) AND r.caller_phone <> '' ORDER BY c.created_at DESC, c.id DESC LIMIT %s",
        [ways_to_write(digits), limit],
    )


def recent_topics(reader: Caller, limit: int = 6) -> list[str]:
    """The classes this person reported last, as topics (`c0102`), latest first."""
    rows = sql.tuples(
        "SELECT topic FROM (SELECT topic, created_at FROM flow_case WHERE reporter_id = %s AND topic <> ''"
        " ORDER BY created_at DESC, id DESC LIMIT 80) x GROUP BY topic ORDER BY max(created_at) DESC LIMIT %s",
        [reader.id, limit],
    )
    return [row[0] for row in rows]


def ending_reasons(numbers: list[str]) -> dict[str, str]:
    """Why each of these cases was turned down, voided or answered on the spot, by task number."""
    rows = sql.tuples(
        "SELECT DISTINCT ON (c.id) c.number, t.opinion FROM flow_case c JOIN flow_record t ON t.case_id = c.id"
        " WHERE c.number = ANY(%s) AND c.status IN ('rejected', 'declined', 'void', 'closed')"
        "   AND t.act IN ('reject', 'decline', 'void', 'withdraw', 'settle', 'close') ORDER BY c.id, t.n DESC",
        [numbers],
    )
    return dict(rows)
