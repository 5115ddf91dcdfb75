"""What every file goes through on its way in, whole or in pieces: judged by its content, scanned, entered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import TooLarge
from baoji.kernel.records import content, scanner
from baoji.kernel.records.content import Content

Kind = Literal["photo", "voice"]


@dataclass(frozen=True)
class Judged:
    """Taken: what it is, and what the scanner said."""

    found: Content
    scan: scanner.Verdict


def too_large(kind: Kind) -> TooLarge:
    """The refusal, for whoever can tell by the size alone."""
    size = {"mb": settings.MAX_PHOTO_BYTES // 1024 // 1024}
    if kind == "photo":
        return TooLarge(_("照片没有传上：超过 %(mb)d MB。请重拍或压缩") % size)
    return TooLarge(_("录音没有传上：超过 %(mb)d MB。请录短一些") % size)


def judge(data: bytes, kind: Kind) -> Judged:
    """Raises `Refused`: `too-large`, `not-an-image`, `not-a-recording`, `infected`, `scanner-down`."""
    found = content.photo(data) if kind == "photo" else content.recording(data)
    return Judged(found, scanner.look(data))


INSERT = """
WITH made AS (
  INSERT INTO records_file (sha256, size, mime, width, height, exif, created_at)
  VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s) ON CONFLICT (sha256) DO NOTHING RETURNING id
), about AS (
  INSERT INTO records_media (file_id, tries, scan) SELECT id, 0, %s FROM made
)
SELECT id FROM made
"""


def enter(sha256: str, size: int, judged: Judged, now: datetime) -> int:
    """The row of a stored file; the one that is there when the content has been sent before."""
    found = judged.found
    exif = orjson.dumps(found.exif).decode() if found.exif else None
    made = sql.value(INSERT, [sha256, size, found.mime, found.width, found.height, exif, now, judged.scan])
    return int(made or sql.value("SELECT id FROM records_file WHERE sha256 = %s", [sha256]))
