"""Telling people inside the system. A retry with the same `once` tells nobody twice."""

from datetime import datetime

from django.conf import settings

from baoji.kernel.base import sql
from baoji.kernel.notices.jobs import send_mail

_INSERT = """
INSERT INTO notices_notice (once, person_id, post, organisation_id, kind, title, link, urgent, at, recorded_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp()) ON CONFLICT (once) DO NOTHING RETURNING id
"""


def notify(
    once: str,
    *,
    kind: str,
    title: str,
    at: datetime,
    person: int | None = None,
    post: str = "",
    organisation: int | None = None,
    link: str = "",
    urgent: bool = False,
) -> None:
    """To a person, or to whoever holds `post` (at `organisation`); inside the caller's transaction."""
    notice = sql.value(_INSERT, [once, person, post, organisation, kind, title[:200], link, urgent, at])
    if notice and settings.SMTP_URL:
        send_mail.defer(notice=notice)  # queued in the same transaction


def mark_read(person: int, notice_ids: list[int], at: datetime) -> None:
    sql.execute(
        "INSERT INTO notices_reading (notice_id, person_id, at) SELECT unnest(%s::bigint[]), %s, %s ON CONFLICT DO NOTHING",
        [notice_ids, person, at],
    )
