"""Kept files as HTTP answers. The caller has made sure that the reader may see the file."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from baoji.kernel.records import queries, recordings

# The name is the content's hash, so an answer never grows old; private, because not everybody may see it.
CACHE = "private, max-age=31536000, immutable"
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def file_response(
    request: HttpRequest, sha256: str, mime: str, size: str, words: Sequence[str] = ()
) -> HttpResponseBase:
    """Photos as copies without EXIF, recordings as the copy that plays everywhere, or as one in their own format; in parts where
    asked so. Never the original.

    `words` stand at the bottom of a photo's copy. Raises `NotThere`, `NotAllowed` (infected), `Refused` (no-plain-copy).
    """
    queries.require_clean(sha256)
    if mime.startswith("image/"):
        copy = queries.copy_path(sha256, size, words)
        return _answer(request, f"{copy.stem}-{size}", copy, "image/jpeg")
    copy = recordings.copy_path(sha256)
    if copy.exists():
        return _answer(request, f"{sha256}-m4a", copy, recordings.MIME)
    return _answer(request, f"{sha256}-plain", recordings.plain_copy(sha256, mime), mime)


def _answer(request: HttpRequest, name: str, path: Path, mime: str) -> HttpResponseBase:
    tag = f'"{name}"'
    if tag in request.headers.get("If-None-Match", ""):
        return _marked(HttpResponse(status=304), tag)
    return _marked(_part(path, mime, request.headers.get("Range", "")), tag)


def _marked(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = CACHE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _part(path: Path, mime: str, asked: str) -> HttpResponseBase:
    """Opened before it is measured: what is erased from then on is still read to its end."""
    try:
        file = path.open("rb")
    except FileNotFoundError as gone:
        raise recordings.gone() from gone
    whole = os.fstat(file.fileno()).st_size
    wanted = RANGE.fullmatch(asked.strip())
    if wanted is None or wanted.groups() == ("", ""):
        return FileResponse(file, content_type=mime, headers={"Accept-Ranges": "bytes"})
    first, last = _bounds(wanted[1], wanted[2], whole)
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole}"})
    file.seek(first)
    return FileResponse(
        _Piece(file, last - first + 1),
        status=206,
        content_type=mime,
        headers={
            "Content-Range": f"bytes {first}-{last}/{whole}",
            "Content-Length": str(last - first + 1),
            "Accept-Ranges": "bytes",
        },
    )


class _Piece:
    """So many bytes of an open file from where it stands; read once, and closed with the answer."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file, self._left = file, left

    def read(self, most: int) -> bytes:
        chunk = self._file.read(min(most, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


def _bounds(first: str, last: str, whole: int) -> tuple[int, int]:
    """The part's first and last byte; `-500` means the last 500."""
    if not first:
        return max(0, whole - int(last)), whole - 1
    return int(first), min(int(last), whole - 1) if last else whole - 1
