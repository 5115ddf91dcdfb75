"""Writes the journal: entries of subjects other than cases, links of the global chain, copies of its heads."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from baoji.kernel.audit.queries import HEAD, heads_path
from baoji.kernel.base import sql

COPY_EVERY_S = 10


def record(
    subject: str, subject_id: int, verb: str, facts: Mapping[str, Any], by: int | None, at: datetime
) -> None:
    """Adds an entry in the caller's transaction. Personal data goes into `facts` as salted hashes only.

    Two writers never race for one number: each waits for the other's transaction.
    """
    with transaction.atomic(savepoint=False):
        sql.value(
            "SELECT pg_advisory_xact_lock(hashtext(%s), (%s::bigint %% 2147483647)::int)",
            [subject, subject_id],
        )
        sql.value(
            "SELECT audit_append(%s, %s, %s, %s, %s, %s::jsonb)",
            [subject, subject_id, at, by, verb, orjson.dumps(facts).decode()],
        )


def seal(now: datetime) -> int:
    """Seals every entry of finished transactions and copies the head outside; how many entries were sealed.

    For the worker, in autocommit: inside a transaction its own entries are not finished.
    """
    taken = int(sql.value("SELECT audit_seal_finished()"))
    _heads.copy(now)
    return taken


class _Heads:
    """Copies a changed head at most every ten seconds."""

    def __init__(self) -> None:
        self.copied_at: datetime | None = None
        self.path: Path | None = None
        self.last = 0

    def copy(self, now: datetime) -> None:
        path = heads_path()
        if path != self.path:
            self.path, self.last, self.copied_at = path, _last_copied(path), None
        # A clock set back must not stop the copies, so an earlier time counts as later too.
        if self.copied_at is not None and 0 <= (now - self.copied_at).total_seconds() < COPY_EVERY_S:
            return
        found = sql.tuples(HEAD)
        if found and found[0][0] != self.last:
            number, hash_, entries, _sealed_at = found[0]
            _append(path, f"{now.astimezone(UTC).isoformat(timespec='seconds')} {number} {hash_} {entries}\n")
            self.last, self.copied_at = number, now


_heads = _Heads()


def _last_copied(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 400))
        words = [line.split() for line in file.read().decode(errors="replace").splitlines()]
    return int(words[-1][1]) if words and len(words[-1]) == 4 and words[-1][1].isdigit() else 0


def _append(path: Path, line: str) -> None:
    """Adds a line so that it survives a power cut; a line torn by an earlier one is left to stand by itself."""
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
