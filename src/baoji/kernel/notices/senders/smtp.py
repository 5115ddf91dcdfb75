"""Mail by SMTP (RFC 5321), with STARTTLS (RFC 3207) where the server offers it.

A server is who its certificate says, and a password goes over TLS alone, or every man in the middle reads both.
"""

import smtplib
import ssl
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from baoji.kernel.base.text import one_line
from baoji.kernel.notices.senders.outcome import Message, Outcome

TIMEOUT_S = 20
TEMPORARY = range(400, 500)
HERE = {"localhost", "127.0.0.1", "::1"}


class _Blanks(EmailPolicy):
    """Keeps the blanks of a long subject or name: where words beyond ASCII are parted, Python's own folding of 3.11 loses some
    and adds others (gh-92081)."""

    def fold(self, name: str, value: Any) -> str:
        whole = str(value)
        if self.utf8 or whole.isascii():
            return str(super().fold(name, value))
        addresses = getattr(value, "addresses", ())
        if not all(one.addr_spec.isascii() for one in addresses):
            return str(super().fold(name, value))
        parts = [f"{self._word(name, one.display_name)}{self.linesep} <{one.addr_spec}>" for one in addresses]
        return f"{name}: {', '.join(parts) or self._word(name, whole)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")

    def _word(self, name: str, text: str) -> str:
        return Header(text, charset="utf-8", header_name=name).encode(linesep=self.linesep)


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
        said = refused.smtp_error
        words = said.decode(errors="replace") if isinstance(said, bytes) else said
        return Outcome(False, again=refused.smtp_code in TEMPORARY, said=f"{refused.smtp_code} {words}")
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(False, again=True, said=f"{type(error).__name__}: {error}")
    return Outcome(True, said="accepted")


def _mail(message: Message) -> EmailMessage:
    mail = EmailMessage(_Blanks())
    mail["Message-ID"] = f"<{message.ref}@{own_domain()}>"
    mail["From"], mail["Subject"] = settings.MAIL_FROM, one_line(message.subject)
    user, _at, host = message.to.rpartition("@") if "@" in message.to else (message.to, "", "")
    mail["To"] = Address(one_line(message.name), user, host)  # a name may hold commas, which part addresses
    mail["Date"] = format_datetime(message.at)
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text)
    return mail


def own_domain() -> str:
    """What stands behind the @ of the city's own address, which may come with a name."""
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"


def server() -> smtplib.SMTP:
    """The city's server, greeted and signed in to. Of the address's query `ca` is a file with the authorities that vouch for it,
    and `tls=off` lets a password go in clear. Raises OSError (a certificate that does not hold, too) or SMTPException."""
    url = urlsplit(settings.SMTP_URL)
    host, asked = url.hostname or "localhost", parse_qs(url.query)
    trusted = ssl.create_default_context(cafile=asked["ca"][0] if "ca" in asked else None)
    # Nobody stands between us and the machine's own server, which seldom has a certificate.
    if host in HERE and "ca" not in asked:
        trusted.check_hostname, trusted.verify_mode = False, ssl.CERT_NONE
    if url.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_S, context=trusted)
        is_private = True
    else:
        opened = smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT_S)
        opened.ehlo()
        is_private = opened.has_extn("starttls")
        if is_private:
            opened.starttls(context=trusted)
    if url.username:
        if not is_private and host not in HERE and asked.get("tls") != ["off"]:
            opened.close()
            raise smtplib.SMTPException(f"{host} offers no TLS, and a password is not sent in clear")
        opened.login(unquote(url.username), unquote(url.password or ""))
    return opened
