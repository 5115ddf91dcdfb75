"""Short-lived signed tickets that a process without Django can check. Plain Python."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from json import dumps, loads
from typing import Any


def sign(claims: dict[str, Any], secret: str) -> str:
    """`claims` must hold `exp`, seconds since the epoch."""
    body = urlsafe_b64encode(dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{body}.{_mark(body, secret)}"


def read(ticket: str, secret: str, now: float) -> dict[str, Any] | None:
    """The claims of a ticket that is ours and not expired, else None."""
    body, _dot, mark = ticket.partition(".")
    if not mark or not hmac.compare_digest(mark.encode(errors="replace"), _mark(body, secret).encode()):
        return None
    claims: dict[str, Any] = loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims if claims["exp"] >= now else None


def _mark(body: str, secret: str) -> str:
    return (
        urlsafe_b64encode(hmac.digest(secret.encode(), body.encode(errors="replace"), sha256))
        .decode()
        .rstrip("=")
    )
