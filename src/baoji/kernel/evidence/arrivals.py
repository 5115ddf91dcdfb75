"""How an envelope came: the same bytes may come several times, with a signature that does not fit, from somebody else, or before
their key was enrolled. One of these arrivals is the one that counts, for the pages as for the check of an export."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from baoji.kernel.base import sql

# All rows of the same bytes (two indexes over their hash), and the receipts that name each, in their order.
SAME = """
SELECT e.hash, e.id, e.holds, r.id, r.number, r.report, r.received_at
  FROM (SELECT DISTINCT hash FROM evidence_envelope WHERE id = ANY(%s)) a CROSS JOIN LATERAL (
    SELECT id, hash, holds FROM evidence_envelope WHERE hash = a.hash AND device_id IS NOT NULL
     UNION ALL SELECT id, hash, holds FROM evidence_envelope WHERE hash = a.hash AND device_id IS NULL
  ) e LEFT JOIN evidence_receipt r ON r.envelopes @> ARRAY[e.id] ORDER BY r.id NULLS LAST, e.id
"""


class Came(NamedTuple):
    """A receipt that names the envelope."""

    number: str
    report: str
    at: datetime


@dataclass
class Arrival:
    """`row` is the one that counts of `rows`, those of the same bytes; `receipts` those that count, in their order."""

    hash: str
    row: int
    rows: list[int] = field(default_factory=list)
    receipts: list[Came] = field(default_factory=list)

    @property
    def at(self) -> datetime | None:
        """When it came, as the journal has it; None where no receipt says so."""
        return self.receipts[0].at if self.receipts else None


def arrivals(envelope_ids: Iterable[int]) -> dict[int, Arrival]:
    """Of each of these rows, and of all others with the same bytes.

    What the server had found good counts: there is one such row at most, that of the device. Else whichever came first.
    """
    found: dict[str, list[tuple[int, bool, int | None, Came]]] = {}
    for hash_, id_, holds, receipt, *came in sql.tuples(SAME, [sorted(set(envelope_ids))]):
        found.setdefault(hash_, []).append((id_, holds, receipt, Came(*came)))
    made = [_arrival(hash_, rows) for hash_, rows in found.items()]
    return {row: one for one in made for row in one.rows}


def _arrival(hash_: str, rows: list[tuple[int, bool, int | None, Came]]) -> Arrival:
    good = [one for one in rows if one[1]]
    counting = good or rows
    receipts = {receipt: came for _id, _holds, receipt, came in counting if receipt is not None}
    return Arrival(hash_, counting[0][0], sorted({one[0] for one in rows}), [*receipts.values()])
