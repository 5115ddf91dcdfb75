"""What stands at the bottom of a photo's copies, never on the original: which case, when, where. A thumbnail has no room for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

THUMBNAIL = "320"


def desk_stamp(found: Mapping[str, Any], size: str) -> tuple[str, ...]:
    """For those who may see the case; the place is the case's, so that nobody learns where a phone was."""
    where = f"{found['lat']:.5f}, {found['lon']:.5f}" if found["lat"] is not None else ""
    return _stamp(size, found["shown"], found["at"], found["address"], where)


def public_stamp(found: Mapping[str, Any], size: str) -> tuple[str, ...]:
    """For strangers: the address as the public list has it, which is none where the place is coarse."""
    return _stamp(size, found["number"], found["at"], found["address"])


def _stamp(size: str, number: str, at: datetime, *where: str) -> tuple[str, ...]:
    if size == THUMBNAIL:
        return ()
    return tuple(word for word in (number, f"{timezone.localtime(at):%Y-%m-%d %H:%M}", *where) if word)
