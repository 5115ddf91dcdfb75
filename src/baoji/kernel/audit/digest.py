"""A digest of a row's values that only the holder of the salt can tie to them: personal words stay out of the journal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson


def row_digest(salt: str, values: Sequence[Any]) -> str:
    """The same for equal values, whatever the zone of their times and the order of keys in their JSON."""
    return sha256(salt.encode() + b"\n" + row_text(values)).hexdigest()


def row_text(values: Sequence[Any]) -> bytes:
    """The text that is hashed."""
    plain = [value.astimezone(UTC) if isinstance(value, datetime) else value for value in values]
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
