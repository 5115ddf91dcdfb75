"""The chain of a case in the journal, recomputed as one looks at it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from baoji.kernel.audit.extract import extract
from baoji.kernel.base import sql
from baoji.kernel.evidence.verification.container import Verdict
from baoji.kernel.evidence.verification.journal import Entry, Journal
from baoji.kernel.evidence.verification.signed import Wrong
from baoji.kernel.flow.models import Case
from baoji.systems.urban.queries.view import merged_cases

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ChainLine:
    """An entry of the journal; `sealed_at` None while it waits for the next link, a fraction of a second."""

    n: int
    verb: str
    at: datetime
    hash: str
    sealed_at: datetime | None


@dataclass(frozen=True)
class Chain:
    """`broken` says what does not follow; nothing means that it is as it was written."""

    lines: list[ChainLine]
    broken: list[str]
    head: dict[str, Any] | None  # the last link that seals any of it: n, hash


def with_merged(case: Case) -> list[int]:
    """The case and those merged into it."""
    return [case.pk, *(id_ for id_, _number in merged_cases(case))]


def played(case_ids: list[int]) -> frozenset[int]:
    """Those of these cases that the simulation of a demonstration made."""
    rows = sql.tuples("SELECT case_id FROM urban_report WHERE case_id = ANY(%s) AND simulated", [case_ids])
    return frozenset(id_ for (id_,) in rows)


def evidence_chain(case: Case) -> Chain:
    part, verdict = extract(("flow.case", id_) for id_ in with_merged(case)), Verdict()
    head = part.links[-1] if part.links else None
    try:
        journal = Journal(part.entries, part.links, verdict)
    except Wrong as wrong:  # somebody wrote in the database what no act writes
        return Chain([], [str(wrong)], head)
    return Chain([_line(entry, journal) for entry in journal.entries()], verdict.failures, head)


def _line(entry: Entry, journal: Journal) -> ChainLine:
    sealed = journal.sealed.get(entry.hash)
    return ChainLine(
        entry.n, entry.said["verb"], _moment(entry.at), entry.hash, _moment(sealed) if sealed else None
    )


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
