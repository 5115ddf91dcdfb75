"""核对 as people read it: what does not fit together, newest first, by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from baoji.kernel.base import sql

STATES = ("new", "follow", "seen", "unknown", "gone")
PAGE = 50
MOST_COUNTED = 100
LISTED = """
SELECT f.id, f.kind, f.at, f.found_at, f.facts::text AS facts, f.state, f.note, f.decided_at, p.code, p.name, b.name AS by_name,
       c.number, c.case_number, c.title, c.address,
       CASE WHEN f.subject ~ '^delivery:[0-9a-f-]{{36}}$'
            THEN (SELECT d.delivered_at FROM urban_delivery d WHERE d.name = substr(f.subject, 10)::uuid) END AS arrived_at
  FROM urban_plausibility f JOIN identity_person p ON p.id = f.person_id LEFT JOIN identity_person b ON b.id = f.by_id
  LEFT JOIN flow_case c ON c.id = f.case_id
 WHERE {where} ORDER BY f.id DESC LIMIT %(limit)s
"""
WAITING = "SELECT count(*) FROM (SELECT 1 FROM urban_plausibility WHERE state = 'new' LIMIT %s) x"
OF_CASE = """
SELECT state, count(*) FROM urban_plausibility WHERE case_id = %s AND state IN ('new', 'follow', 'seen') GROUP BY state
"""


SAMPLES = """
SELECT count(*) AS asked, count(fixed) AS answered, count(*) FILTER (WHERE NOT fixed) AS otherwise FROM urban_sample WHERE asked_at >= %s
"""


@dataclass(frozen=True)
class Asked:
    """Which findings: `person` is a code, `case` a task number or case number, `before` the id behind which to go on."""

    state: str = "new"
    kind: str = ""
    person: str = ""
    case: str = ""
    before: int | None = None


WHERE = {
    "kind": "f.kind = %(kind)s",
    "person": "f.person_id = (SELECT id FROM identity_person WHERE code = %(person)s)",
    "case": "f.case_id IN (SELECT id FROM flow_case WHERE number = %(case)s OR case_number = %(case)s)",
    "before": "f.id < %(before)s",
}


def findings(asked: Asked, limit: int = PAGE) -> tuple[list[dict[str, Any]], int | None]:
    """A page, and the `before` of the next one. Of one case all states are shown."""
    parts = [] if asked.case else ["f.state = %(state)s"]
    parts += [words for name, words in WHERE.items() if getattr(asked, name)]
    given = {**vars(asked), "limit": limit + 1}
    rows = sql.rows(LISTED.format(where=" AND ".join(parts)), given)
    shown = [{**row, "facts": orjson.loads(row["facts"])} for row in rows[:limit]]
    return shown, rows[limit - 1]["id"] if len(rows) > limit else None


def findings_waiting() -> int:
    """How many nobody has looked at yet; counted up to a hundred."""
    return int(sql.value(WAITING, [MOST_COUNTED]))


def findings_of(case_id: int) -> dict[str, int]:
    """How many of a case in each state that a reader of the case should know of."""
    return dict(sql.tuples(OF_CASE, [case_id]))


def samples(since: datetime) -> dict[str, int]:
    """抽查 since then: `asked`, `answered`, and how many said `otherwise` than the check before."""
    found = sql.row(SAMPLES, [since])
    assert found is not None
    return found
