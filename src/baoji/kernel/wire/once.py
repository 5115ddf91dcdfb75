"""One deed for one `Idempotency-Key` of a caller, also after a crash and for twins that arrive together."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.identity.callers import Caller

LONGEST_KEY = 128


def checked_key(key: str) -> str:
    """The key, or Invalid if it cannot be one."""
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            _("Idempotency-Key 最多 128 个 ASCII 字符"),
            errors={"Idempotency-Key": [_("最多 128 个 ASCII 字符")]},
        )
    return key


def name_of(caller: Caller) -> str:
    """Whose keys these are: a person's, or those of whoever shows a query code."""
    return f"p{caller.id}" if caller.id is not None else caller.code


def fingerprint(*parts: bytes) -> str:
    """A hash of what came with the key: method and path, body, files."""
    whole = sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def digests(uploads: "Iterable[UploadedFile[bytes]]") -> list[bytes]:
    """The SHA-256 of each file, as parts of a `fingerprint`; the files can be read again afterwards."""
    found = []
    for upload in uploads:
        whole = sha256()
        for chunk in upload.chunks():
            whole.update(chunk)
        upload.seek(0)
        found.append(whole.digest())
    return found


def earlier_answer(earlier: dict[str, Any], request_hash: str) -> tuple[int, Any]:
    """The stored answer; a different request under the same key is a conflict."""
    if earlier["hash"] != request_hash:
        raise Refused(_("这个 Idempotency-Key 已用于另一个请求"), code="idempotency-conflict", status=409)
    return int(earlier["status"]), earlier["answer"]


def claim(caller: str, key: str, request_hash: str) -> tuple[int, Any] | None:
    """None: go on, inside this transaction, and call `answer` at its end. Otherwise the earlier answer, name by name in its order.

    A twin under way makes this wait until it has ended.
    """
    found = sql.value("SELECT wire_claim(%s, %s, %s)::text", [caller, key, request_hash])
    if not found:
        return None
    status, _unordered = earlier_answer(orjson.loads(found), request_hash)
    written = sql.value("SELECT answer::text FROM wire_inbox WHERE caller = %s AND key = %s", [caller, key])
    return status, orjson.loads(written)


def answer(caller: str, key: str, status: int, body: Any) -> None:
    """What a twin of this request will get; `body` must be fit for JSON."""
    sql.execute(
        "UPDATE wire_inbox SET status = %s, answer = %s::json WHERE caller = %s AND key = %s",
        [status, orjson.dumps(body).decode(), caller, key],
    )
