"""Whether what the score reads from cases is what their flow records say, one case at a time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from baoji.kernel.base import sql
from baoji.kernel.worktime.limits import MEASURES, LimitUnit, MeasureKind
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.rules import clock_story

# Returns begin anew where a case is taken from its body (`effects.take_back`); figures count the records.
# The answer that stood: the last one after which the case did not go back to the body. Each column beside it: what the
# case says and what its records say.
DIFFERENT = """
SELECT c.id, c.answered_at, a.at, c.closed_at, e.at, c.returns, r.returns, c.rework, r.reworks
  FROM flow_case c
  LEFT JOIN LATERAL (
    SELECT t.at FROM flow_record t WHERE t.case_id = c.id AND t.act = 'answer' AND NOT EXISTS (
        SELECT 1 FROM flow_record b WHERE b.case_id = c.id AND b.n > t.n AND b.to_step LIKE 'handle/%%' AND b.from_step NOT LIKE 'handle/%%')
     ORDER BY t.n DESC LIMIT 1) a ON true
  LEFT JOIN LATERAL (SELECT t.at FROM flow_record t WHERE t.case_id = c.id AND t.act = 'close' ORDER BY t.n DESC LIMIT 1) e ON c.status = 'closed'
  JOIN LATERAL (SELECT count(*) FILTER (WHERE act = 'return') AS returns, bool_or(act IN ('reopen', 'recall', 'refer_back')) AS anew,
                       count(*) FILTER (WHERE act = 'check_answer' AND facts->>'fixed' = 'false') AS reworks
                  FROM flow_record t WHERE t.case_id = c.id) r ON true
 WHERE c.id = ANY(%s) AND c.scored AND c.body_id IS NOT NULL AND c.status IN ('open', 'suspended', 'closed')
   AND (c.answered_at IS DISTINCT FROM a.at OR (c.status = 'closed' AND c.closed_at IS DISTINCT FROM e.at)
        OR c.returns > r.returns OR (c.returns < r.returns AND NOT r.anew) OR c.rework <> r.reworks)
"""
FIGURES = ("answered", "closed", "returns", "reworks")
# What a case keeps of its clock, each told again from the records.
CLOCK = (
    "clock",
    "clock_limit_s",
    "clock_used_s",
    "clock_credit_s",
    "clock_since",
    "clock_due_at",
    "dispatched_at",
    "answered_at",
    "extensions",
    "deferred",
)
PAGE = 500
# Case and records in one statement: an act done meanwhile is in both or in neither.
STORIES = f"""
SELECT c.*, r.act, r.at, r.recorded_at, r.from_step, r.to_step, r.facts, r.due_at, r.receiver_person_id
  FROM (SELECT created_at, id, number, topic, limit_value, limit_unit, notes ? 'bulk', {", ".join(CLOCK)} FROM flow_case
         WHERE flow = 'urban' AND (created_at, id) > (%s, %s) AND created_at < %s ORDER BY created_at, id LIMIT %s) c
  LEFT JOIN flow_record r ON r.case_id = c.id ORDER BY c.created_at, c.id, r.n
"""
CALENDAR_CHANGED = """
SELECT max(recorded_at) FROM audit_entry WHERE subject IN ('worktime.hours', 'worktime.day')
    OR (subject = 'city' AND payload::json->'facts'->>'table' IN ('office_hours', 'days'))
"""
WIDTH = 7 + len(CLOCK)  # columns of the case


class Difference(NamedTuple):
    """A case whose columns disagree with its records: of each column its name, what the case and what the records say.

    `calendar`: the working calendar was changed after this clock began, which may be all there is to it.
    """

    number: str
    said: tuple[tuple[str, Any, Any], ...]
    calendar: bool = False


class Page(NamedTuple):
    """`bulk` of the `cases` were loaded as rows for a bench: no act was done on them, so that no act can tell their clock."""

    cases: int
    bulk: int
    differences: list[Difference]


class _Case(NamedTuple):
    created_at: datetime
    id: int
    number: str
    topic: str
    limit_value: Any
    limit_unit: str
    is_bulk: bool
    kept: tuple[Any, ...]


def pages(start: datetime, end: datetime, size: int = PAGE) -> Iterator[Page]:
    """Looks at the cases created in the span, some hundreds at a time, the oldest first."""
    changed = sql.value(CALENDAR_CHANGED) or datetime.min.replace(tzinfo=UTC)
    after: tuple[datetime, int] = (start, 0)
    while found := sql.tuples(STORIES, [*after, end, size]):
        stories = [
            (_Case._make((*head[:7], head[7:])), [row[WIDTH:] for row in rows])
            for head, rows in groupby(found, key=lambda row: row[:WIDTH])
        ]
        other = {row[0]: row[1:] for row in sql.tuples(DIFFERENT, [[case.id for case, _ in stories]])}
        compared = [_compared(case, acts, other.get(case.id), changed) for case, acts in stories]
        bulk = sum(case.is_bulk for case, _ in stories)
        yield Page(len(stories), bulk, [one for one in compared if one is not None])
        after = (stories[-1][0].created_at, stories[-1][0].id)


def differences(start: datetime, end: datetime) -> Iterator[Difference]:
    """Cases created in the span whose columns disagree with their records."""
    for page in pages(start, end):
        yield from page.differences


def _compared(
    case: _Case, acts: Sequence[tuple[Any, ...]], figures: Sequence[Any] | None, changed: datetime
) -> Difference | None:
    pairs = zip(FIGURES, figures[::2], figures[1::2], strict=True) if figures else ()
    said = [pair for pair in pairs if pair[1] != pair[2]]
    told, begun_at = (case.kept, None) if case.is_bulk else _told(case, acts)
    clock = [pair for pair in zip(CLOCK, case.kept, told, strict=True) if pair[1] != pair[2]]
    if not said and not clock:
        return None
    by_calendar = not said and begun_at is not None and begun_at < changed and _in_office_hours(case)
    return Difference(case.number, (*said, *clock), by_calendar and _of_calendar(clock))


def _in_office_hours(case: _Case) -> bool:
    return MEASURES[LimitUnit(case.limit_unit)] is MeasureKind.WORK


def _of_calendar(clock: Sequence[tuple[str, Any, Any]]) -> bool:
    """Another calendar gives other times, and nothing else."""
    return {name for name, _kept, _told in clock} <= {"clock_used_s", "clock_credit_s", "clock_due_at"}


def _told(case: _Case, rows: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, ...], datetime | None]:
    """What the records tell of the clock in the order of `CLOCK`, and when its limit was begun."""
    acts = [
        clock_story.Act(act, at, recorded_at, left, to, _facts(facts), due_at, asked)
        for act, at, recorded_at, left, to, facts, due_at, asked in rows
        if act is not None
    ]
    try:
        face = clock_story.tell(acts, (case.limit_value, case.limit_unit), case.topic, current_calendar())
    except (ValueError, ArithmeticError, KeyError):
        return ("no clock that these records can tell", *case.kept[1:]), None
    return tuple(getattr(face, name) for name in CLOCK), face.begun_at


def _facts(facts: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(facts) if isinstance(facts, str) else facts
    return found
