"""Each subject's chain: numbers without a gap, hashes that follow from the text, columns that repeat the text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import orjson

from baoji.kernel.audit.verification.reading import Connection, stream
from baoji.kernel.audit.verification.report import Finding, Report

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
COLUMNS = ("subject", "id", "n", "actor", "verb", "at", "recorded")
ENTRIES = """
SELECT subject, subject_id, n, id, actor_id, verb, at, recorded_at, payload, hash FROM audit_entry {where}
 ORDER BY subject, subject_id, n
"""


class Line(NamedTuple):
    """An entry as it stands in the table."""

    subject: str
    subject_id: int
    n: int
    id: int
    actor_id: int | None
    verb: str
    at: datetime
    recorded_at: datetime
    payload: str
    hash: bytes

    def finding(self, kind: str, detail: str) -> Finding:
        return Finding(kind, detail, self.subject, self.subject_id, self.n)


class Told(NamedTuple):
    """An entry and the facts in its text."""

    line: Line
    facts: dict[str, Any]


class Witness(Protocol):
    """Another table that must tell the same story as the entries of one kind of subject."""

    subject: str

    def open(self, connection: Connection, scope: str | None) -> None:
        """Begins to read. `scope` selects the subject ids that are looked at; None: all of them."""

    def compare(self, subject_id: int, told: list[Told]) -> Iterator[Finding]:
        """Called with growing subject ids."""

    def rest(self) -> Iterator[Finding]:
        """What stands behind the last subject."""

    def counts(self) -> dict[str, int]: ...


def microseconds(moment: datetime) -> int:
    """Since 1970: how instants stand in the texts that are hashed."""
    return (moment - EPOCH) // MICROSECOND


def check_chains(
    connection: Connection, report: Report, witnesses: Sequence[Witness], after: str | None
) -> None:
    """`after` is a condition on entries; the subjects that have such entries are checked from their first entry on."""
    chosen = (
        f"WHERE (subject, subject_id) IN (SELECT subject, subject_id FROM audit_entry WHERE {after})"
        if after
        else ""
    )
    at_subject = {witness.subject: witness for witness in witnesses}
    for subject, witness in at_subject.items():
        ids = f"SELECT subject_id FROM audit_entry WHERE subject = '{subject}' AND ({after})"
        witness.open(connection, ids if after else None)
    lines = map(Line._make, stream(connection, ENTRIES.format(where=chosen)))
    for (subject, subject_id), chain in groupby(lines, key=lambda line: line[:2]):
        report.counts["subjects"] += 1
        _check_chain(chain, report, at_subject.get(subject), subject_id)
    for witness in witnesses:
        report.take(witness.rest())
        report.counts.update(witness.counts())


def _check_chain(chain: Iterator[Line], report: Report, witness: Witness | None, subject_id: int) -> None:
    told: list[Told] = []
    before: Line | None = None
    for line in chain:
        report.counts["entries"] += 1
        payload = _read(line.payload)
        report.take(_wrong_place(line, before))
        report.take(_wrong_columns(line, payload))
        if before is not None and line.id <= before.id:  # each was given out when the one before was there
            report.add(
                line.finding("column", f"its id {line.id} does not follow {before.id}, that of #{before.n}")
            )
        before = line
        if witness is not None:
            facts = payload.get("facts")
            told.append(Told(line, facts if isinstance(facts, dict) else {}))
    if witness is not None:
        report.take(witness.compare(subject_id, told))


def _read(payload: str) -> dict[str, Any]:
    try:
        read = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _wrong_place(line: Line, before: Line | None) -> Iterator[Finding]:
    expected = before.n + 1 if before else 1
    if line.n > expected:
        gone = f"#{expected}" if line.n == expected + 1 else f"#{expected} to #{line.n - 1}"
        yield line.finding("missing", f"the chain jumps here: {gone} was removed")
    elif line.n < expected:
        yield line.finding("inserted", "an entry before the first one")
    elif sha256((before.hash if before else b"") + line.payload.encode()).digest() != line.hash:
        follows = f"the hash of #{before.n} and its own text" if before else "its own text"
        yield line.finding("changed", f"its hash does not follow from {follows}")


def _wrong_columns(line: Line, payload: dict[str, Any]) -> Iterator[Finding]:
    columns = (
        line.subject,
        line.subject_id,
        line.n,
        line.actor_id,
        line.verb,
        microseconds(line.at),
        microseconds(line.recorded_at),
    )
    if tuple(map(payload.get, COLUMNS)) != columns:
        differ = [
            name for name, value in zip(COLUMNS, columns, strict=True) if payload.get(name, ...) != value
        ]
        yield line.finding("column", f"the text that was hashed says otherwise in: {', '.join(differ)}")
