"""Cases, their flow records and attachments as witnesses of the journal: both must tell the same story."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from baoji.kernel.audit.digest import row_digest
from baoji.kernel.audit.verification.chains import Line, Told
from baoji.kernel.audit.verification.reading import Connection, stream
from baoji.kernel.audit.verification.report import Finding
from baoji.kernel.flow.journal import STATE, salted, state_digest, words_digest

CASES = f"""
SELECT id, stage || '/' || step, status, version, records, salt, {", ".join(STATE)} FROM flow_case {{where}} ORDER BY id
"""
RECORDS = """
SELECT case_id, id, n, act, at, by_id, from_step, to_step, opinion, on_behalf_of_id, post, side, org_id, receiver_post,
       receiver_org_id, receiver_person_id, facts, used_s, due_at, overdue, recorded_at
  FROM flow_record {where} ORDER BY case_id, n
"""
FILES = "SELECT case_id, record_id, file_id FROM flow_attachment {where} ORDER BY case_id, id"
# A record and its entry are written by one statement, each with the time it is written at.
TOGETHER = timedelta(minutes=2)


class CaseRow(NamedTuple):
    id: int
    step: str
    status: str
    version: int
    records: int
    salt: str
    state: tuple[Any, ...] = ()

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "CaseRow":
        return cls._make((*row[:6], row[6:]))


class RecordRow(NamedTuple):
    case_id: int
    id: int
    n: int
    act: str
    at: Any
    by_id: int | None
    from_step: str
    to_step: str
    opinion: str
    on_behalf_of_id: int | None
    post: str
    side: str
    org_id: int | None
    receiver_post: str
    receiver_org_id: int | None
    receiver_person_id: int | None
    facts: Any
    used_s: int
    due_at: Any
    overdue: bool
    recorded_at: datetime

    def __str__(self) -> str:
        return f"flow record {self.id} (number {self.n}, {self.act})"


class Shelf:
    """Rows that come ordered by case, handed out case by case."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def upto(self, case_id: int | None) -> Iterator[tuple[Any, ...]]:
        """The rows of cases up to this one; None: all that are left."""
        while self._next is not None and (case_id is None or self._next[0] <= case_id):
            yield self._next
            self._next = next(self._rows, None)


class FlowWitness:
    """`words` selects, by case id, the id and the values that `Business.witnessed` names."""

    subject = "flow.case"

    def __init__(self, words: str = "") -> None:
        self._counts: Counter[str] = Counter()
        self._statement = words
        self._beside: Shelf | None = None

    def open(self, connection: Connection, scope: str | None) -> None:
        def shelf(statement: str, column: str) -> Shelf:
            return Shelf(
                stream(connection, statement.format(where=f"WHERE {column} IN ({scope})" if scope else ""))
            )

        self._cases, self._records, self._files = (
            shelf(CASES, "id"),
            shelf(RECORDS, "case_id"),
            shelf(FILES, "case_id"),
        )
        self._beside = shelf(self._statement, "case_id") if self._statement else None

    def counts(self) -> dict[str, int]:
        return dict(self._counts)

    def compare(self, subject_id: int, told: list[Told]) -> Iterator[Finding]:
        case: CaseRow | None = None
        for row in map(CaseRow.of, self._cases.upto(subject_id)):
            if row.id == subject_id:
                case = row
            else:
                yield self._untold(row)
        records, files = [], defaultdict[int | None, list[int]](list)
        for record in map(RecordRow._make, self._records.upto(subject_id)):
            self._counts["records"] += 1
            if record.case_id == subject_id:
                records.append(record)
            else:
                yield _orphan(record)
        for case_id, record_id, file_id in self._files.upto(subject_id):
            if case_id == subject_id:
                files[record_id].append(file_id)
        yield from self._compare(case, records, files, told)
        if case is not None and self._beside is not None:
            found = [row for row in self._beside.upto(subject_id) if row[0] == subject_id]
            yield from _compare_words(case, [list(row[1:]) for row in found], told)

    def _untold(self, case: CaseRow) -> Finding:
        self._counts["cases"] += 1
        return Finding("journal", "the case has no entry in the journal", self.subject, case.id)

    def rest(self) -> Iterator[Finding]:
        for row in map(CaseRow.of, self._cases.upto(None)):
            yield self._untold(row)
        for record in map(RecordRow._make, self._records.upto(None)):
            self._counts["records"] += 1
            yield _orphan(record)

    def _compare(
        self,
        case: CaseRow | None,
        records: list[RecordRow],
        files: dict[int | None, list[int]],
        told: list[Told],
    ) -> Iterator[Finding]:
        if case is None:
            yield told[0].line.finding("case", "the case is gone")
            return
        self._counts["cases"] += 1
        by_id = {record.id: record for record in records}
        for line, facts in told:
            record = by_id.pop(facts.get("record"), None)  # type: ignore[arg-type]
            if record is None:
                yield line.finding(
                    "record", f"its flow record {facts.get('record')} is gone or told of twice"
                )
            else:
                yield from _compare_record(case, record, files.pop(record.id, []), line, facts)
        yield from map(_orphan, by_id.values())
        if any(files.get(record_id) for record_id in files if record_id is not None):
            yield Finding("files", "an attachment hangs on a record that is not there", self.subject, case.id)
        yield from _compare_case(case, len(records), told)


