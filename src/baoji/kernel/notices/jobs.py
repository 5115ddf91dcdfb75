"""What the worker sends: notices by mail to whoever has an address, and messages to people outside."""

import logging

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from baoji.kernel.base import sql
from baoji.kernel.notices.delivery import WAIT_BASE_S, NotYet, attempt, clear_away, forgotten
from baoji.kernel.notices.senders import Message, smtp
from baoji.kernel.notices.words import title_of

log = logging.getLogger("baoji.notices")
RECIPIENTS = f"""
SELECT DISTINCT p.id, p.name, p.email, p.language FROM notices_notice n, identity_person p
 WHERE n.id = %s AND p.email <> '' AND p.is_active AND (p.id = n.person_id OR (n.person_id IS NULL AND EXISTS (
   SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id
    WHERE h.person_id = p.id AND t.kind = n.post AND (n.organisation_id IS NULL OR t.organisation_id = n.organisation_id)
      AND {sql.HELD})))
"""


RETRY = RetryStrategy(max_attempts=12, exponential_wait=3)
AFTER_ALL_ELSE = -1  # a mail server that hangs must not keep the timers of cases waiting behind its mails


@app.task(name="notices.send_mail", queue="mail", retry=RETRY, priority=AFTER_ALL_ELSE)
def send_mail(notice: int) -> None:
    """Queues a mail of its own to everybody the notice is for who has an address: what one server refuses holds up nobody else."""
    people = sql.tuples(RECIPIENTS, [notice]) if settings.SMTP_URL else []
    if people:
        send_mail_to.batch_defer(*({"notice": notice, "person": person_id} for person_id, *_rest in people))


@app.task(name="notices.send_mail_to", queue="mail", retry=RETRY, priority=AFTER_ALL_ELSE)
def send_mail_to(notice: int, person: int) -> None:
    """Sends one notice to one person, in their language or else the city's; at least once, with a Message-ID that a retry
    repeats. Raises NotYet where another attempt may help; what is refused for ever is one line in the log."""
    row = sql.row("SELECT title, words, link, at FROM notices_notice WHERE id = %s", [notice])
    found = sql.row(f"SELECT name, email, language FROM ({RECIPIENTS}) r WHERE id = %s", [notice, person])
    if row is None or found is None or not settings.SMTP_URL:
        return
    with override(found["language"] or settings.LANGUAGE_CODE):
        title = title_of(row["words"], row["title"])
    text = f"{title}\n\n{settings.PUBLIC_URL}{row['link']}\n"
    ref = f"notice-{notice}-{person}"
    outcome = smtp.send(Message(ref, "mail", found["email"], title, text, row["at"], name=found["name"]))
    if outcome.again:
        raise NotYet(outcome.said)
    if not outcome.accepted:
        log.warning("the mail of notice %s to person %s was refused: %s", notice, person, outcome.said)


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
