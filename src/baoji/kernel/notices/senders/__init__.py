"""Ways out of the house: SMTP for mail, an HTTP gateway for SMS, a file for the demonstration."""

from baoji.kernel.notices.senders.choosing import sender_for
from baoji.kernel.notices.senders.outcome import Channel, Message, Outcome, Sender

__all__ = ["Channel", "Message", "Outcome", "Sender", "sender_for"]
