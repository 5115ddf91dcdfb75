"""Reads of kept files. Who may see one is for the caller to decide: these rooms know no cases."""

from pathlib import Path
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.kernel.records import renditions, storage


def stored(sha256: str) -> dict[str, Any]:
    """id, sha256, size, mime, width, height, created_at. Raises `NotThere`."""
    found = sql.row(
        "SELECT id, sha256, size, mime, width, height, created_at FROM records_file WHERE sha256 = %s",
        [sha256],
    )
    if found is None:
        raise NotThere(_("没有这个文件"))
    return found


def copy_path(sha256: str, size: str) -> Path:
    """The copy of a photo without EXIF, upright: `320` or `1280` pixels wide at most, or `full`. Raises `NotThere`."""
    if size not in renditions.SIZES or not storage.original_path(sha256).exists():
        raise NotThere(_("没有这张照片"))
    return renditions.made_copy(sha256, size)


def exif(sha256: str) -> dict[str, Any] | None:
    """What the original says about itself; private, for evidence only."""
    found = sql.value("SELECT exif::text FROM records_file WHERE sha256 = %s", [sha256])
    return orjson.loads(found) if found else None
