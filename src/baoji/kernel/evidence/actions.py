"""The door for whoever writes evidence. Everything here happens inside the caller's transaction, or in one of its own."""

from baoji.kernel.evidence.devices import approve_device, end_device, enrol_device, thaw_device
from baoji.kernel.evidence.envelopes import Taken, take
from baoji.kernel.evidence.receipts import receipt, receipt_or_earlier
from baoji.kernel.evidence.tickets import Contact, issue_ticket

__all__ = [
    "Contact",
    "Taken",
    "approve_device",
    "end_device",
    "enrol_device",
    "issue_ticket",
    "receipt",
    "receipt_or_earlier",
    "take",
    "thaw_device",
]
