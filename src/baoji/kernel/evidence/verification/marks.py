"""What is weighed about an envelope, and what follows: `proven` when nothing fails and nothing is missing."""

from collections.abc import Iterable
from typing import Any, Literal

Standing = Literal["proven", "claimed", "failed"]
# A check that does not hold, and how it is said.
FAILING = {
    "malformed": "the envelope is not in canonical form",
    "unknown-key": "signed by a key that was never enrolled",
    "other-person": "sent by somebody else than the key's owner",
    "signature": "the signature does not fit",
    "ticket": "the ticket in it was not signed by this server for this key",
    "key-ended": "the key had been ended before it arrived",
    "content": "the envelope speaks of another file than this",
    "other-report": "the envelope was made for another report, or came with another one or another act before",
}
# With one of these nobody knows whose words the envelope's are.
NOBODYS = frozenset({"malformed", "unknown-key", "other-person", "signature"})
# What is missing for a proof.
LACKING = {
    "no-envelope": "came without an envelope",
    "waiting": "no second person has approved the key",
    "frozen": "it arrived while its key was frozen: two had it, and nobody can say which of them signed this",
    "no-ticket": "without a ticket there is no earliest moment",
    "no-receipt": "the server gave no receipt for it",
    "gallery": "chosen from the phone's pictures, not taken with the camera in the app",
    "no-camera": "the phone does not say that the camera in the app took it",
}
# Remarks that take nothing away.
REMARKS = {
    "expired": "the ticket had run out by the phone's clock",
    "late": "the window is wider than a day",
    "skew": "the phone's clock was wrong",
    "rewound": "its own ticket says that the server had seen this number before",
    "forked": "two different envelopes bear this number or contradict each other: the key may have been copied",
    "copied": "its key was frozen at another time, for two histories of it were found: it may have been in two hands",
    "role": "signed as a picture of how it was before, or of after, where its act wants the other",
}
# What the field app signs as `role` for the photos of these acts; a report may bring either.
ROLES = {"verify_answer": "before", "answer": "after", "check_answer": "after"}


def source_marks(said: dict[str, Any]) -> list[str]:
    """What is missing about where a file came from, by the device's own word."""
    source = said.get("source")
    if source == "gallery":
        return ["gallery"]
    return ["no-camera"] if said.get("kind") == "photo" and source != "camera" else []


def is_of_task(said: dict[str, Any], number: str) -> bool:
    """Whether what was signed is for the case that it came with; a report's names none, there is no case yet."""
    return (said.get("task") or number) == number


def is_other_role(kind: str, role: str, act: str) -> bool:
    """Whether a photo was signed as one of before, where its act wants one of after, or the other way."""
    return kind == "photo" and bool(role) and role != ROLES.get(act, role)


def standing(marks: Iterable[str]) -> Standing:
    found = set(marks)
    return "failed" if found & FAILING.keys() else "claimed" if found & LACKING.keys() else "proven"
