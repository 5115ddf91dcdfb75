"""Mail by SMTP (RFC 5321), with STARTTLS where the server offers it."""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from django.conf import settings

from baoji.kernel.notices.senders.outcome import Message, Outcome

TIMEOUT_S = 20
TEMPORARY = range(400, 500)


def send(message: Message) -> Outcome:
    try:
        with server() as open_server:
            open_server.send_message(_mail(message))
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        return Outcome(False, again=code in TEMPORARY, said=f"{code} {text.decode(errors='replace')}")
    except smtplib.SMTPResponseException as refused:
        return Outcome(
            False, again=refused.smtp_code in TEMPORARY, said=f"{refused.smtp_code} {refused.smtp_error!r}"
        )
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(False, again=True, said=f"{type(error).__name__}: {error}")
    return Outcome(True, said="accepted")


def _mail(message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = f"<{message.ref}@{settings.MAIL_FROM.rpartition('@')[2]}>"
    mail["From"], mail["To"], mail["Subject"] = settings.MAIL_FROM, message.to, message.subject
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
