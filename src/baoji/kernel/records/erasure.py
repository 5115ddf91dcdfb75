"""Originals whose time is over: the bytes go, the row and its hash stay, and the journal says which rule it was."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.records import recordings, renditions, storage

SUBJECT = "records.file"


def erase(file_id: int, sha256: str, mime: str, *, rule: str, days: int, at: datetime) -> None:
    """Erases an original and what it said about itself (EXIF). Call it inside a transaction.

    The bytes go once the transaction has committed; the small copies of a photo, which hold nothing but the picture, stay.
    The same content sent again later is kept anew.
    """
    sql.execute("UPDATE records_file SET exif = NULL WHERE id = %s AND exif IS NOT NULL", [file_id])
    record(SUBJECT, file_id, "erase", {"rule": rule, "days": days, "sha256": sha256}, None, at)
    transaction.on_commit(lambda: unlink(sha256, mime, at))


def is_older(sha256: str, moment: datetime) -> bool:
    """Whether these bytes are here and were last stored, or stored again, before this moment."""
    try:
        return storage.original_path(sha256).stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def unlink(sha256: str, mime: str, erased_at: datetime) -> bool:
    """Deletes the bytes, unless they were stored again after the erasure; whether it did. Doing it twice changes nothing.

    What was made of them goes before them, so that as long as anything is there the original tells of it, and once more after
    them: a reader may have had it made anew.
    """
    path = storage.original_path(sha256)
    is_photo, was_there = mime.startswith("image/"), path.exists()
    if was_there and not is_older(sha256, erased_at):
        return False
    if was_there and is_photo:
        with suppress(Refused):
            renditions.make_copies(sha256)
    _forget_made(sha256, is_photo)
    if was_there and not storage.remove_if_stored_before(path, erased_at.timestamp()):
        return False
    _forget_made(sha256, is_photo)
    return was_there


def _forget_made(sha256: str, is_photo: bool) -> None:
    if is_photo:
        renditions.forget(sha256, sizes=("full",))
    else:
        recordings.forget(sha256)
