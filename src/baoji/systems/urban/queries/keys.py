"""Where a list by time goes on: the instant and the id of the last line, as an address carries them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import orjson


def encoded(at: datetime, id_: int) -> str:
    return urlsafe_b64encode(orjson.dumps([at, id_])).decode().rstrip("=")


def decoded(key: str) -> tuple[datetime, int]:
    """Raises ValueError or TypeError for what is no key."""
    at, id_ = orjson.loads(urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    return datetime.fromisoformat(at), int(id_)
