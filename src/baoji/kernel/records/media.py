"""What the worker does about kept files: copies that nobody has asked for yet, and scans that had to wait."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.records import recordings, renditions, scanner
from baoji.kernel.records.confined import Studio
from baoji.kernel.records.storage import original_path

log = logging.getLogger("baoji.records")
AT_ONCE = 50
POLITE = 19  # whoever looks at a picture before has its copy made at once, by the page
studio = Studio(POLITE)

DUE = """
SELECT m.file_id, f.sha256, f.mime FROM records_media m JOIN records_file f ON f.id = m.file_id
 WHERE m.copies_at IS NULL AND m.tries < 3 ORDER BY m.tries, m.file_id LIMIT %s
"""


DONE = """
UPDATE records_media m SET copies_at = %s, duration_ms = x.length
  FROM unnest(%s::bigint[], %s::integer[]) AS x (file_id, length) WHERE m.file_id = x.file_id
"""


def make_due(now: datetime, is_over: Callable[[], bool] = lambda: False) -> int:
    """Makes the copies of files that have none yet, some at a time; of how many it did.

    They are written down together: what is made and not written down is found there the next time.
    """
    made: dict[int, int | None] = {}
    failed = 0
    try:
        for file_id, sha256, mime in sql.tuples(DUE, [AT_ONCE]):
            if is_over():
                break
            try:
                made[file_id] = _make(sha256, mime)
            except (Refused, recordings.NotMade) as fault:
                log.warning("no copy of %s (%s): %s", sha256, mime, fault)
                if getattr(fault, "code", "") == "storage-full":
                    return 0  # no fault of the file's: it has all its tries when there is room again
                sql.execute("UPDATE records_media SET tries = tries + 1 WHERE file_id = %s", [file_id])
                failed += 1
    finally:
        if made:
            sql.execute(DONE, [now, list(made), list(made.values())])
    return len(made) + failed


def _make(sha256: str, mime: str) -> int | None:
    if mime.startswith("image/"):
        renditions.make_copies(sha256, studio)
        return None
    try:
        length = recordings.make_copy(sha256, mime)
    except recordings.NotMade:
        recordings.plain_copy(sha256, mime)
        raise
    if not recordings.copy_path(sha256).exists():
        recordings.plain_copy(sha256, mime)
    return length


def scan_waiting() -> int:
    """Scans files that were accepted while the scanner was down; how many it found infected. A city that has no scanner any more
    lets them wait, and what was erased meanwhile waits no longer."""
    found = 0
    if not settings.CLAMD:
        return found
    for file_id, sha256 in sql.tuples(
        "SELECT m.file_id, f.sha256 FROM records_media m JOIN records_file f ON f.id = m.file_id"
        " WHERE m.scan = 'waiting' ORDER BY m.file_id LIMIT %s",
        [AT_ONCE],
    ):
        try:
            infected = scanner.is_infected(original_path(sha256).read_bytes())
        except scanner.NoVerdict:
            continue  # the next ones may have one
        except scanner.Down:
            break
        except FileNotFoundError:
            sql.execute("UPDATE records_media SET scan = '' WHERE file_id = %s", [file_id])
            continue
        if infected:
            log.warning(
                "a virus was found in %s, which had been accepted unseen; it is shown to nobody", sha256
            )
        verdict = "infected" if infected else "clean"
        sql.execute("UPDATE records_media SET scan = %s WHERE file_id = %s", [verdict, file_id])
        found += infected
    return found
