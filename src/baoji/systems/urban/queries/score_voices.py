"""满意度 in the score: what reporters said of closed cases, by the body that was responsible and by area.

A grade belongs to the period in which the case that it is about was closed. It is shown beside the rates and weighs nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.systems.urban.rules.score import VOICES, Period

# The last word of each report, and whether it was ever called not fixed.
COUNTED = """
SELECT g.body_id, left(c.area, %(level)s), g.grade, count(*), count(*) FILTER (WHERE g.not_fixed > 0)
  FROM urban_grade g JOIN flow_case c ON c.id = g.case_id
 WHERE g.closed_at >= %(start)s AND g.closed_at < %(end)s AND g.closed_at <= %(as_of)s AND g.at <= %(as_of)s AND g.body_id IS NOT NULL
   AND (%(body)s::bigint[] IS NULL OR g.body_id = ANY(%(body)s::bigint[]))
 GROUP BY 1, 2, 3
"""
SATISFIED = ("very_good", "good")
# figure → what a grade has to be for it
WHICH = {
    **{
        f"graded_{grade}": f"g.grade = '{grade}'"
        for grade in ("very_good", "good", "fair", "poor", "not_fixed")
    },
    "graded": "true",
    "satisfied": "g.grade IN ('very_good', 'good')",
    "said_not_fixed": "g.not_fixed > 0",
}
BEHIND = """
SELECT c.id, c.number, c.case_number, c.title, c.address, g.body_id, c.status, c.stage, c.step, c.clock_due_at AS due,
       c.answered_at AS answered, g.closed_at AS closed, g.closed_at AS at
  FROM urban_grade g JOIN flow_case c ON c.id = g.case_id
 WHERE g.closed_at >= %(start)s AND g.closed_at < %(end)s AND g.closed_at <= %(as_of)s AND g.at <= %(as_of)s AND g.body_id IS NOT NULL
   AND (%(body)s::bigint[] IS NULL OR g.body_id = ANY(%(body)s::bigint[])) AND c.area LIKE %(place)s
   AND (%(after)s::timestamptz IS NULL OR (g.closed_at, c.id) > (%(after)s::timestamptz, %(after_id)s::bigint)) AND {which}
 ORDER BY g.closed_at, c.id LIMIT %(limit)s
"""
Counts = dict[Any, dict[str, int]]


class Voices:
    """The counts of `VOICES` by body, by area and of all."""

    def __init__(self) -> None:
        self.by_body: Counts = defaultdict(lambda: dict.fromkeys(VOICES, 0))
        self.by_area: Counts = defaultdict(lambda: dict.fromkeys(VOICES, 0))
        self.all: dict[str, int] = dict.fromkeys(VOICES, 0)

    def add(self, body: int, area: str, grade: str, n: int, ever_not_fixed: int) -> None:
        for counts in (self.by_body[body], self.by_area[area], self.all):
            counts[f"graded_{grade}"] += n
            counts["graded"] += n
            counts["satisfied"] += n if grade in SATISFIED else 0
            counts["said_not_fixed"] += ever_not_fixed


def voices(params: Mapping[str, Any]) -> Voices:
    """`params`: start, end, as_of, level (digits of the area code), body (ids or None)."""
    found = Voices()
    for line in sql.tuples(COUNTED, params):
        found.add(*line)
    return found


def behind(
    over: Period,
    figure: str,
    *,
    bodies: list[int] | None = None,
    area: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Exactly the cases whose grade a figure of `VOICES` counts, in the order of closing; `after` is (closed, id) of the last one seen."""
    return sql.rows(
        BEHIND.format(which=WHICH[figure]),
        {
            "start": over.start,
            "end": over.end,
            "as_of": over.as_of,
            "body": bodies,
            "place": f"{area}%",
            "after": after[0] if after else None,
            "after_id": after[1] if after else None,
            "limit": limit,
        },
    )
