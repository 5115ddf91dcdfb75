"""Which sender a city uses for a channel."""

from django.conf import settings

from baoji.kernel.notices.senders import files, gateway, smtp
from baoji.kernel.notices.senders.outcome import Channel, Sender


def sender_for(channel: Channel) -> Sender | None:
    """None when the city has none; the demonstration writes into a file what it cannot send."""
    if channel == "mail" and settings.SMTP_URL:
        return smtp.send
    if channel == "sms" and settings.SMS_URL:
        return gateway.send
    return files.send if settings.DEMO else None
