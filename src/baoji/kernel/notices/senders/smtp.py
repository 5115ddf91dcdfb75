"""Mail by SMTP (RFC 5321), with STARTTLS where the server offers it."""

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from django.conf import settings

from baoji.kernel.base.text import one_line
from baoji.kernel.notices.senders.outcome import Message, Outcome

TIMEOUT_S = 20
TEMPORARY = range(400, 500)


def send(message: Message) -> Outcome:
    """One mail. Refused for ever is only what the server says of this address or these words: a sender or a password
    that it does not take is put right by the operator, and then the next attempt goes through."""
    try:
        mail = _mail(message)
    except ValueError as wrong:  # an address with a line feed
        return Outcome(False, said=str(wrong))
    try:
        with server() as open_server:
            open_server.send_message(mail, to_addrs=[message.to])
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        return Outcome(False, again=code in TEMPORARY, said=f"{code} {text.decode(errors='replace')}")
    except smtplib.SMTPDataError as refused:
        return Outcome(
            False, again=refused.smtp_code in TEMPORARY, said=f"{refused.smtp_code} {refused.smtp_error!r}"
        )
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(False, again=True, said=f"{type(error).__name__}: {error}")
    return Outcome(True, said="accepted")


def _mail(message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = f"<{message.ref}@{settings.MAIL_FROM.rpartition('@')[2]}>"
    mail["From"], mail["Subject"] = settings.MAIL_FROM, one_line(message.subject)
    user, _at, host = message.to.rpartition("@") if "@" in message.to else (message.to, "", "")
    mail["To"] = Address(one_line(message.name), user, host)  # a name may hold commas, which part addresses
    mail["Date"] = format_datetime(message.at)
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text)
    return mail


def server() -> smtplib.SMTP:
    """The city's server, greeted and signed in to."""
    url = urlsplit(settings.SMTP_URL)
    if url.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(
            url.hostname or "localhost", url.port or 465, timeout=TIMEOUT_S
        )
    else:
        opened = smtplib.SMTP(url.hostname or "localhost", url.port or 25, timeout=TIMEOUT_S)
        opened.ehlo()
        if opened.has_extn("starttls"):
            opened.starttls()
    if url.username:
        opened.login(unquote(url.username), unquote(url.password or ""))
    return opened
