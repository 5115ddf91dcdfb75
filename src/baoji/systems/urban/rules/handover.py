"""Orders handed over between hotlines: what a message says. Plain Python; the shapes stand in docs/handover.schema.json."""

from datetime import datetime
from typing import Any

PLATFORMS = ("12345", "110")
TYPE, VERSION = "handover", 1
# Acts that end a case for whoever handed it to us, and what the other platform is told.
ENDINGS = {
    "close": "closed",
    "settle": "answered",
    "reject": "not_accepted",
    "decline": "not_filed",
    "void": "void",
}
GRADES = {"normal": "normal", "urgent": "urgent", "critical": "critical"}


def order(
    *,
    number: str,
    sent_at: datetime,
    elements: dict[str, Any],
    grade: str,
    reason: str,
) -> dict[str, Any]:
    """An order of ours; the other side has no number for it yet."""
    return {
        **_head("order", number, None, sent_at),
        "grade": grade,
        "reason": reason,
        "elements": elements,
    }


def acknowledgement(
    *, number: str | None, theirs: str, accepted: bool, reason: str, sent_at: datetime
) -> dict[str, Any]:
    """Taken on under a number of ours, or declined with a reason."""
    return {**_head("acknowledgement", number, theirs, sent_at), "accepted": accepted, "reason": reason}


def result(
    *, number: str, theirs: str, ended: str, text: str, ended_at: datetime, n: int, sent_at: datetime
) -> dict[str, Any]:
    """What it came to; `n` counts the results of a case that was opened again."""
    return {
        **_head("result", number, theirs, sent_at),
        "sequence": n,
        "ended": ended,
        "text": text,
        "ended_at": ended_at.isoformat(timespec="seconds"),
    }


def _head(kind: str, sender: str | None, receiver: str | None, sent_at: datetime) -> dict[str, Any]:
    return {
        "type": TYPE,
        "version": VERSION,
        "kind": kind,
        "sender_number": sender,
        "receiver_number": receiver,
        "sent_at": sent_at.isoformat(timespec="seconds"),
    }


def elements(
    *,
    happened_at: datetime | None,
    address: str,
    location: tuple[float, float] | None,
    caller_name: str,
    caller_phone: str,
    involved: str,
    event: str,
    demand: str,
) -> dict[str, Any]:
    """时间、地点、人物、事件、诉求."""
    point = {"type": "Point", "coordinates": list(location)} if location else None
    return {
        "time": happened_at.isoformat(timespec="seconds") if happened_at else None,
        "place": {"address": address, "location": point},
        "people": {"caller": {"name": caller_name, "phone": caller_phone}, "involved": involved},
        "event": event,
        "demand": demand,
    }
