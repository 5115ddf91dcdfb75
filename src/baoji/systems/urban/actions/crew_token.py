"""The secret part of a crew's link: short enough for an SMS, signed, with its end written in it. Plain Python."""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import NamedTuple

HEAD = struct.Struct(">QI")  # the link's id; its end, seconds since the epoch
NONCE = 9  # bytes that only the link has: the database keeps their hash alone
MARK = 9  # bytes of the signature
LENGTH = 40  # letters


class Secret(NamedTuple):
    """`nonce` makes the link; `digest` is all that is kept of it."""

    nonce: bytes
    digest: str


class Told(NamedTuple):
    """What a token says of itself, its signature having been checked."""

    link: int
    ends_at: datetime
    digest: str


def fresh() -> Secret:
    nonce = token_bytes(NONCE)
    return Secret(nonce, sha256(nonce).hexdigest())


def write(link: int, ends_at: datetime, nonce: bytes, key: str) -> str:
    body = HEAD.pack(link, int(ends_at.timestamp())) + nonce
    return urlsafe_b64encode(body + _mark(body, key)).decode()


def read(token: str, key: str) -> Told | None:
    """None for whatever we did not write; whether the link has ended is another question."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        whole = urlsafe_b64decode(token)
    except NotBase64:
        return None
    body, mark = whole[:-MARK], whole[-MARK:]
    if not hmac.compare_digest(mark, _mark(body, key)):
        return None
    link, ends = HEAD.unpack_from(body)
    return Told(link, datetime.fromtimestamp(ends, UTC), sha256(body[HEAD.size :]).hexdigest())


def _mark(body: bytes, key: str) -> bytes:
    return hmac.digest(f"crew-link:{key}".encode(), body, sha256)[:MARK]
