"""Mail of notices by SMTP (RFC 5321): at least once, each copy with a Message-ID that a retry repeats."""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from baoji.kernel.base import sql

RECIPIENTS = """
SELECT DISTINCT p.id, p.name, p.email FROM notices_notice n, identity_person p
 WHERE n.id = %s AND p.email <> '' AND p.is_active AND (p.id = n.person_id OR (n.person_id IS NULL AND EXISTS (
   SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id
    WHERE h.person_id = p.id AND t.kind = n.post AND (n.organisation_id IS NULL OR t.organisation_id = n.organisation_id)
      AND (h.until IS NULL OR h.until >= current_date))))
"""


@app.task(name="notices.send_mail", queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def send_mail(notice: int) -> None:
    """Sends one notice to everybody it is for who has an address."""
    row = sql.row("SELECT title, link, at FROM notices_notice WHERE id = %s", [notice])
    people = sql.tuples(RECIPIENTS, [notice])
    if row is None or not people or not settings.SMTP_URL:
        return
    with _server() as server:
        for person_id, name, address in people:
            server.send_message(_message(notice, row, person_id, name, address))


def _message(notice: int, row: dict[str, object], person_id: int, name: str, address: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = f"<notice-{notice}-{person_id}@{settings.MAIL_FROM.rpartition('@')[2]}>"
    mail["From"], mail["To"], mail["Subject"] = settings.MAIL_FROM, f"{name} <{address}>", str(row["title"])
    mail["Date"] = format_datetime(row["at"])  # type: ignore[arg-type]
    mail.set_content(f"{row['title']}\n\n{settings.PUBLIC_URL}{row['link']}\n")
    return mail


def _server() -> smtplib.SMTP:
    url = urlsplit(settings.SMTP_URL)
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(url.hostname or "localhost", url.port or 465, timeout=20)
    else:
        server = smtplib.SMTP(url.hostname or "localhost", url.port or 25, timeout=20)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls()
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server
