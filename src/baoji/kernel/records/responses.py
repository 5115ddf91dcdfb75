"""Kept files as HTTP answers. The caller has made sure that the reader may see the file."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import NotThere
from baoji.kernel.records import queries, recordings, storage

# The name is the content's hash, so an answer never grows old; private, because not everybody may see it.
CACHE = "private, max-age=31536000, immutable"
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
CHUNK = 64 * 1024


def file_response(
    request: HttpRequest, sha256: str, mime: str, size: str, words: Sequence[str] = ()
) -> HttpResponseBase:
    """Photos as copies without EXIF, recordings as the copy that plays everywhere, or as they are; in parts where asked so.

    `words` stand at the bottom of a photo's copy. Raises `NotThere`, `NotAllowed` (infected).
    """
    queries.require_clean(sha256)
    if mime.startswith("image/"):
        copy = queries.copy_path(sha256, size, words)
        return _answer(request, f"{copy.stem}-{size}", copy, "image/jpeg")
    copy = recordings.copy_path(sha256)
    if copy.exists():
        return _answer(request, f"{sha256}-m4a", copy, recordings.MIME)
    return _answer(request, f"{sha256}-{size}", _original(sha256), mime)


def _original(sha256: str) -> Path:
    path = storage.original_path(sha256)
    if not path.exists():
        raise NotThere(_("原件已按期限删除，或不在这台服务器上"))
    return path


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
    whole = path.stat().st_size
    wanted = RANGE.fullmatch(asked.strip())
    if wanted is None or wanted.groups() == ("", ""):
        response: HttpResponseBase = FileResponse(path.open("rb"), content_type=mime)
        response.headers["Accept-Ranges"] = "bytes"
        return response
    first, last = _bounds(wanted[1], wanted[2], whole)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole}"})
    return StreamingHttpResponse(
        _bytes(path, first, last),
        status=206,
        content_type=mime,
        headers={
            "Content-Range": f"bytes {first}-{last}/{whole}",
            "Content-Length": str(last - first + 1),
            "Accept-Ranges": "bytes",
        },
    )


def _bounds(first: str, last: str, whole: int) -> tuple[int, int]:
    """The part's first and last byte; `-500` means the last 500."""
    if not first:
        return max(0, whole - int(last)), whole - 1
    return int(first), min(int(last), whole - 1) if last else whole - 1


def _bytes(path: Path, first: int, last: int) -> Iterator[bytes]:
    left = last - first + 1
    with path.open("rb") as file:
        file.seek(first)
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
