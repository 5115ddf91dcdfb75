"""What is weighed about an envelope, and what follows: `proven` when nothing fails and nothing is missing."""

from collections.abc import Iterable
from typing import Literal

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
    "no-ticket": "without a ticket there is no earliest moment",
    "no-receipt": "the server gave no receipt for it",
    "gallery": "chosen from the phone's pictures, not taken with the camera in the app",
}
# Remarks that take nothing away.
REMARKS = {
    "expired": "the ticket had run out by the phone's clock",
    "late": "the window is wider than a day",
    "skew": "the phone's clock was wrong",
    "rewound": "its own ticket says that the server had seen this number before",
    "forked": "two different envelopes bear this number or contradict each other: the key may have been copied",
}


def standing(marks: Iterable[str]) -> Standing:
    found = set(marks)
    return "failed" if found & FAILING.keys() else "claimed" if found & LACKING.keys() else "proven"
