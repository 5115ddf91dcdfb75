"""What the worker sends: notices by mail to whoever has an address, and messages to people outside."""

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from baoji.kernel.base import sql
from baoji.kernel.notices.delivery import WAIT_BASE_S, NotYet, attempt, clear_away, forgotten
from baoji.kernel.notices.senders.smtp import server
from baoji.kernel.notices.words import title_of

RECIPIENTS = f"""
SELECT DISTINCT p.id, p.name, p.email, p.language FROM notices_notice n, identity_person p
 WHERE n.id = %s AND p.email <> '' AND p.is_active AND (p.id = n.person_id OR (n.person_id IS NULL AND EXISTS (
   SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id
    WHERE h.person_id = p.id AND t.kind = n.post AND (n.organisation_id IS NULL OR t.organisation_id = n.organisation_id)
      AND {sql.HELD})))
"""


@app.task(name="notices.send_mail", queue="mail", retry=RetryStrategy(max_attempts=12, exponential_wait=3))
def send_mail(notice: int) -> None:
    """Sends one notice to everybody it is for who has an address, in their language or else the city's; at least once, with a
    Message-ID that a retry repeats."""
    row = sql.row("SELECT title, words, link, at FROM notices_notice WHERE id = %s", [notice])
    people = sql.tuples(RECIPIENTS, [notice])
    if row is None or not people or not settings.SMTP_URL:
        return
    with server() as opened:
        for person_id, name, address, language in people:
            with override(language or settings.LANGUAGE_CODE):
                opened.send_message(_message(notice, row, person_id, name, address))


def _message(notice: int, row: dict[str, Any], person_id: int, name: str, address: str) -> EmailMessage:
    mail, title = EmailMessage(), title_of(row["words"], row["title"])
    mail["Message-ID"] = f"<notice-{notice}-{person_id}@{settings.MAIL_FROM.rpartition('@')[2]}>"
    mail["From"], mail["To"], mail["Subject"] = settings.MAIL_FROM, f"{name} <{address}>", title
    mail["Date"] = format_datetime(row["at"])
    mail.set_content(f"{title}\n\n{settings.PUBLIC_URL}{row['link']}\n")
    return mail


@app.task(
    name="notices.deliver",
    queue="messages",
    retry=RetryStrategy(max_attempts=12, exponential_wait=WAIT_BASE_S, retry_exceptions=[NotYet]),
)
def deliver(outgoing: int) -> None:
    """One attempt to send a message; `NotYet` has the worker wait longer each time (3 s, 9 s, 27 s …) and try again."""
    attempt(outgoing, timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="notices.tend", queue="messages", queueing_lock="notices.tend")
def tend(timestamp: int) -> None:
    """Queues again what a worker that died left undone, and takes old rows away."""
    now = timezone.now()
    for outgoing in forgotten(now):
        deliver.defer(outgoing=outgoing)
    clear_away(now)
