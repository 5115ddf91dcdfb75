"""One deed for one `Idempotency-Key` of a caller, also after a crash and for twins that arrive together."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.identity.callers import Caller

LONGEST_KEY = 128
FORGET_AT_ONCE = 500
# In the order of the rows' ids, which is that of their times: an index on the time would cost every write. A row that somebody
# is being answered from is passed over, and one whose request is under way is not seen.
FORGET = f"""
WITH batch AS (SELECT id, at < %(before)s AS is_due FROM wire_inbox WHERE id > %(after)s ORDER BY id LIMIT {FORGET_AT_ONCE}),
     due AS (SELECT w.id FROM wire_inbox w JOIN batch b USING (id) WHERE b.is_due FOR UPDATE OF w SKIP LOCKED),
     gone AS (DELETE FROM wire_inbox w USING due WHERE w.id = due.id RETURNING 1)
SELECT max(id), bool_or(is_due), (SELECT count(*) FROM gone) FROM batch
"""


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


def forget(before: datetime) -> int:
    """Deletes what was claimed before this instant, a batch a transaction; how many. Who sends such a key again makes a new request."""
    after, total, goes_on = 0, 0, True
    while goes_on:
        last, goes_on, gone = sql.tuples(FORGET, {"before": before, "after": after})[0]
        after, total = last or after, total + gone
    return total
