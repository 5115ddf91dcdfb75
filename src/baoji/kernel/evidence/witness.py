"""Receipts and envelopes as witnesses of the journal: what the server said it received is still there, byte by byte."""

from collections.abc import Iterator
from typing import NamedTuple

from baoji.kernel.audit.verification.chains import Told
from baoji.kernel.audit.verification.reading import Connection, stream
from baoji.kernel.audit.verification.report import Finding
from baoji.kernel.evidence.receipts import SUBJECT

# An envelope whose bytes are no longer those of its name counts as gone.
RECEIPTS = """
SELECT r.id, r.hash, encode(sha256(r.body), 'hex'), ARRAY(
    SELECT CASE WHEN encode(sha256(e.bytes), 'hex') = e.hash THEN e.hash ELSE '' END
      FROM unnest(r.envelopes) WITH ORDINALITY AS w(id, at) LEFT JOIN evidence_envelope e ON e.id = w.id ORDER BY w.at
  )
  FROM evidence_receipt r {where} ORDER BY r.id
"""


class ReceiptRow(NamedTuple):
    id: int
    hash: str
    digest: str
    envelopes: list[str]


class ReceiptWitness:
    subject = SUBJECT

    def __init__(self) -> None:
        self._count = 0

    def open(self, connection: Connection, scope: str | None) -> None:
        where = f"WHERE r.id IN ({scope})" if scope else ""
        self._rows = map(ReceiptRow._make, stream(connection, RECEIPTS.format(where=where)))
        self._next = next(self._rows, None)

    def _upto(self, id_: int | None) -> Iterator[ReceiptRow]:
        while self._next is not None and (id_ is None or self._next.id <= id_):
            self._count += 1
            yield self._next
            self._next = next(self._rows, None)

    def compare(self, subject_id: int, told: list[Told]) -> Iterator[Finding]:
        row: ReceiptRow | None = None
        for one in self._upto(subject_id):
            if one.id == subject_id:
                row = one
            else:
                yield self._untold(one)
        line, facts = told[0]
        if row is None:
            yield line.finding("receipt", "the receipt is gone")
        elif not row.hash == row.digest == facts.get("receipt"):
            yield line.finding("receipt", "the receipt was changed")
        elif row.envelopes != facts.get("envelopes"):
            yield line.finding("receipt", "an envelope that it names is gone or was changed")

    def rest(self) -> Iterator[Finding]:
        yield from map(self._untold, self._upto(None))

    def _untold(self, row: ReceiptRow) -> Finding:
        return Finding("journal", "the receipt has no entry in the journal", self.subject, row.id)

    def counts(self) -> dict[str, int]:
        return {"receipts": self._count}
