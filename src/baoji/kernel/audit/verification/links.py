"""The global chain: every link must follow from the link before and from the entries in its window."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple

from baoji.kernel.audit.verification.chains import EPOCH, microseconds
from baoji.kernel.audit.verification.reading import Connection, rows, stream
from baoji.kernel.audit.verification.report import Finding, Report

# The last window before a restore ends here (see audit_seal_restored).
END_OF_COUNT = 9223372036854775807
NAMED = 5

LINKS = "SELECT id, floor_id, xid_from, xid_to, entries, last_id, sealed_at, hash FROM audit_seal WHERE id >= %s ORDER BY id"
SEALED = """
SELECT xid, id, hash, subject, subject_id, n FROM audit_entry WHERE id > %s AND id <= %s AND xid >= %s ORDER BY xid, id
"""
UNSEALED = "FROM audit_entry WHERE id > %s AND xid >= %s"


class Link(NamedTuple):
    """A row of audit_seal; see `models.Seal`."""

    id: int
    floor_id: int
    xid_from: int
    xid_to: int
    entries: int
    last_id: int
    sealed_at: datetime
    hash: bytes

    @property
    def closes_a_count(self) -> bool:
        return self.xid_to == END_OF_COUNT


BEFORE_ALL = Link(0, 0, 0, 0, 0, 0, EPOCH, b"")


class Sealed(NamedTuple):
    """An entry as far as the global chain knows it."""

    xid: int
    id: int
    hash: bytes
    subject: str
    subject_id: int
    n: int

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} #{self.n}"


class Window:
    """What one link covers, as it stands now."""

    def __init__(self, link: Link, before: Link) -> None:
        self.link = link
        self.before = before
        self.fold = before.hash
        self.count = 0
        self.last_id = before.last_id
        self.first: list[Sealed] = []
        self.strangers: list[Sealed] = []

    def take(self, entry: Sealed) -> None:
        self.fold = sha256(self.fold + entry.hash).digest()
        self.count += 1
        self.last_id = max(self.last_id, entry.id)
        if len(self.first) <= NAMED:
            self.first.append(entry)
        if entry.id > self.link.last_id and len(self.strangers) < NAMED:
            self.strangers.append(entry)

    def hash(self) -> bytes:
        link = self.link
        said = (
            link.floor_id,
            link.xid_from,
            link.xid_to,
            self.count,
            self.last_id,
            microseconds(link.sealed_at),
        )
        return sha256(self.fold + " ".join(map(str, said)).encode()).digest()

    def findings(self) -> Iterator[Finding]:
        link, before = self.link, self.before
        for entry in self.strangers:
            yield Finding(
                "inserted",
                "written after its window was sealed",
                entry.subject,
                entry.subject_id,
                entry.n,
                link.id,
            )
        opens = before.closes_a_count
        if link.xid_from != (0 if opens else before.xid_to) or link.floor_id != (
            before.last_id if opens else before.floor_id
        ):
            yield Finding(
                "link",
                f"it does not continue link {before.id}: a link was removed, moved or changed",
                link=link.id,
            )
        if self.count != link.entries:
            yield Finding(
                "sealed",
                f"it took {link.entries} entries, {self.count} are there now{self._where()}",
                link=link.id,
            )
        elif self.hash() != link.hash or self.last_id != link.last_id:
            yield Finding(
                "sealed",
                f"an entry it took, their order or the link itself was changed{self._where()}",
                link=link.id,
            )

    def _where(self) -> str:
        names = [str(entry) for entry in self.first[:NAMED]]
        names += ["…"] if len(self.first) > NAMED else []
        window = f"; sealed at {self.link.sealed_at.isoformat(timespec='seconds')}"
        return f"{window}, its window holds {', '.join(names)}" if names else f"{window}, its window is empty"


def link_with(connection: Connection, link_id: int) -> Link | None:
    """The link of this number, or None."""
    found = rows(connection, LINKS.replace(">=", "="), [link_id])
    return Link._make(found[0]) if found else None


def entries_after(connection: Connection, link: Link) -> str:
    """The condition that holds for entries no link up to this one covers."""
    ceiling = _ceiling(connection, link)
    return f"(id > {link.floor_id} AND id <= {ceiling} AND xid >= {link.xid_to}) OR id > {ceiling}"


def _ceiling(connection: Connection, link: Link) -> int:
    """The greatest id that belongs to the link's count of transactions."""
    closing = rows(
        connection,
        "SELECT last_id FROM audit_seal WHERE id >= %s AND xid_to = %s ORDER BY id LIMIT 1",
        [link.id, END_OF_COUNT],
    )
    return int(closing[0][0]) if closing else END_OF_COUNT


def check_links(connection: Connection, report: Report, since: Link | None) -> Link:
    """Returns the last link."""
    before = since or BEFORE_ALL
    entries: Iterator[Any] | None = None
    for link in map(Link._make, stream(connection, LINKS, [before.id + 1])):
        if entries is None or before.closes_a_count:
            lowest = -END_OF_COUNT if before is BEFORE_ALL or before.closes_a_count else before.xid_to
            entries = stream(connection, SEALED, [link.floor_id, _ceiling(connection, link), lowest])
        window = Window(link, before)
        entries = _fill(window, entries)
        report.counts["links"] += 1
        report.counts["sealed"] += window.count
        report.take(window.findings())
        before = link
    return before


def _fill(window: Window, entries: Iterator[Any]) -> Iterator[Any]:
    """Gives the window its entries; returns those that stand behind it."""
    for row in entries:
        if row[0] >= window.link.xid_to and not window.link.closes_a_count:
            return chain([row], entries)
        window.take(Sealed._make(row))
    return iter(())


def check_unsealed(connection: Connection, report: Report, last: Link) -> None:
    """Entries newer than the last link are no fault, unless their transaction can never have been."""
    behind = (last.last_id, 0) if last.closes_a_count else (last.floor_id, last.xid_to)
    count, oldest = rows(connection, f"SELECT count(*), min(recorded_at) {UNSEALED}", behind)[0]
    report.counts["unsealed"] = count
    report.oldest_unsealed = oldest.isoformat(timespec="seconds") if oldest else None
    never = rows(
        connection,
        f"SELECT xid, id, hash, subject, subject_id, n {UNSEALED}"
        " AND xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        " AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint ORDER BY id LIMIT 100",
        behind,
    )
    for row in map(Sealed._make, never):
        report.add(
            Finding("inserted", f"transaction {row.xid} has not been yet", row.subject, row.subject_id, row.n)
        )
