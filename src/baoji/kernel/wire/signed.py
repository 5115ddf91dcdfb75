"""Calls of other machines signed with a shared secret: HMAC-SHA256 over time, method, address and body; none counts twice.

Headers: `Baoji-Key` names the secret, `Baoji-Timestamp` is seconds since the epoch, `Baoji-Signature` is `v1=` and the hex digest
of `TIMESTAMP.METHOD.PATH.BODY`, the path with its query.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Refused, TooLarge
from baoji.kernel.wire import once

APART_S = 300  # how far the sender's clock and ours may differ
VERSION = "v1="


@dataclass(frozen=True)
class Signed:
    """A call whose signature is right. `mark` is the signature: the same call again has the same one."""

    key: str
    mark: str
    body: bytes


def signature(secret: str, timestamp: int, method: str, path: str, body: bytes) -> str:
    """What the header `Baoji-Signature` has to say."""
    text = f"{timestamp}.{method}.{path}.".encode() + body
    return VERSION + hmac.digest(secret.encode(), text, sha256).hex()


def signed(request: HttpRequest, secrets: Mapping[str, str], now: datetime) -> Signed:
    """Raises Refused: `not-configured` (404), `bad-signature`, `bad-timestamp` (401)."""
    if not any(secrets.values()):
        raise Refused(_("这个接口还没有配置密钥"), code="not-configured", status=404)
    key, sent = request.headers.get("Baoji-Key", ""), request.headers.get("Baoji-Timestamp", "")
    try:
        body = request.body
    except RequestDataTooBig as fault:
        raise TooLarge(_("JSON 内容太大")) from fault
    secret = secrets.get(key, "")
    timestamp = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 12 else 0
    expected = signature(secret, timestamp, str(request.method), request.get_full_path(), body)
    given = request.headers.get("Baoji-Signature", "")
    if not secret or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused(_("签名不对"), code="bad-signature", status=401)
    if abs(now.timestamp() - timestamp) > APART_S:
        raise Refused(_("时间相差超过 5 分钟，请校准时钟后重新签名"), code="bad-timestamp", status=401)
    return Signed(key, expected.removeprefix(VERSION), body)


def take_once(call: Signed) -> None:
    """Inside the transaction that does what was asked: the same signed call again raises Refused `replayed`."""
    if once.claim(f"signed:{call.key}", call.mark, call.mark) is not None:
        raise Refused(_("这次调用已经收到过"), code="replayed", status=409)
    once.answer(f"signed:{call.key}", call.mark, 200, None)
