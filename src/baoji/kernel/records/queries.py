"""Reads of kept files. Who may see one is for the caller to decide: these rooms know no cases."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotAllowed, NotThere, Refused
from baoji.kernel.records import renditions, storage


def copy_path(sha256: str, size: str, words: Sequence[str] = ()) -> Path:
    """The copy of a photo without EXIF, upright: `320` or `1600` pixels wide at most, or `full`; with words at its bottom.

    Of an erased original `full` is the largest copy that stays. Raises `NotThere`: another size; the original is gone and no copy
    was made before.
    """
    if size not in renditions.SIZES:
        raise NotThere(_("没有这张照片"))
    if size == "full" and not storage.original_path(sha256).exists():
        size = renditions.MADE_BY_WORKER[0]
    made = renditions.copy_path(sha256, size, words)
    if not made.exists() and not renditions.source(sha256, size).exists():
        raise NotThere(_("没有这张照片"))
    try:
        return renditions.made_copy(sha256, size, words)
    except Refused:
        if renditions.source(sha256, size).exists():
            raise
        raise NotThere(_("没有这张照片")) from None  # erased while it was being made


def is_kept(sha256: str) -> bool:
    """Whether the original is here: not erased when its time was over."""
    return storage.original_path(sha256).exists()


def require_clean(sha256: str) -> None:
    """Raises `NotAllowed` for a file in which a virus was found after it had been accepted."""
    if (
        settings.CLAMD
        and sql.value(
            "SELECT m.scan FROM records_media m JOIN records_file f ON f.id = m.file_id WHERE f.sha256 = %s",
            [sha256],
        )
        == "infected"
    ):
        raise NotAllowed(_("这个文件里查出病毒，不能打开"), code="infected")


def exif(sha256: str) -> dict[str, Any] | None:
    """What the original says about itself; private, for evidence only."""
    found = sql.value("SELECT exif::text FROM records_file WHERE sha256 = %s", [sha256])
    return orjson.loads(found) if found else None
