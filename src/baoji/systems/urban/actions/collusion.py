"""协作分析: the worker sums up who met whom; an export is on record."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.actions.plausibility import SET_MARK, require_may_weigh
from baoji.systems.urban.queries.collusion import (
    REFRESH,
    Asked,
    mark_of,
    next_month,
    quick_minutes,
    starts_at,
)

SETTLES = timedelta(days=10)  # so long a month is summed up again after its end: acts may come late
FIRST_CASE = "SELECT min(created_at) FROM flow_case WHERE flow = 'urban'"
KNOWN = "SELECT name FROM urban_plausibility_mark WHERE name LIKE 'pairs:%%' AND at >= %s"


@transaction.atomic
def sum_up(month: date, now: datetime) -> None:
    """Replaces a month's sums by what the records say now; `month` is its first day. Two at once wait for each other, and a large
    city's month takes longer than an act may wait."""
    sql.execute("SET LOCAL lock_timeout = 0")
    sql.value("SELECT pg_advisory_xact_lock(hashtext(%s))", [mark_of(month)])
    given: dict[str, Any] = {
        "month": month,
        "start": starts_at(month),
        "end": starts_at(next_month(month)),
        "quick": timedelta(minutes=quick_minutes()),
    }
    sql.execute("DELETE FROM urban_pair_month WHERE month = %s", [month])
    for kind, statement in REFRESH.items():
        sql.execute(statement, given | {"kind": kind})
    sql.execute(SET_MARK, [mark_of(month), now])


def sum_up_due(now: datetime) -> list[date]:
    """Sums up this month, one that has just ended, and those that never were; the months, oldest first."""
    first = sql.value(FIRST_CASE)
    if first is None:
        return []
    months = Asked("", _month(first), _month(now)).months
    done = []
    for month in months:
        ended = starts_at(next_month(month))
        if now < ended + SETTLES or mark_of(month) not in _known(ended):
            sum_up(month, now)
            done.append(month)
    return done


def _known(since: datetime) -> set[str]:
    return {row[0] for row in sql.tuples(KNOWN, [since])}


def _month(at: datetime) -> date:
    return timezone.localdate(at).replace(day=1)


@transaction.atomic
def note_export(*, by: Caller, asked: Asked, pairs: int, now: datetime) -> None:
    """Who took which pairs out of the house stands in the journal. Raises NotAllowed."""
    require_may_weigh(by)
    facts = {"kind": asked.kind, "first": asked.first.isoformat(), "last": asked.last.isoformat(), "n": pairs}
    audit.record("urban.pairs", by.id or 0, "export", facts, by.id, now)
