"""What is weighed about an envelope, and what follows: `proven` when nothing fails and nothing is missing.

The pages and the check of an export both ask here, so that they say the same.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from baoji.kernel.evidence.verification.signed import ZEROS

Standing = Literal["proven", "claimed", "failed"]
# A check that does not hold, and how it is said.
FAILING = {
    "malformed": "the envelope is not in canonical form, or not what an envelope is",
    "unknown-key": "signed by a key that was not enrolled when it came",
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
    "link": "the journal's link {jn} has another hash than its ticket says: the city was set back to a backup since, or "
    "the ticket was made up",
    "role": "signed as a picture of how it was before, or of after, where its act wants the other",
}
TOLERANCE_MS = 2 * 60 * 1000
WIDE_MS = 24 * 3600 * 1000
# 1900 and 2200: at these and beyond no clock of anybody's stands (`kernel.base.instants`).
EARLIEST_MS, LATEST_MS = -2_208_988_800_000, 7_258_118_400_000
# What the field app signs as `role` for the photos of these acts; a report may bring either.
ROLES = {"verify_answer": "before", "answer": "after", "check_answer": "after"}


def source_marks(said: dict[str, Any]) -> list[str]:
    """What is missing about where a file came from, by the device's own word."""
    source = said.get("source")
    if source == "gallery":
        return ["gallery"]
    return ["no-camera"] if said.get("kind") == "photo" and source != "camera" else []


def time_marks(said: dict[str, Any], ticket: dict[str, Any] | None, received: int | None) -> list[str]:
    """Remarks about clock, window and number of an envelope that its device signed.

    `ticket` is the body of one that holds, `received` the receipt's time in ms.
    """
    at, issued = said["at"], ticket["issued"] if ticket else None
    early = at <= EARLIEST_MS or (issued is not None and at < issued - TOLERANCE_MS)
    late = at >= LATEST_MS or (received is not None and at > received + TOLERANCE_MS)
    found = {"skew": early or late}
    if ticket is not None:
        found |= {
            "expired": at > ticket["not_after"],
            "late": received is not None and received - ticket["issued"] > WIDE_MS,
            # the server knew this number before: another phone counts with this key
            "rewound": ticket["seen_seq"] >= said["seq"],
        }
    return [mark for mark, stands in found.items() if stands]


def is_other_link(ticket: Mapping[str, Any] | None, links: Mapping[int, str]) -> bool:
    """Whether a link that is known (number → hash) is another one than a ticket names; before the first are 64 zeros."""
    if ticket is None:
        return False
    number, named = ticket["jn"], ticket["jhead"]
    return bool(links.get(number, named if number else ZEROS) != named)


class Numbered(NamedTuple):
    """An envelope's place in its device's chain."""

    hash: str
    seq: int
    prev: str


def is_forked(one: Numbered, known: Iterable[Numbered]) -> bool:
    """Whether it has a twin under its number, or fits to none of those of its device that are known before or behind it."""
    others = list(known)
    twins = any(other.seq == one.seq and other.hash != one.hash for other in others)
    before = {other.hash == one.prev for other in others if other.seq == one.seq - 1}
    after = {other.prev == one.hash for other in others if other.seq == one.seq + 1}
    return twins or before == {False} or after == {False}


def is_of_report(said: dict[str, Any], report: str) -> bool:
    """Whether what was signed is for the report that it came with; one that names none is."""
    return (said.get("report") or report) == report


def is_of_task(said: dict[str, Any], number: str) -> bool:
    """Whether what was signed is for the case that it came with; a report's names none, there is no case yet."""
    return (said.get("task") or number) == number


def is_other_role(kind: str, role: str, act: str) -> bool:
    """Whether a photo was signed as one of before, where its act wants one of after, or the other way."""
    return kind == "photo" and bool(role) and role != ROLES.get(act, role)


ORDER = {mark: at for at, mark in enumerate((*FAILING, *LACKING, *REMARKS))}


def in_order(marks: Iterable[str]) -> list[str]:
    """Each once, the gravest first."""
    return sorted(set(marks), key=ORDER.__getitem__)


def standing(marks: Iterable[str]) -> Standing:
    found = set(marks)
    return "failed" if found & FAILING.keys() else "claimed" if found & LACKING.keys() else "proven"
