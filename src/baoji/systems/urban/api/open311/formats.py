"""Answers as XML and as JSON, one made from the other by the Spark convention: an element that only repeats is a list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from baoji.kernel.base.text import NOT_XML, legal_in_xml

MIMES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# What each list holds, where its elements are not called like the list without its last letter.
ITEMS = {"service_requests": "request", "service_request_updates": "request_update"}
SPECIAL = re.compile(f"[{NOT_XML}&<>]")
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass
class Answer:
    """`root` names the whole in XML; JSON leaves it out."""

    root: str
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def wanted(request: HttpRequest, extension: str) -> str:
    """`xml` or `json`: the address's extension says it, else the Accept header; XML is what everybody must speak."""
    if extension in MIMES:
        return extension
    weights = {kind: _weight(request.headers.get("Accept", ""), kind) for kind in MIMES}
    return "json" if weights["json"] > weights["xml"] else "xml"


KINDS = {"json": ("application/json", "text/json"), "xml": ("text/xml", "application/xml")}


def _weight(accept: str, kind: str) -> float:
    """How much a client likes this format by its own name; a wildcard likes them alike and counts as nothing."""
    best = 0.0
    for part in accept.split(","):
        name, _semicolon, more = part.partition(";")
        if name.strip().lower() in KINDS[kind]:
            quality = re.search(r"q\s*=\s*([01](?:\.\d{0,3})?)", more)
            best = max(best, float(quality[1]) if quality else 1.0)
    return best


def response(answer: Answer, kind: str) -> HttpResponse:
    """The answer in `kind`, json or xml, with its status and headers."""
    body = as_json(answer.body) if kind == "json" else as_xml(answer.root, answer.body)
    return HttpResponse(body, status=answer.status, content_type=MIMES[kind], headers=answer.headers)


class Piece:
    """One of a list of answers, each written once in each format: the same one is told to many."""

    __slots__ = ("_body", "_item", "_json", "_xml")

    def __init__(self, item: str, body: Mapping[str, Any]) -> None:
        self._item, self._body = item, body
        self._json = self._xml = b""

    @property
    def json(self) -> bytes:
        """Written on first use."""
        self._json = self._json or orjson.dumps(self._body)
        return self._json

    @property
    def xml(self) -> bytes:
        """Written on first use, without the declaration."""
        if not self._xml:
            parts: list[str] = []
            _write(parts, self._item, self._body)
            self._xml = "".join(parts).encode()
        return self._xml


def _pieces(body: Any) -> bool:
    return isinstance(body, list) and bool(body) and isinstance(body[0], Piece)


def as_json(body: Any) -> bytes:
    """A mapping, a list of them, or a list of `Piece`."""
    return b"[" + b",".join([one.json for one in body]) + b"]" if _pieces(body) else orjson.dumps(body)


def as_xml(root: str, body: Any) -> bytes:
    """The same below an element `root`: lists by the names in `ITEMS`, else by their name without its s; None and an empty
    list are empty elements. Letters that XML forbids are left out."""
    if _pieces(body):
        inside = b"".join([one.xml for one in body])
        return f"{DECLARATION}<{root}>".encode() + inside + f"</{root}>".encode()
    parts = [DECLARATION]
    _write(parts, root, body)
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Any) -> None:
    if isinstance(value, str):
        parts.append(f"<{name}>{_escaped(value)}</{name}>" if value else f"<{name}/>")
    elif value is None or value == []:
        parts.append(f"<{name}/>")
    elif isinstance(value, Mapping):
        parts.append(f"<{name}>")
        for inner, one in value.items():
            _write(parts, inner, one)
        parts.append(f"</{name}>")
    elif isinstance(value, list):
        item = ITEMS.get(name, name.removesuffix("s"))
        parts.append(f"<{name}>")
        for one in value:
            _write(parts, item, one)
        parts.append(f"</{name}>")
    else:
        parts.append(f"<{name}>{_text(value)}</{name}>")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return _escaped(str(value))


def _escaped(text: str) -> str:
    """Most texts hold nothing to escape, which one look decides."""
    return legal_in_xml(text).translate(ESCAPES) if SPECIAL.search(text) else text
