"""Short-lived signed tickets that a process without Django can check. Plain Python."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from json import dumps, loads
from typing import Any

LIVE = "live"  # the purpose of tickets that open the live updates


def sign(claims: dict[str, Any], secret: str, purpose: str) -> str:
    """`claims` must hold `exp`, seconds since the epoch. `purpose`, without a dot, is what the ticket is for, and for nothing else."""
    body = urlsafe_b64encode(dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{body}.{_mark(body, secret, purpose)}"


def read(ticket: str, secret: str, now: float, purpose: str) -> dict[str, Any] | None:
    """The claims of a ticket that is ours, for this purpose and not expired, else None."""
    body, _dot, mark = ticket.partition(".")
    ours = _mark(body, secret, purpose)
    if not mark or not hmac.compare_digest(mark.encode(errors="replace"), ours.encode()):
        return None
    claims: dict[str, Any] = loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims if claims["exp"] >= now else None


def _mark(body: str, secret: str, purpose: str) -> str:
    signed = f"{purpose}.{body}".encode(errors="replace")
    return urlsafe_b64encode(hmac.digest(secret.encode(), signed, sha256)).decode().rstrip("=")