def _orphan(record: RecordRow) -> Finding:
    return Finding("record", f"{record} has no entry in the journal", FlowWitness.subject, record.case_id)


def _compare_record(
    case: CaseRow, record: RecordRow, files: list[int], line: Line, facts: dict[str, Any]
) -> Iterator[Finding]:
    pairs = {
        "act": (line.verb, record.act),
        "person": (line.actor_id, record.by_id),
        "time": (line.at, record.at),
        "from": (facts.get("from"), record.from_step),
        "to": (facts.get("to"), record.to_step),
        "opinion": (facts.get("opinion"), salted(case, record.opinion)),
    }
    if "row" in facts:
        pairs["another column"] = (facts["row"], record_digest(case.salt, record))
    differ = [name for name, (journal, row) in pairs.items() if journal != row]
    if differ:
        yield line.finding("record", f"{record} says otherwise in: {', '.join(differ)}")
    if not timedelta(0) <= line.recorded_at - record.recorded_at <= TOGETHER:
        yield line.finding("record", f"{record} says it was written down at {record.recorded_at.isoformat()}")
    if sorted(facts.get("files") or []) != sorted(files):
        yield line.finding(
            "files", f"{record} has other attachments: {sorted(files)}, told of {facts.get('files')}"
        )


def record_digest(salt: str, record: RecordRow) -> str:
    """Over the columns that the other facts do not tell of."""
    return row_digest(salt, record[9:-1])


def _compare_case(case: CaseRow, records: int, told: list[Told]) -> Iterator[Finding]:
    last = told[-1]
    pairs = {
        "step": (last.facts.get("to"), case.step),
        "status": (last.facts.get("status"), case.status),
        "version": (last.facts.get("version"), case.version),
        "number of records": (case.records, records),
    }
    differ = [
        f"{name} ({row!r}, told {journal!r})" for name, (journal, row) in pairs.items() if journal != row
    ]
    if differ:
        yield last.line.finding("case", f"the case is not as its last entry left it: {', '.join(differ)}")
    state = last.facts.get("state")  # entries of before there were any have none
    if state is not None and state != state_digest(case.salt, case.state):
        yield last.line.finding(
            "case", f"the case is not as its last entry left it in one of: {', '.join(STATE)}"
        )
    first = told[0]
    if first.line.verb == "report" and first.line.actor_id != case.state[STATE.index("reporter_id")]:
        yield first.line.finding("case", "the case names another reporter than its first entry")


def _compare_words(case: CaseRow, found: list[list[Any]], told: list[Told]) -> Iterator[Finding]:
    last = next((one for one in reversed(told) if "words" in one.facts), None)
    if last is None:
        return
    if not found:
        yield last.line.finding("case", "what its system keeps of the case is gone")
        return
    if last.facts["words"] != words_digest(case.salt, found[0]):
        yield last.line.finding("case", "what its system keeps of the case is not as this entry left it")
