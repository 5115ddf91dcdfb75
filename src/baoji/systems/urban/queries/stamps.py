"""What stands at the bottom of a photo's copies, never on the original: which case, when, where. A thumbnail has no room for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from baoji.systems.urban.rules.redaction import unnamed

THUMBNAIL = "320"


def desk_stamp(found: Mapping[str, Any], size: str) -> tuple[str, ...]:
    """For those who may see the case; the place is the case's, so that nobody learns where a phone was, and without who called,
    since one copy is for all of them."""
    address = unnamed(found["address"], found["caller_name"], found["caller_phone"])
    return _stamp(size, found["shown"], found["at"], address, _where(found))


def correction_stamp(found: Mapping[str, Any], size: str) -> tuple[str, ...]:
    """Of a finding about the ledger: which component (a new one: which class), and where it was found or the ledger has it."""
    return _stamp(size, found["thing"], found["at"], found["address"], _where(found))


def public_stamp(found: Mapping[str, Any], size: str) -> tuple[str, ...]:
    """For strangers: the address as the public list has it, which is none where the place is coarse."""
    return _stamp(size, found["number"], found["at"], found["address"])


def _where(found: Mapping[str, Any]) -> str:
    return f"{found['lat']:.5f}, {found['lon']:.5f}" if found["lat"] is not None else ""


def _stamp(size: str, number: str, at: datetime, *where: str) -> tuple[str, ...]:
    if size == THUMBNAIL:
        return ()
    return tuple(word for word in (number, f"{timezone.localtime(at):%Y-%m-%d %H:%M}", *where) if word)
