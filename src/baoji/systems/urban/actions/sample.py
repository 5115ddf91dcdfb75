"""抽查 (cross-patrol): a small share of what was found fixed is checked once more by a collector of another grid.

It is an ordinary check, asked for by the system in the case's own record. What it finds counts as any check: not fixed
is rework. No closing gets late by it (policy `sample.spare_hours`).
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.postgres.base import HeldTooLong
from baoji.kernel.identity.callers import SYSTEM
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.actions.plausibility import Line, keep
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.cases import load
from baoji.systems.urban.queries.proposals import draw_from_another_grid
from baoji.systems.urban.rules.plausibility import Found
from baoji.systems.urban.rules.sample import is_sampled

# Found fixed, waiting to be closed, with time to spare; each case once in its life. Who has just read the answer and presses
# 结案 is not overtaken.
LEFT_ALONE = timedelta(minutes=1)
PASSED = """
SELECT c.number, c.salt, c.records FROM flow_case c
 WHERE c.flow = 'urban' AND c.status = 'open' AND c.holder_post = 'chief' AND c.step = 'passed' AND c.clock_due_at > %s AND c.last_at <= %s
   AND NOT EXISTS (SELECT 1 FROM urban_sample s WHERE s.case_id = c.id) ORDER BY c.rank, c.sort_at, c.id LIMIT 2000
"""
ASKED_SINCE = "SELECT count(*) FROM urban_sample WHERE asked_at > %s"
NOTE = "INSERT INTO urban_sample (case_id, person_id, asked_at, due_at) VALUES (%s, %s, %s, %s)"
# What became of those asked: the first check after the asking, unless the case has left for elsewhere.
ANSWERED = """
SELECT s.case_id, a.by_id, a.at, (a.facts ->> 'fixed')::boolean AS fixed, b.by_id AS checker, b.at AS checked_at
  FROM urban_sample s JOIN flow_case c ON c.id = s.case_id
  LEFT JOIN LATERAL (SELECT by_id, at, facts FROM flow_record t WHERE t.case_id = s.case_id AND t.act = 'check_answer' AND t.at >= s.asked_at
                      ORDER BY t.n LIMIT 1) a ON true
  LEFT JOIN LATERAL (SELECT by_id, at FROM flow_record t WHERE t.case_id = s.case_id AND t.act = 'check_answer' AND t.at < s.asked_at
                      ORDER BY t.n DESC LIMIT 1) b ON true
 WHERE s.ended_at IS NULL AND (a.at IS NOT NULL OR c.step <> 'checking') FOR UPDATE OF s
"""
END = "UPDATE urban_sample SET ended_at = %s, fixed = %s WHERE case_id = %s"


def _policy() -> dict[str, int]:
    given = policies().get("sample", {})
    usual = {"per_mille": 20, "most_a_day": 100, "spare_hours": 24}
    return {name: int(given.get(name, value)) for name, value in usual.items()}


def ask_samples(now: datetime) -> list[str]:
    """Asks for second looks as the lot has it; the numbers of the cases."""
    wanted = _policy()
    left = wanted["most_a_day"] - int(sql.value(ASKED_SINCE, [now - timedelta(days=1)]))
    asked: list[str] = []
    for row in sql.rows(PASSED, [now + timedelta(hours=wanted["spare_hours"]), now - LEFT_ALONE]):
        if len(asked) >= left:
            break
        if is_sampled(row["salt"], row["records"], wanted["per_mille"]) and _ask(row["number"], now):
            asked.append(row["number"])
    return asked


def _ask(number: str, now: datetime) -> bool:
    """One case in a transaction of its own: somebody may be quicker, or nobody of another grid be on shift."""
    try:
        with transaction.atomic():
            case = load(number).case
            drawn = draw_from_another_grid(case, max(now, case.last_at))
            if drawn is None:
                return False
            doing = perform_inside(
                number=number,
                act="check_request",
                by=SYSTEM,
                facts={"collector": drawn.collector.code},
                now=now,
                version=case.version,
            )
            sql.execute(NOTE, [case.pk, drawn.collector.id, doing.now, doing.case.due_at or doing.now])
    except Refused:
        return False
    except HeldTooLong:
        return False  # the others' turn; it is asked for again
    return True


@transaction.atomic
def settle_samples(now: datetime) -> int:
    """Notes what became of those asked; a second look that says otherwise is for a person to see. How many were settled."""
    rows = sql.rows(ANSWERED)
    for row in rows:
        sql.execute(END, [row["at"] or now, row["fixed"], row["case_id"]])
    keep([_line(row) for row in rows if row["fixed"] is False and row["checker"] is not None], now)
    return len(rows)


def _line(row: dict[str, Any]) -> Line:
    seconds = round((row["at"] - row["checked_at"]).total_seconds())
    found = Found("sample", row["checked_at"], {"seconds": seconds})
    return Line("sample", f"sample:{row['case_id']}", row["checker"], row["case_id"], found)
