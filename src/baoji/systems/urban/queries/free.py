"""Who is left to decide when those who acted on a case must not."""

from collections.abc import Iterable

from baoji.kernel.base import sql

FREE = f"""
SELECT EXISTS (
  SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id JOIN identity_person p ON p.id = h.person_id
   WHERE t.kind = %s AND p.is_active AND p.id <> ALL(%s) AND {sql.HELD})
"""


def is_somebody_free(kind: str, involved: Iterable[int]) -> bool:
    """Whether anybody holds a post of this kind who is not among the `involved`."""
    return bool(sql.value(FREE, [kind, list(involved)]))
