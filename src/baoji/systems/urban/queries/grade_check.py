"""Whether the grades that 满意率 counts are those that reporters gave: each was journalled when it was given."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from baoji.kernel.base import sql

# The journal's own soundness is for `audit verify`; here its last word and its count of 没解决 are held against the row.
DIFFERENT = """
WITH told AS (
  SELECT e.case_id, (array_agg(e.facts ORDER BY e.n DESC))[1] AS facts, count(*) FILTER (WHERE e.facts->>'grade' = 'not_fixed') AS not_fixed
    FROM (SELECT subject_id AS case_id, n, payload::jsonb->'facts' AS facts FROM audit_entry WHERE subject = 'urban.grade') e GROUP BY 1)
SELECT c.number, g.grade, t.facts->>'grade', g.not_fixed, t.not_fixed, g.body_id, (t.facts->>'body')::bigint
  FROM urban_grade g FULL JOIN told t ON t.case_id = g.case_id JOIN flow_case c ON c.id = coalesce(g.case_id, t.case_id)
 WHERE c.created_at >= %s AND c.created_at < %s
   AND (g.grade IS DISTINCT FROM t.facts->>'grade' OR g.not_fixed IS DISTINCT FROM t.not_fixed
        OR g.body_id IS DISTINCT FROM (t.facts->>'body')::bigint)
 ORDER BY c.created_at, c.id
"""
NAMES = ("grade", "not_fixed", "body")


class Changed(NamedTuple):
    """A case whose grade is not what was given: of each column its name, what is kept and what the journal says; None: nothing."""

    number: str
    said: tuple[tuple[str, Any, Any], ...]


def changed_grades(start: datetime, end: datetime) -> Iterator[Changed]:
    """Of the cases created in the span."""
    for number, *pairs in sql.tuples(DIFFERENT, [start, end]):
        told = zip(NAMES, pairs[::2], pairs[1::2], strict=True)
        yield Changed(number, tuple(one for one in told if one[1] != one[2]))
