"""Answers as XML and as JSON, one made from the other by the Spark convention: an element that only repeats is a list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

MIMES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# What each list holds, where its elements are not called like the list without its last letter.
ITEMS = {"service_requests": "request", "service_request_updates": "request_update"}
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
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
    body = as_json(answer.body) if kind == "json" else as_xml(answer.root, answer.body)
    return HttpResponse(body, status=answer.status, content_type=MIMES[kind], headers=answer.headers)


def as_json(body: Any) -> bytes:
    return orjson.dumps(body)


def as_xml(root: str, body: Any) -> bytes:
    parts = [DECLARATION]
    _write(parts, root, body)
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Any) -> None:
    if value is None or value in ("", []):
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
    return FORBIDDEN.sub("", str(value)).translate(ESCAPES)
