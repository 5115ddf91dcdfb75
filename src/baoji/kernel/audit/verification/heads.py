"""Heads of the global chain, copied outside the database: what was copied must still be there."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from baoji.kernel.audit.verification.reading import Connection, rows
from baoji.kernel.audit.verification.report import Finding, Report

LINE = re.compile(r"(\S+) (\d{1,18}) ([0-9a-f]{64}) (\d+)")
BATCH = 1000


class Head(NamedTuple):
    """A line of heads.log: when it was copied, the link's number and hash, and how many entries the link took."""

    line: int
    at: str
    link: int
    hash: str
    entries: int


def read_heads(path: Path) -> Iterator[Head | Finding]:
    """Each line as a head, or a finding where it is none."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            parts = LINE.fullmatch(text.strip())
            if parts is None:
                torn = "the last line was cut short" if not text.endswith("\n") else "the line cannot be read"
                yield Finding("head", f"heads.log, line {number}: {torn}")
            else:
                yield Head(number, parts[1], int(parts[2]), parts[3], int(parts[4]))


def check_heads(connection: Connection, report: Report, path: Path) -> None:
    """Compares every copied head with the link that stands there now."""
    if not path.exists():
        report.unknown.append(
            f"No heads were copied to {path}: nothing outside the database can be compared."
        )
        return
    heads = read_heads(path)
    while batch := list(islice(heads, BATCH)):
        report.take(item for item in batch if isinstance(item, Finding))
        copied = [item for item in batch if isinstance(item, Head)]
        report.counts["heads"] += len(copied)
        report.take(_compare(connection, copied))


def _compare(connection: Connection, copied: list[Head]) -> Iterator[Finding]:
    found = rows(
        connection,
        "SELECT id, encode(hash, 'hex'), entries FROM audit_seal WHERE id = ANY(%s)",
        [[h.link for h in copied]],
    )
    links = {number: (hash_, entries) for number, hash_, entries in found}
    for head in copied:
        where = f"heads.log, line {head.line}, copied at {head.at}"
        if head.link not in links:
            yield Finding("head", f"{where}: the link is gone", link=head.link)
        elif links[head.link] != (head.hash, head.entries):
            yield Finding("head", f"{where}: the link is another one now", link=head.link)
