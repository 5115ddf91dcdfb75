"""Where a list by time goes on: the instant and the id of the last line, as an address carries them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import orjson


def encoded(at: datetime, id_: int) -> str:
    return urlsafe_b64encode(orjson.dumps([at, id_])).decode().rstrip("=")


def decoded(key: str) -> tuple[datetime, int]:
    """Raises ValueError or TypeError for what is no key."""
    at, id_ = orjson.loads(urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    return instant(at), whole(id_)


def instant(said: Any) -> datetime:
    """A time with its offset, in UTC: the database knows no offset of a day. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError(said)
    try:
        return at.astimezone(UTC)
    except OverflowError as fault:
        raise ValueError(said) from fault


def whole(said: Any, *, bits: int = 63) -> int:
    """A whole number that a column of the database can hold; no `true`, which JSON has besides. Raises ValueError."""
    if type(said) is not int or abs(said) >= 2**bits:
        raise ValueError(said)
    return said
