"""Whether what the score reads from cases is what their flow records say, one case at a time."""

from datetime import datetime
from typing import Any

from baoji.kernel.base import sql

# Returns begin anew where a case is taken from its body (`effects.take_back`); figures count the records.
# The answer that stood: the last one after which the case did not go back to the body. Each column beside it: what the
# case says and what its records say.
DIFFERENT = """
SELECT c.number, c.answered_at, a.at, c.closed_at, e.at, c.returns, r.returns, c.rework, r.reworks
  FROM flow_case c
  LEFT JOIN LATERAL (
    SELECT t.at FROM flow_record t WHERE t.case_id = c.id AND t.act = 'answer' AND NOT EXISTS (
        SELECT 1 FROM flow_record b WHERE b.case_id = c.id AND b.n > t.n AND b.to_step LIKE 'handle/%%' AND b.from_step NOT LIKE 'handle/%%')
     ORDER BY t.n DESC LIMIT 1) a ON true
  LEFT JOIN LATERAL (SELECT t.at FROM flow_record t WHERE t.case_id = c.id AND t.act = 'close' ORDER BY t.n DESC LIMIT 1) e ON c.status = 'closed'
  JOIN LATERAL (SELECT count(*) FILTER (WHERE act = 'return') AS returns, bool_or(act IN ('reopen', 'recall', 'refer_back')) AS anew,
                       count(*) FILTER (WHERE act = 'check_answer' AND facts->>'fixed' = 'false') AS reworks
                  FROM flow_record t WHERE t.case_id = c.id) r ON true
 WHERE c.flow = 'urban' AND c.scored AND c.body_id IS NOT NULL AND c.status IN ('open', 'suspended', 'closed')
   AND c.created_at >= %(start)s AND c.created_at < %(end)s
   AND (c.answered_at IS DISTINCT FROM a.at OR (c.status = 'closed' AND c.closed_at IS DISTINCT FROM e.at)
        OR c.returns > r.returns OR (c.returns < r.returns AND NOT r.anew) OR c.rework <> r.reworks)
 ORDER BY c.created_at, c.id
"""


def differences(start: datetime, end: datetime) -> list[tuple[Any, ...]]:
    """Cases created in the span whose columns disagree with their records: number, then pairs of case and records."""
    return sql.tuples(DIFFERENT, {"start": start, "end": end})
