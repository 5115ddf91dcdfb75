"""What a phone shows of one's own: reports and what became of them, findings about the ledger, places one stays at."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access, choices
from baoji.systems.urban.queries.discretion import written
from baoji.systems.urban.queries.earlier import ending_reasons
from baoji.systems.urban.queries.lists import Filters, cases
from baoji.systems.urban.queries.names import case_title
from baoji.systems.urban.rules.table import FLOW

WATCHED = ("open", "suspended")  # a dangerous place stays one while its case is 挂账
ENDED = frozenset({"rejected", "declined", "void", "closed"})
BAD = frozenset({"rejected", "declined", "void"})
RECENT = timedelta(days=90)
CORRECTIONS = """
SELECT c.name, c.at, c.kind, c.component, c.class_code, c.status, c.reason, k.name AS thing
  FROM urban_correction c LEFT JOIN urban_component k ON k.code = c.component
 WHERE c.person_id = %s AND c.status IN ('waiting', 'accepted', 'refused') AND c.at > %s ORDER BY c.at DESC LIMIT 50
"""
MINE = """
SELECT s.number, s.since, s.arrived_at, c.title, c.address, c.status, ST_X(c.place) AS lon, ST_Y(c.place) AS lat,
       r.caller_name, r.caller_phone
  FROM urban_stay s JOIN flow_case c ON c.number = s.number JOIN urban_report r ON r.case_id = c.id WHERE s.until IS NULL AND s.person_id = %s ORDER BY s.since
"""
# `received` is when a phone's word about that time arrived: its answer names the time that counted.
HISTORY = """
SELECT s.number, p.name AS who, s.since, s.arrived_at, s.until, s.fenced, h.name AS handed_to,
       (SELECT min(d.delivered_at) {told} = s.since) AS since_received,
       (SELECT min(d.delivered_at) {told} = s.arrived_at) AS arrived_received,
       (SELECT min(d.delivered_at) {told} = s.until) AS until_received
  FROM urban_stay s JOIN identity_person p ON p.id = s.person_id LEFT JOIN identity_person h ON h.id = s.handed_to_id
 WHERE s.number = ANY(%s) ORDER BY s.number, s.since, s.id
""".format(
    told="FROM urban_delivery d WHERE d.person_id = ANY (SELECT o.person_id FROM urban_stay o WHERE o.number = s.number)"
    " AND d.delivered_at >= s.since AND d.kind = 'stay' AND d.status = 201 AND d.number = s.number"
    " AND (d.answer->>'at')::timestamptz"
)
# Who may take a watch over: whoever is on duty in the street and has that tool. Names only, no places.
RELIEF = f"""
SELECT p.code, p.name FROM urban_duty_time d JOIN identity_person p ON p.id = d.person_id
 WHERE d.ended_at IS NULL AND d.person_id <> %s
   AND EXISTS (SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id
                WHERE h.person_id = p.id AND t.kind = ANY(%s) AND {sql.HELD})
 ORDER BY p.name, p.code LIMIT 100
"""


def own_reports(caller: Caller, now: datetime, after: str = "") -> tuple[list[dict[str, Any]], str | None]:
    """This person's reports, newest first, each with where it stands and why it ended; and the key of the next page."""
    page = cases(caller, Filters(desk="started"), after=after, limit=20, now=now)
    why = ending_reasons([row["number"] for row in page.rows if row["status"] in ENDED])
    shown = [
        {
            "number": row["number"],
            "title": case_title(row["title"]),
            "address": row["address"],
            "status": row["status"],
            "word": _word(row),
            "at": row["created_at"],
            "why": why.get(row["number"], ""),
            "is_bad": row["status"] in BAD,
        }
        for row in page.rows
    ]
    return shown, page.next


def _word(row: dict[str, Any]) -> str:
    """`处置中`, `待派遣` …; of an ended one how it ended."""
    if row["status"] in ENDED:
        return str(choices.STATUS.get(row["status"], row["status"]))
    return _(FLOW.step(f"{row['stage']}/{row['step']}").title)


def own_corrections(caller: Caller, now: datetime) -> list[dict[str, Any]]:
    """This person's findings of the last 90 days, newest first, with the decision and its reason."""
    rows = sql.rows(CORRECTIONS, [caller.id, now - RECENT])
    return [
        {
            "name": str(row["name"]),
            "at": row["at"],
            "kind": row["kind"],
            "component": row["component"],
            "thing": row["thing"] or row["class_code"],
            "status": row["status"],
            "reason": row["reason"],
        }
        for row in rows
    ]


def own_stays(caller: Caller) -> list[dict[str, Any]]:
    """Where the watch is this person's now, whether they have confirmed to be there, and everybody who stayed there before."""
    rows = sql.rows(MINE, [caller.id])
    before = stays_at([row["number"] for row in rows])
    return [
        {
            **watched_place(caller, row),
            "since": row["since"],
            "arrived_at": row["arrived_at"],
            "history": before.get(row["number"], []),
        }
        for row in rows
    ]


def watched_place(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    """The case and the place that a watch is about, as phones show them to this reader; `status` is open as long as somebody
    has to stay there."""
    return {
        "number": row["number"],
        "status": "open" if row["status"] in WATCHED else row["status"],
        "title": case_title(row["title"]),
        "address": written(caller, row["address"], row["caller_name"], row["caller_phone"]),
        "location": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
    }


def stays_at(numbers: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Who stayed at the places of these cases, the first first: `{who, since, arrived_at, until, handed_to, fenced, …}`; who
    was handed the watch and has not said that they are there has no `arrived_at`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sql.rows(HISTORY, [numbers]) if numbers else []:
        found.setdefault(row.pop("number"), []).append(row)
    return found


def relief(caller: Caller) -> list[dict[str, str]]:
    """`{code, name}` of those on duty whom a watch can be handed to."""
    return sql.rows(RELIEF, [caller.id, access.with_tool("stay")])
