"""Keeps photos and recordings."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as new_sha256
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from baoji.kernel.base import sql
from baoji.kernel.records import intake, storage
from baoji.kernel.records.intake import Kind

__all__ = ["Kept", "Kind", "keep", "keep_all", "keeping", "sweep"]
ORPHAN_AGE_S = 24 * 3600
SWEEP_BATCH = 500


@dataclass(frozen=True)
class Kept:
    """A file that would survive a power cut; its row is in the caller's transaction."""

    id: int
    sha256: str
    mime: str
    kind: Kind


@dataclass(frozen=True)
class _Stored:
    """A file that would survive a power cut but has no row yet; if none comes, `sweep` takes it."""

    sha256: str
    size: int
    judged: intake.Judged
    kind: Kind


def keep(upload: "UploadedFile[bytes] | BinaryIO | bytes", *, now: datetime, kind: Kind = "photo") -> Kept:
    """Raises `Refused`: `too-large`, `not-an-image`, `not-a-recording`, `infected`, `scanner-down`, `storage-full`;
    then nothing was kept.
    """
    return _enter(_store(upload, kind), now)


@contextmanager
def keeping(
    uploads: "Iterable[tuple[UploadedFile[bytes], Kind]]", *, now: datetime
) -> Iterator[list[tuple[int, Kind]]]:
    """A transaction that begins with the rows of these files, in the order given: if it fails, none was kept.

    Looked at and written to the disk before it begins. Raises what `keep` raises.
    """
    stored = [_store(upload, kind) for upload, kind in uploads]
    with transaction.atomic():
        yield _entered(stored, now)


def keep_all(
    uploads: "Iterable[tuple[UploadedFile[bytes], Kind]]", *, now: datetime
) -> list[tuple[int, Kind]]:
    """As `keeping`, for whoever is inside a transaction already."""
    return _entered([_store(upload, kind) for upload, kind in uploads], now)


def _entered(stored: "list[_Stored]", now: datetime) -> list[tuple[int, Kind]]:
    # By hash: of two who bring the same files one waits for the other, and never each for the other.
    ids = {file.sha256: _enter(file, now).id for file in sorted(stored, key=lambda file: file.sha256)}
    return [(ids[file.sha256], file.kind) for file in stored]


def _store(upload: "UploadedFile[bytes] | BinaryIO | bytes", kind: Kind) -> _Stored:
    data = _read(upload, kind)
    judged = intake.judge(data, kind)
    sha256 = new_sha256(data).hexdigest()
    storage.store(sha256, data)
    return _Stored(sha256, len(data), judged, kind)


def _enter(file: _Stored, now: datetime) -> Kept:
    row = intake.enter(file.sha256, file.size, file.judged, now)
    return Kept(row, file.sha256, file.judged.found.mime, file.kind)


def _read(upload: "UploadedFile[bytes] | BinaryIO | bytes", kind: Kind) -> bytes:
    most = settings.MAX_PHOTO_BYTES
    if isinstance(upload, bytes):
        data = upload
    elif isinstance(upload, UploadedFile) and (upload.size or 0) > most:
        raise intake.too_large(kind)
    else:
        data = upload.read(most + 1)
    if len(data) > most:
        raise intake.too_large(kind)
    return data


def sweep(*, age_s: float = ORPHAN_AGE_S) -> int:
    """Takes away files whose row was never committed and what interrupted writers left; how many.

    Only what is older than `age_s` seconds goes, so that no transaction still under way loses its file.
    """
    gone = sum(storage.remove_if_old(path, age_s) for path in storage.leftovers())
    for batch in storage.batches(SWEEP_BATCH):
        known = {
            row[0]
            for row in sql.tuples("SELECT sha256 FROM records_file WHERE sha256 = ANY(%s)", [list(batch)])
        }
        gone += sum(storage.remove_if_old(path, age_s) for name, path in batch.items() if name not in known)
    return gone
