"""Serving the city's tiles. `served` answers before Django is asked: a map loads dozens of tiles at once."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse

from baoji.kernel.maps.tiles import MIME, Tile, cut, is_tile, shelf, sources

CACHE = "public, max-age=600"
ADDRESS = re.compile(r"/tiles/([-\w]+)/(\d{1,2})/(\d{1,9})/(\d{1,9})", re.ASCII)


def headers(tile: Tile, gzipped: bool) -> list[tuple[str, str]]:
    """Of the answer with this tile; other sites may show it."""
    body = tile.packed if gzipped else tile.body
    found = [
        ("Content-Type", MIME),
        ("Cache-Control", CACHE),
        ("ETag", tile.tag),
        ("Content-Length", str(len(body))),
        ("Vary", "Accept-Encoding"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    return [*found, ("Content-Encoding", "gzip")] if gzipped else found


def _answer(tile: Tile, known: str | None, accepted: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body for who knows this tag and accepts these encodings."""
    if known == tile.tag:
        return 304, [("ETag", tile.tag), ("Cache-Control", CACHE)], b""
    gzipped = bool(tile.packed) and "gzip" in accepted
    return 200, headers(tile, gzipped), tile.packed if gzipped else tile.body


def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes] | None:
    """The answer to a request for a tile, at hand or cut now; None where there is none to be had: Django says why."""
    tile = shelf.get(environ["PATH_INFO"]) or _cut_now(environ)
    if tile is None:
        return None
    known, accepted = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_ACCEPT_ENCODING", "")
    status, found, body = _answer(tile, known, accepted)
    start("304 Not Modified" if status == 304 else "200 OK", found)
    return [body]


def _cut_now(environ: dict[str, Any]) -> Tile | None:
    found = ADDRESS.fullmatch(environ["PATH_INFO"])
    if found is None or environ["REQUEST_METHOD"] != "GET":
        return None
    try:
        return _cut(found[1], *map(int, found.groups()[1:]))
    except Error:  # a connection that broke, say: Django takes another one
        return None


def _cut(name: str, z: int, x: int, y: int) -> Tile | None:
    return cut(name, z, x, y) if name in sources() and is_tile(z, x, y) else None


def city_tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile of a set that everybody may see (`base`, `city`, a system's own); cut now, and kept."""
    tile = _cut(name, z, x, y)
    if tile is None:
        return HttpResponse(status=404)
    known, accepted = request.headers.get("If-None-Match"), request.headers.get("Accept-Encoding", "")
    status, found, body = _answer(tile, known, accepted)
    return HttpResponse(body, status=status, headers=dict(found))
