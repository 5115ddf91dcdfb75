"""Keeps photos and recordings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as new_sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import TooLarge
from baoji.kernel.records import content, storage

Kind = Literal["photo", "voice"]
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
    """Raises `Refused`: `too-large`, `not-an-image`, `not-a-recording`, `storage-full`; then nothing was kept."""
    data = _read(upload, kind)
    found = content.photo(data) if kind == "photo" else content.recording(data)
    sha256 = new_sha256(data).hexdigest()
    storage.store(sha256, data)
    return Kept(_row(sha256, len(data), found, now), sha256, found.mime, kind)


def _read(upload: "UploadedFile[bytes] | BinaryIO | bytes", kind: Kind) -> bytes:
    most = settings.MAX_PHOTO_BYTES
    if isinstance(upload, bytes):
        data = upload
    elif isinstance(upload, UploadedFile) and (upload.size or 0) > most:
        raise _too_large(kind, most)
    else:
        data = upload.read(most + 1)
    if len(data) > most:
        raise _too_large(kind, most)
    return data


def _too_large(kind: Kind, most: int) -> TooLarge:
    size = {"mb": most // 1024 // 1024}
    if kind == "photo":
        return TooLarge(_("照片没有传上：超过 %(mb)d MB。请重拍或压缩") % size)
    return TooLarge(_("录音没有传上：超过 %(mb)d MB。请录短一些") % size)


INSERT = """
INSERT INTO records_file (sha256, size, mime, width, height, exif, created_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s) ON CONFLICT (sha256) DO NOTHING RETURNING id
"""


def _row(sha256: str, size: int, found: content.Content, now: datetime) -> int:
    exif = orjson.dumps(found.exif).decode() if found.exif else None
    made = sql.value(INSERT, [sha256, size, found.mime, found.width, found.height, exif, now])
    return int(made or sql.value("SELECT id FROM records_file WHERE sha256 = %s", [sha256]))


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
