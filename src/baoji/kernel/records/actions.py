"""Keeps photos and recordings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as new_sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from baoji.kernel.base import sql
from baoji.kernel.records import intake, storage
from baoji.kernel.records.intake import Kind

__all__ = ["Kept", "Kind", "keep", "sweep"]
ORPHAN_AGE_S = 24 * 3600
SWEEP_BATCH = 500


@dataclass(frozen=True)
class Kept:
    """A file that would survive a power cut; its row is in the caller's transaction."""

    id: int
    sha256: str
    mime: str
    kind: Kind


def keep(upload: "UploadedFile[bytes] | BinaryIO | bytes", *, now: datetime, kind: Kind = "photo") -> Kept:
    """Raises `Refused`: `too-large`, `not-an-image`, `not-a-recording`, `infected`, `scanner-down`, `storage-full`;
    then nothing was kept.
    """
    data = _read(upload, kind)
    judged = intake.judge(data, kind)
    sha256 = new_sha256(data).hexdigest()
    storage.store(sha256, data)
    return Kept(intake.enter(sha256, len(data), judged, now), sha256, judged.found.mime, kind)


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
    for batch in _batches(storage.originals()):
        known = {
            row[0]
            for row in sql.tuples("SELECT sha256 FROM records_file WHERE sha256 = ANY(%s)", [list(batch)])
        }
        gone += sum(storage.remove_if_old(path, age_s) for name, path in batch.items() if name not in known)
    return gone


def _batches(paths: Iterator[Path]) -> Iterator[dict[str, Path]]:
    while batch := {path.name: path for path in islice(paths, SWEEP_BATCH)}:
        yield batch
