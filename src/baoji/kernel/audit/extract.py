"""A part of the journal that can be checked by itself: whole chains of some subjects, and the links that seal them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from baoji.kernel.audit.queries import heads_path
from baoji.kernel.audit.verification.chains import microseconds
from baoji.kernel.audit.verification.heads import LINE
from baoji.kernel.base import sql

# Links between a seal and the next copied head; heads are copied every ten seconds, so that more means that copying stood still.
MOST_BRIDGE = 400

# `link`: the one that took the entry, null while it waits; `last_id` only grows from link to link.
ENTRIES = """
SELECT e.subject, e.subject_id, e.n, e.payload, encode(e.hash, 'hex') AS hash, (
    SELECT s.id FROM audit_seal s
     WHERE s.last_id >= e.id AND s.xid_from <= e.xid AND s.xid_to > e.xid AND s.floor_id < e.id ORDER BY s.last_id, s.id LIMIT 1
  ) AS link
  FROM audit_entry e JOIN unnest(%s::text[], %s::bigint[]) AS w(subject, id) ON e.subject = w.subject AND e.subject_id = w.id
 ORDER BY e.subject, e.subject_id, e.n
"""
LINK = """
SELECT id, floor_id, xid_from, xid_to, entries, last_id, sealed_at, encode(hash, 'hex') AS hash FROM audit_seal
"""
WINDOW = """
SELECT encode(hash, 'hex') FROM audit_entry WHERE xid >= %s AND xid < %s AND id > %s AND id <= %s ORDER BY xid, id
"""


@dataclass
class Part:
    """`links` stand in runs of consecutive numbers; `heads` are the lines of heads.log for links among them."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    unsealed: int = 0


def extract(subjects: Iterable[tuple[str, int]]) -> Part:
    """The chains of these subjects from their first entry, every link that seals one, and each run on to a copied head."""
    wanted = sorted(set(subjects))
    rows = sql.rows(ENTRIES, [[one[0] for one in wanted], [one[1] for one in wanted]])
    part = Part(
        [
            {
                "subject": r["subject"],
                "id": r["subject_id"],
                "n": r["n"],
                "payload": r["payload"],
                "hash": r["hash"],
            }
            for r in rows
        ]
    )
    numbers = {int(row["link"]) for row in rows if row["link"]}
    part.unsealed = sum(row["link"] is None for row in rows)
    heads = {number: _next_head(heads_path(), number) for number in numbers}
    for first, last in _runs(numbers, heads):
        part.links += _links(first, last)
    here = {link["n"]: link["hash"] for link in part.links}
    lines = {line for line in heads.values() if line and here.get(int(line.split()[1])) == line.split()[2]}
    part.heads = sorted(lines, key=lambda line: int(line.split()[1]))
    return part


def _next_head(path: Path, link: int) -> str:
    """The line of heads.log with the first copied head at or after this link; '' if there is none. Bisects the file."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            number = _number_after(file, middle)
            low, high = (middle + 1, high) if number is not None and number < link else (low, middle)
        file.seek(low)
        if low:
            file.readline()
        for raw in file:
            parts = LINE.fullmatch(raw.decode(errors="replace").strip())
            if parts and int(parts[2]) >= link:
                return raw.decode().strip()
    return ""


def _number_after(file: Any, offset: int) -> int | None:
    """The link of the first line that begins behind this offset (at it, for the first); None at the end."""
    file.seek(offset)
    if offset:
        file.readline()
    while raw := file.readline():
        parts = LINE.fullmatch(raw.decode(errors="replace").strip())
        if parts:
            return int(parts[2])
    return None


def _runs(numbers: Iterable[int], heads: dict[int, str]) -> list[tuple[int, int]]:
    """From each link to its copied head, those that meet made one."""
    runs: list[tuple[int, int]] = []
    for first in sorted(numbers):
        head = int(heads[first].split()[1]) if heads[first] else first
        last = head if head - first <= MOST_BRIDGE else first
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], last))
        else:
            runs.append((first, last))
    return runs


def _links(first: int, last: int) -> list[dict[str, Any]]:
    before = sql.value(
        "SELECT encode(hash, 'hex') FROM audit_seal WHERE id < %s ORDER BY id DESC LIMIT 1", [first]
    )
    made = []
    for row in sql.rows(f"{LINK} WHERE id BETWEEN %s AND %s ORDER BY id", [first, last]):
        made.append(_shown(row, before or ""))
        before = row["hash"]
    return made


def _shown(row: dict[str, Any], before: str) -> dict[str, Any]:
    """`summary` is the text that was hashed with the fold over `hashes`, which begins with `before`."""
    window: Sequence[tuple[Any, ...]] = sql.tuples(
        WINDOW, [row["xid_from"], row["xid_to"], row["floor_id"], row["last_id"]]
    )
    said = (row["floor_id"], row["xid_from"], row["xid_to"], row["entries"], row["last_id"])
    sealed_at: datetime = row["sealed_at"]
    return {
        "n": row["id"],
        "before": before,
        "hashes": [found[0] for found in window],
        "summary": " ".join(map(str, (*said, microseconds(sealed_at)))),
        "hash": row["hash"],
    }
