"""Who is left to decide when those who acted on a case must not."""

from collections.abc import Iterable

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.base.text import mark

FREE = f"""
SELECT EXISTS (
  SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id JOIN identity_person p ON p.id = h.person_id
   WHERE t.kind = %s AND p.is_active AND p.id <> ALL(%s) AND {sql.HELD})
"""


def is_somebody_free(kind: str, involved: Iterable[int]) -> bool:
    """Whether anybody holds a post of this kind who is not among the `involved`."""
    return bool(sql.value(FREE, [kind, list(involved)]))


NOBODY_THERE = mark("这个单位还没有人任职，派去没有人签收")
STAFFED = f"""
SELECT DISTINCT t.organisation_id FROM identity_holding h
  JOIN organisations_post t ON t.id = h.post_id JOIN identity_person p ON p.id = h.person_id
 WHERE t.kind IN ('handler', 'section_head') AND p.is_active AND {sql.HELD}
"""


def _load_staffed() -> frozenset[int]:
    return frozenset(org for (org,) in sql.tuples(STAFFED))


# The organisations at which somebody can sign for a case.
staffed = Snapshot(_load_staffed, "people", "organisations", "day")
