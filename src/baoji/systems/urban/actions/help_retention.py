"""What the hotline, other hotlines and crews' links leave of people is erased with the callers of cases: same term, same journal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.systems.urban.queries.merged import ended_at

AT_ONCE = 500
ENDED = f"{ended_at('c')} < %(before)s"
CALLS = f"""
SELECT k.id FROM urban_call k LEFT JOIN flow_case c ON c.id = k.case_id
 WHERE (k.phone <> '' OR k.recording <> '') AND k.rang_at < %(before)s AND (k.case_id IS NULL OR ({ENDED})) ORDER BY k.id LIMIT {AT_ONCE}
"""
LINKS = f"""
SELECT l.id FROM urban_crew_link l JOIN flow_case c ON c.id = l.case_id
 WHERE (l.phone <> '' OR l.mail <> '') AND {ENDED} ORDER BY l.id LIMIT {AT_ONCE}
"""
ORDERS = f"""
SELECT h.id FROM urban_handover h LEFT JOIN flow_case c ON c.id = h.case_id
 WHERE h."order" #> '{{elements,people}}' IS NOT NULL AND h.state IN ('declined', 'done') AND h.at < %(before)s
   AND (h.case_id IS NULL OR ({ENDED})) ORDER BY h.id LIMIT {AT_ONCE}
"""
WITHOUT_PEOPLE = "#- '{elements,people}'"
WITHOUT_CALLER = "#- '{elements,people,caller}'"


@transaction.atomic
def calls(before: datetime, kept: int) -> int:
    ids = _due(CALLS, before)
    sql.execute("UPDATE urban_call SET phone = '', recording = '' WHERE id = ANY(%s)", [ids])
    return _said("urban.call", ids, kept, before, "phone", "recording")


@transaction.atomic
def crew_links(before: datetime, kept: int) -> int:
    ids = _due(LINKS, before)
    sql.execute("UPDATE urban_crew_link SET phone = '', mail = '' WHERE id = ANY(%s)", [ids])
    return _said("urban.crew_link", ids, kept, before, "phone", "mail")


@transaction.atomic
def handovers(before: datetime, kept: int) -> int:
    ids = _due(ORDERS, before)
    sql.execute(f'UPDATE urban_handover SET "order" = "order" {WITHOUT_PEOPLE} WHERE id = ANY(%s)', [ids])
    for table in ("urban_handover_in", "urban_handover_out"):
        sql.execute(f"UPDATE {table} SET body = body {WITHOUT_PEOPLE} WHERE handover_id = ANY(%s)", [ids])
    return _said("urban.handover", ids, kept, before, "people")


def forget_caller(case_id: int) -> None:
    """On the caller's own word: their number at the telephone, their name and number in orders from and to other hotlines. In the
    caller's transaction, which says so in the journal."""
    sql.execute("UPDATE urban_call SET phone = '' WHERE case_id = %s", [case_id])
    orders = [row[0] for row in sql.tuples("SELECT id FROM urban_handover WHERE case_id = %s", [case_id])]
    if orders:
        sql.execute(
            f'UPDATE urban_handover SET "order" = "order" {WITHOUT_CALLER} WHERE id = ANY(%s)', [orders]
        )
        for table in ("urban_handover_in", "urban_handover_out"):
            sql.execute(
                f"UPDATE {table} SET body = body {WITHOUT_CALLER} WHERE handover_id = ANY(%s)", [orders]
            )


def _due(statement: str, before: datetime) -> list[int]:
    return [row[0] for row in sql.tuples(statement, {"before": before})]


def _said(subject: str, ids: list[int], kept: int, before: datetime, *what: str) -> int:
    facts: dict[str, Any] = {"rule": "caller", "days": kept, "what": list(what)}
    for id_ in ids:
        record(subject, id_, "erase", facts, None, before + timedelta(days=kept))
    return len(ids)


def kinds(kept: int) -> dict[str, Callable[[datetime], int]]:
    """Each erases one batch of what is due at an instant and says how many; `kept` days after the end of the case."""
    works = {"calls": calls, "crew_links": crew_links, "handovers": handovers}
    return {name: _at(work, kept) for name, work in works.items()}


def _at(work: Callable[[datetime, int], int], kept: int) -> Callable[[datetime], int]:
    return lambda now: work(now - timedelta(days=kept), kept)
