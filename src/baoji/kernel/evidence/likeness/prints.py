"""Makes fingerprints: of each picture once its copies are there, and of those from before there were fingerprints."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from time import time

from django.conf import settings
from django.db import transaction

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness import hashing, index
from baoji.kernel.evidence.likeness.hashing import signed
from baoji.kernel.evidence.likeness.looking import Eye, Gone, Patience, Seen, Unseen

log = logging.getLogger("baoji.evidence")
POLITE = 19  # behind copies, behind everything
AT_ONCE = 20
BACKFILL = 2000
LAST_FILE = (1 << 63) - 1
eye = Eye(POLITE)
patience = Patience()

DUE = """
SELECT p.file_id, f.sha256 FROM evidence_print p JOIN records_file f ON f.id = p.file_id
 WHERE p.state = 'due' ORDER BY p.file_id {way} LIMIT %s
"""
NEWEST_FIRST, OLDEST_FIRST = DUE.format(way="DESC"), DUE.format(way="ASC")
DONE = "UPDATE evidence_print SET state = %s, phash = %s, parts = %s, made_at = %s WHERE file_id = %s AND state = 'due'"
# Those from before parts were kept. No index: it is gone through once, downwards, by its key.
WITHOUT_PARTS = """
SELECT p.file_id, f.sha256 FROM evidence_print p JOIN records_file f ON f.id = p.file_id
 WHERE p.file_id < %s AND p.state = '' AND p.parts IS NULL ORDER BY p.file_id DESC LIMIT %s
"""
PARTED = "UPDATE evidence_print SET parts = %s WHERE file_id = %s AND state = '' AND parts IS NULL"
# A picture of which no copy could be made is used all the same.
HOPELESS = """
INSERT INTO evidence_print (file_id, state)
SELECT DISTINCT m.file_id, 'bad' FROM evidence_use u JOIN records_media m ON m.file_id = u.file_id
 WHERE u.looked_at IS NULL AND m.copies_at IS NULL AND m.tries >= 3 ON CONFLICT (file_id) DO NOTHING
"""
WANT = """
WITH batch AS (SELECT id, mime FROM records_file WHERE id > %s ORDER BY id LIMIT %s),
     new AS (INSERT INTO evidence_print (file_id, state) SELECT id, 'due' FROM batch WHERE mime LIKE 'image/%%'
             ON CONFLICT (file_id) DO NOTHING RETURNING 1)
SELECT max(id), (SELECT count(*) FROM new) FROM batch
"""
COMMON = """
INSERT INTO evidence_print (file_id, state) SELECT unnest(%s::bigint[]), 'common'
    ON CONFLICT (file_id) DO UPDATE SET state = 'common'
"""


def make_due(
    now: datetime, is_over: Callable[[], bool] = lambda: False, *, newest_first: bool = True, eye: Eye = eye
) -> int:
    """Makes the fingerprints of pictures that wait for theirs, some at a time; of how many it did."""
    sql.execute(HOPELESS)
    made = 0
    for file_id, sha256 in sql.tuples(NEWEST_FIRST if newest_first else OLDEST_FIRST, [AT_ONCE]):
        if is_over():
            break
        try:
            seen = eye.look(sha256)
        except Unseen as fault:
            log.warning("no fingerprint of %s: %s", sha256, fault)
            if isinstance(fault, Gone) and not patience.is_over(file_id):
                continue
            seen = None
        _finish(file_id, seen, now)
        made += 1
    return made


def _finish(file_id: int, seen: Seen | None, now: datetime) -> None:
    """Nobody's transaction is held open while a picture is looked at; who comes second with it changes nothing."""
    state = "bad" if seen is None else "flat" if seen.is_flat else ""
    own = seen.prints[0] if seen is not None and not seen.is_flat else None
    parts = seen.parts[: hashing.PARTS_KEPT] if seen is not None and not seen.is_flat else []
    with transaction.atomic():
        row = [state, None if own is None else signed(own), len(parts), now, file_id]
        if sql.execute(DONE, row) and own is not None:
            index.keep(file_id, own)
            index.keep_parts(file_id, parts)


class Parting:
    """Makes the parts of pictures that had their fingerprint before parts were kept, the newest first. Begins anew with each process:
    what it could not look at then is tried once more."""

    def __init__(self) -> None:
        self.below = LAST_FILE

    def __call__(self, now: datetime, is_over: Callable[[], bool] = lambda: False, *, eye: Eye = eye) -> int:
        """Some at a time; how many it went through."""
        rows = sql.tuples(WITHOUT_PARTS, [self.below, AT_ONCE]) if self.below else []
        gone = 0
        for file_id, sha256 in rows:
            if is_over():
                return gone
            try:
                _finish_parts(file_id, eye.look(sha256).parts[: hashing.PARTS_KEPT])
            except Unseen as fault:
                log.warning("no parts of %s: %s", sha256, fault)
            self.below, gone = file_id, gone + 1
        self.below = self.below if rows else 0
        return gone


def _finish_parts(file_id: int, parts: list[tuple[int, list[int]]]) -> None:
    with transaction.atomic():
        if sql.execute(PARTED, [len(parts), file_id]):
            index.keep_parts(file_id, parts)


fill_parts = Parting()


def want_all(after: int = 0) -> Iterator[tuple[int, int]]:
    """Puts all pictures without a fingerprint in the queue, some at a time: (last file, how many were new)."""
    while True:
        last, new = sql.tuples(WANT, [after, BACKFILL])[0]
        if last is None:
            return
        yield last, new
        after = last


def waiting() -> int:
    """How many wait, exact to 999."""
    return int(
        sql.value("SELECT count(*) FROM (SELECT 1 FROM evidence_print WHERE state = 'due' LIMIT 1000) x")
    )


def mark_common(file_ids: Iterable[int]) -> None:
    """Drawings that stand on many cases by design, as the demonstration's: nobody need look where they stand again."""
    ids = list(file_ids)
    with transaction.atomic():
        for file_id, fingerprint in index.prints_of(ids).items():
            index.forget(file_id, fingerprint)
        index.forget_parts(ids)
        sql.execute(COMMON, [ids])


def forget_features(days: int) -> int:
    """Deletes what was kept to compare quickly and was made more than so many days ago; how many files."""
    root, gone = Path(settings.DATA) / "copies" / "features", 0
    for path in root.glob("??/??/*.npz"):
        if time() - path.stat().st_mtime > days * 86400:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
