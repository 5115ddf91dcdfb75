"""Timers that a case's clock asks for and that are not there: set again, so that no case waits for ever.

A timer is a row like others, and its absence says nothing: a case without it is never told of, and never wakes. What a time that
was over before anybody looked should have said is not said any more; waking and arbitration are done however late. The stages of
a condition and what waits for a signature or a decision are not looked at: when these are due is not written with the case.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from baoji.kernel.base import sql
from baoji.kernel.flow import store
from baoji.kernel.flow.clockwork import twice_due
from baoji.kernel.flow.models import Case
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries import cases
from baoji.systems.urban.queries.book import rates

log = logging.getLogger("baoji.urban.timers")
MOST_AT_ONCE = 1000  # suspects of one look; each is loaded, and the timers that are due wait meanwhile
_NONE = "NOT EXISTS (SELECT 1 FROM flow_timer t WHERE t.case_id = c.id AND t.kind"
# Twice late lies about as far behind the limit as the limit behind its begin; holidays may lie between.
_NOT_TWICE = "c.due_at + 2 * (c.due_at - least(c.step_since, c.dispatched_at)) + interval '15 days' > %(now)s AND NOT c.notes ? 'bulk'"
# Cases that may lack one; what they lack is said by `lacking`. Each part reads its own index of open cases.
_SUSPECTS = f"""
SELECT id FROM (
SELECT c.id FROM flow_case c WHERE c.status = 'open' AND c.due_at > %(now)s AND {_NONE} = 'due' AND t.due_at = c.due_at)
UNION SELECT c.id FROM flow_case c
 WHERE c.status = 'open' AND c.due_at > %(now)s AND c.near_at > %(now)s AND {_NONE} = 'near' AND t.due_at = c.near_at)
UNION SELECT c.id FROM flow_case c
 WHERE c.status = 'open' AND c.due_at <= %(now)s AND (c.step = 'arbitrating' OR {_NOT_TWICE}) AND {_NONE} IN ('due', 'twice'))
UNION SELECT c.id FROM flow_case c WHERE c.status = 'suspended' AND {_NONE} = 'wake')
UNION SELECT c.id FROM flow_case c
 WHERE c.pending ? 'supervise' AND (c.pending->'supervise'->>'reply_by')::timestamptz > %(now)s AND {_NONE} = 'reply')
) x WHERE id > %(after)s ORDER BY id LIMIT %(most)s
"""
_UNTIL = """
SELECT at, (facts->>'until')::timestamptz FROM flow_record
 WHERE case_id = %s AND act = 'suspend_decide' AND facts ? 'until' ORDER BY n DESC LIMIT 1
"""


class Lacking(NamedTuple):
    """A case, and when each of its missing timers (by kind) should come due."""

    case_id: int
    number: str
    timers: dict[str, datetime]


class Look:
    """Where the last look ended: where a city has more suspects than one look takes, the next one goes on from there."""

    def __init__(self) -> None:
        self.after = 0

    def suspects(self, now: datetime) -> list[int]:
        given = {"now": now, "after": self.after, "most": MOST_AT_ONCE}
        found = [case_id for (case_id,) in sql.tuples(_SUSPECTS, given)]
        self.after = found[-1] if len(found) == MOST_AT_ONCE else 0
        return found


def lacking(now: datetime, look: Look | None = None) -> Iterator[Lacking]:
    """The cases of one look that lack a timer their clock asks for."""
    for case_id in (look or Look()).suspects(now):
        found = _lacking(cases.load_by_id(case_id).case, now)
        if found.timers:
            yield found


def set_lost(now: datetime, look: Look | None = None) -> int:
    """Sets what cases lack, each case locked, so that no act is under way; the worker's log names them. How many cases."""
    count = 0
    for suspected in lacking(now, look):
        with transaction.atomic():
            loaded = cases.load_if_free(suspected.case_id)
            if loaded is None:
                continue  # an act sets its timers itself; else the next look finds it again
            found = _lacking(loaded.case, now)
            store.set_timers(found.case_id, [], found.timers)
        if found.timers:
            count += 1
            log.error(
                "case %s had lost its timers %s: set again", found.number, ", ".join(sorted(found.timers))
            )
    return count


def _lacking(case: Case, now: datetime) -> Lacking:
    there = dict(sql.tuples("SELECT kind, due_at FROM flow_timer WHERE case_id = %s", [case.pk]))
    asked = _asked(case, there, now)
    return Lacking(case.pk, case.number, {kind: at for kind, at in asked.items() if there.get(kind) != at})


def _asked(case: Case, there: dict[str, Any], now: datetime) -> dict[str, datetime]:
    asked: dict[str, datetime] = {}
    if case.status == "open" and case.due_at is not None:
        if case.due_at > now:
            ahead = {"due": case.due_at, "near": case.near_at}
            asked |= {kind: at for kind, at in ahead.items() if at is not None and at > now}
        elif not there.keys() & {"due", "twice"}:
            asked |= _late(case, now)
    if case.status == "suspended" and "wake" not in there:
        asked |= _wakes(case)
    if "supervise" in case.pending:
        by = datetime.fromisoformat(case.pending["supervise"]["reply_by"])
        asked |= {"reply": by} if by > now else {}
    return asked


def _late(case: Case, now: datetime) -> dict[str, datetime]:
    """Whether a late step's next post up has heard of it is not known; an arbitration that was made would have moved the case."""
    if case.due_at is not None and (case.stage, case.step) == ("dispatch", "arbitrating"):
        return {"due": case.due_at}
    twice = twice_due(case, f"{case.stage}/{case.step}", current_calendar(), rates())
    return {"twice": twice} if twice is not None and twice > now and "bulk" not in case.notes else {}


def _wakes(case: Case) -> dict[str, datetime]:
    for at, until in sql.tuples(_UNTIL, [case.pk]):
        return {"wake": max(at, until)}
    return {}
