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


def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes] | None:
    """The answer to a request for a tile, at hand or cut now; None where there is none to be had: Django says why."""
    tile = shelf.get(environ["PATH_INFO"]) or _cut_now(environ)
    if tile is None:
        return None
    if environ.get("HTTP_IF_NONE_MATCH") == tile.tag:
        start("304 Not Modified", [("ETag", tile.tag), ("Cache-Control", CACHE)])
        return [b""]
    gzipped = bool(tile.packed) and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    start("200 OK", headers(tile, gzipped))
    return [tile.packed if gzipped else tile.body]


def _cut_now(environ: dict[str, Any]) -> Tile | None:
    found = ADDRESS.fullmatch(environ["PATH_INFO"])
    if found is None or environ["REQUEST_METHOD"] != "GET":
        return None
    name, z, x, y = found[1], *map(int, found.groups()[1:])
    if name not in sources() or not is_tile(z, x, y):
        return None
    try:
        return cut(name, z, x, y)
    except Error:  # a connection that broke, say: Django takes another one
        return None


def city_tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile of a set that everybody may see (`base`, `city`, a system's own); cut now, and kept."""
    if name not in sources() or not is_tile(z, x, y):
        return HttpResponse(status=404)
    tile = cut(name, z, x, y)
    if request.headers.get("If-None-Match") == tile.tag:
        return HttpResponse(status=304, headers={"ETag": tile.tag, "Cache-Control": CACHE})
    gzipped = bool(tile.packed) and "gzip" in request.headers.get("Accept-Encoding", "")
    return HttpResponse(tile.packed if gzipped else tile.body, headers=dict(headers(tile, gzipped)))
