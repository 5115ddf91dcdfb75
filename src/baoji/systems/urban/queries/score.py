"""考核评价, first cut: figures for 区域, 部门 and 岗位 over any period, computed from flow records alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.maps.queries import division_names
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.limits import MeasureKind, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries.book import rates
from baoji.systems.urban.rules.score import FIGURES, Facts, Period, Row, tally

# The steps whose own limits are added to the body's limit before a closing is late.
CLOSING_STEPS = ("feedback/answered", "check/to_check", "check/checking", "check/passed")
# Cases whose deadline may fall into a period were dispatched at most this long before it.
MARGIN = timedelta(days=400)

# The answer that stood: the last one after which the case did not go back to the body.
_CASES = """
SELECT c.number, c.body_id, c.area, c.clock_due_at, c.limit_unit, c.severity, a.at, a.used,
       CASE WHEN c.status = 'closed' THEN c.closed_at END, c.rework, c.returns, c.exempt, c.deferred
  FROM flow_case c
  LEFT JOIN LATERAL (
    SELECT t.at, extract(epoch FROM t.at - (SELECT max(d.at) FROM flow_record d
             WHERE d.case_id = c.id AND d.act IN ('dispatch', 'arbitrate') AND d.at <= t.at))::int AS used
      FROM flow_record t WHERE t.case_id = c.id AND t.act = 'answer' AND NOT EXISTS (
        SELECT 1 FROM flow_record b WHERE b.case_id = c.id AND b.n > t.n AND b.to_step LIKE 'handle/%%' AND b.from_step NOT LIKE 'handle/%%')
     ORDER BY t.n DESC LIMIT 1) a ON true
 WHERE c.flow = 'urban' AND c.clock_due_at >= %(from)s AND c.clock_due_at < %(to)s AND c.body_id IS NOT NULL AND c.scored
   AND c.status IN ('open', 'suspended', 'closed') AND c.clock <> 'paused'
"""
_RETURNS = """
SELECT d.receiver_org_id, count(*) FROM flow_record t JOIN LATERAL (
    SELECT receiver_org_id FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act IN ('dispatch', 'arbitrate') ORDER BY n DESC LIMIT 1) d ON true
 WHERE t.act = 'return' AND t.at >= %(from)s AND t.at < %(to)s GROUP BY 1
"""
_POSTS = """
SELECT p.code, p.name, t.post, t.act, count(*), count(*) FILTER (WHERE t.overdue)
  FROM flow_record t JOIN identity_person p ON p.id = t.by_id
 WHERE t.at >= %(from)s AND t.at < %(to)s AND t.act = ANY(%(acts)s) AND t.post <> 'reporter'
 GROUP BY 1, 2, 3, 4 ORDER BY t.post, p.code
"""
_VALID = """
SELECT p.code, count(*), count(*) FILTER (WHERE c.case_number IS NOT NULL)
  FROM flow_case c JOIN identity_person p ON p.id = c.reporter_id WHERE c.created_at >= %(from)s AND c.created_at < %(to)s GROUP BY 1
"""
POST_ACTS = (
    "report", "accept", "reject", "settle", "file", "decline", "dispatch", "refer_back", "verify_answer", "check_answer", "check_request",
    "verify_request", "review", "send_back", "close", "void", "sign", "answer",
)


@dataclass(frozen=True)
class PostRow:
    """What one person did at one post: how often each act, how often late."""

    code: str
    name: str
    post: str
    done: dict[str, int]
    late: dict[str, int]
    reports: int = 0
    valid_reports: int = 0


def period(start: datetime, end: datetime, now: datetime) -> Period:
    return Period(start, end, min(end, now))


def facts(over: Period) -> list[Facts]:
    """The scored cases whose body's or closing deadline may fall into the period."""
    calendar, minutes = current_calendar(), rates().minutes
    seconds = 60 * sum(minutes.get(step, 0) for step in CLOSING_STEPS)
    clock, work = measure_for(MeasureKind.CLOCK, calendar), measure_for(MeasureKind.WORK, calendar)
    tree = organisations()
    rows = sql.tuples(_CASES, {"from": over.start - timedelta(days=15), "to": over.end})
    return [
        Facts(
            number, tree.code(body) or "", area, due, (clock if unit.startswith("urgent") or severity != "normal" else work).add(due, seconds),
            answered, closed, rework, returns, used or 0, severity == "critical", exempt, deferred,
        )
        for number, body, area, due, unit, severity, answered, used, closed, rework, returns, exempt, deferred in rows
    ]


def departments(over: Period, known: list[Facts] | None = None) -> list[Row]:
    tree = organisations()
    returned = {tree.code(id_): n for id_, n in sql.tuples(_RETURNS, {"from": over.start, "to": over.as_of})}
    grouped = _grouped(known if known is not None else facts(over), lambda one: one.body)
    codes = sorted({*grouped, *(code for code in returned if code)})
    return [
        tally(code, tree.by_code[code].name if code in tree.by_code else code, grouped.get(code, []), over, returned.get(code, 0))
        for code in codes
    ]


def areas(over: Period, level: int = 6, known: list[Facts] | None = None) -> list[Row]:
    """By county (6 digits), street (9) or community (12)."""
    grouped = _grouped(known if known is not None else facts(over), lambda one: one.area[:level])
    names = division_names()
    return [tally(code, names.get(code.ljust(12, "0") if level > 6 else code, code), grouped[code], over) for code in sorted(grouped)]


def _grouped(found: Iterable[Facts], key: Any) -> dict[str, list[Facts]]:
    groups: dict[str, list[Facts]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    return groups


def total(over: Period, known: list[Facts]) -> Row:
    returned = sum(n for _id, n in sql.tuples(_RETURNS, {"from": over.start, "to": over.as_of}))
    return tally("", "合计", known, over, returned)


def behind(over: Period, figure: str, *, body: str = "", area: str = "") -> list[str]:
    """The numbers of exactly the cases that a figure counts."""
    test = FIGURES[figure]
    return [
        one.number for one in facts(over)
        if test(one, over) and (not body or one.body == body) and (not area or one.area.startswith(area))
    ]


def posts(over: Period) -> list[PostRow]:
    span = {"from": over.start, "to": over.as_of}
    reports = {code: (n, valid) for code, n, valid in sql.tuples(_VALID, span)}
    found: dict[tuple[str, str], PostRow] = {}
    for code, name, post, act, n, late in sql.tuples(_POSTS, {**span, "acts": list(POST_ACTS)}):
        row = found.setdefault((code, post), PostRow(code, name, post, {}, {}, *reports.get(code, (0, 0))))
        row.done[act], row.late[act] = n, late
    return list(found.values())


def days(over: Period, known: list[Facts]) -> list[tuple[str, int, int]]:
    """(day, in time, overdue) of what was due on each day of the period, in the city's time."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in known:
        if FIGURES["need_dispose"](one, over):
            found[timezone.localdate(one.due_at).isoformat()][0 if FIGURES["in_time"](one, over) else 1] += 1
    return [(day, good, bad) for day, (good, bad) in sorted(found.items())]
