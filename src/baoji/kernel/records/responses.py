"""Kept files as HTTP answers. The caller has made sure that the reader may see the file."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from baoji.kernel.records import queries, storage

# The name is the content's hash, so an answer never grows old; private, because not everybody may see it.
CACHE = "private, max-age=31536000, immutable"
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
CHUNK = 64 * 1024


def serve_copy(request: HttpRequest, sha256: str, size: str) -> HttpResponseBase:
    """A photo's copy (`320`, `1280`, `full`) or a recording. Raises `NotThere`."""
    return file_response(request, sha256, queries.stored(sha256)["mime"], size)


def file_response(request: HttpRequest, sha256: str, mime: str, size: str) -> HttpResponseBase:
    """Photos as copies without EXIF, recordings as they are, in parts where the player asks so."""
    tag = f'"{sha256}-{size}"'
    if tag in request.headers.get("If-None-Match", ""):
        return _marked(HttpResponse(status=304), tag)
    if mime.startswith("image/"):
        copy = queries.copy_path(sha256, size)
        return _marked(FileResponse(copy.open("rb"), content_type="image/jpeg"), tag)
    path = storage.original_path(sha256)
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
