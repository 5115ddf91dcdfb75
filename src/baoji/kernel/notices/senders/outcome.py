"""What a sender is given and what it says afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Channel = Literal["sms", "mail"]


@dataclass(frozen=True)
class Message:
    """`ref` is the same at each attempt, so that a gateway can tell a repetition; `to` is a phone number or an address."""

    ref: str
    channel: Channel
    to: str
    subject: str
    text: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # of a mail, besides its own
    name: str = ""  # of whoever gets a mail


@dataclass(frozen=True)
class Outcome:
    """`again` says that another attempt may help; a message that was accepted is never tried again."""

    accepted: bool
    again: bool = False
    said: str = ""


Sender = Callable[[Message], Outcome]
