"""Copies for others' eyes: made by our own encoder, so that nothing but the picture is in them."""

import json
import logging
from collections.abc import Sequence
from hashlib import sha256 as new_sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from baoji.kernel.records.confined import Bad, Studio, studio
from baoji.kernel.records.content import not_an_image
from baoji.kernel.records.storage import original_path

log = logging.getLogger("baoji.records")
# Name of a copy: its greatest width in pixels and its JPEG quality. The two of the worker come largest first.
SIZES: dict[str, tuple[int | None, int]] = {"full": (None, 92), "1600": (1600, 82), "320": (320, 80)}
MADE_BY_WORKER = ("1600", "320")


def copy_path(sha256: str, size: str, words: Sequence[str] = ()) -> Path:
    """Where a copy is kept; one with words on it has their hash in its name."""
    mark = f".{new_sha256(json.dumps(list(words)).encode()).hexdigest()[:16]}" if words else ""
    return Path(settings.DATA) / "copies" / size / sha256[:2] / sha256[2:4] / f"{sha256}{mark}.jpg"


def made_copy(sha256: str, size: str, words: Sequence[str] = ()) -> Path:
    """The copy's path; made on first request, of an erased original from the copy that stayed. Raises `Refused` when it cannot be opened as a picture."""
    path = copy_path(sha256, size, words)
    if not path.exists():
        _make(studio, sha256, source(sha256, size), [_wish(path, size, words)])
    return path


def source(sha256: str, size: str) -> Path:
    """What a copy is made from: the original, else the copy without words that outlives it."""
    original = original_path(sha256)
    return original if original.exists() else copy_path(sha256, size)


def make_copies(sha256: str, studio: Studio = studio) -> None:
    """Makes what is missing of the copies that pages ask for, decoding once. Raises `Refused`."""
    paths = {size: copy_path(sha256, size) for size in MADE_BY_WORKER}
    wishes = [_wish(path, size) for size, path in paths.items() if not path.exists()]
    if wishes:
        _make(studio, sha256, original_path(sha256), wishes)


def _make(studio: Studio, sha256: str, picture: Path, wishes: Sequence[dict[str, Any]]) -> None:
    try:
        studio.make(picture, wishes)
    except Bad as bad:
        log.warning("no copies of %s: %s", sha256, bad)
        raise not_an_image() from bad


def _wish(path: Path, size: str, words: Sequence[str] = ()) -> dict[str, Any]:
    width, quality = SIZES[size]
    return {"path": str(path), "width": width, "quality": quality, "words": list(words)}


def forget(sha256: str, *, sizes: Sequence[str]) -> None:
    """Deletes the copies of these sizes, those with words on them too."""
    for size in sizes:
        for path in copy_path(sha256, size).parent.glob(f"{sha256}.*"):
            path.unlink(missing_ok=True)
