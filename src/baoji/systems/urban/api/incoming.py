"""Reading a write: JSON, or multipart with the JSON in one part and photos and voice in others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, Refused, TooLarge
from baoji.kernel.records.actions import keeping
from baoji.kernel.wire.nul import json_without_nul
from baoji.kernel.wire.once import checked_key, digests, fingerprint

Kind = Literal["photo", "voice"]
Uploads = list[tuple[Any, Kind]]
PARTS: tuple[Kind, ...] = ("photo", "voice")


def read(request: HttpRequest, part: str) -> tuple[dict[str, Any], Uploads]:
    """The JSON object and the uploaded files. `part` is the name of the JSON part of a multipart body."""
    if int(request.headers.get("Content-Length") or 0) > settings.MAX_REQUEST_BYTES:
        raise TooLarge(_("发送的内容超过 64 MB"))
    kind = request.content_type
    if kind == "multipart/form-data":
        try:
            body, files = request.POST.get(part, "{}").encode(), request.FILES
        except (MultiPartParserError, SuspiciousOperation, RequestDataTooBig) as fault:
            raise Refused(_("表单内容不完整或太大"), code="validation", status=400) from fault
        if (named := files.get(part)) is not None:  # a browser's Blob: the JSON with a file name
            if (named.size or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise TooLarge(_("JSON 内容太大"))
            body = named.read()
        return _object(body), [(file, name) for name in PARTS for file in files.getlist(name)]
    if kind not in {"application/json", ""}:
        raise Refused(
            _("请发送 application/json 或 multipart/form-data"), code="unsupported-media-type", status=415
        )
    try:
        return _object(request.body or b"{}"), []
    except RequestDataTooBig as fault:
        raise TooLarge(_("JSON 内容太大")) from fault


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json_without_nul(body)
    except orjson.JSONDecodeError as fault:
        raise Refused(_("不是正确的 JSON"), code="validation", status=400) from fault
    if not isinstance(found, dict):
        raise Invalid(_("请发送一个 JSON 对象"))
    return found


@contextmanager
def kept(uploads: Uploads, now: datetime) -> Iterator[list[tuple[int, Kind]]]:
    """The files kept in one transaction with what is done with them; without files what is done is one statement and
    needs none around it.
    """
    if not uploads:
        yield []
        return
    with keeping(uploads, now=now) as files:
        yield files


def key_of(request: HttpRequest) -> str:
    return checked_key(request.headers.get("Idempotency-Key", ""))


def hash_of(request: HttpRequest, body: dict[str, Any], uploads: Uploads) -> str:
    """What must be the same for a key to be the same request."""
    try:
        written = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as fault:  # it reads what is nested more deeply than it writes
        raise Refused(_("不是正确的 JSON"), code="validation", status=400) from fault
    files = digests(file for file, _kind in uploads)
    return fingerprint(request.path.encode(), written, *files)
