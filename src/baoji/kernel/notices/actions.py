"""Telling people, inside the system and outside. A retry with the same `once` tells nobody twice."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.notices.jobs import deliver, send_mail
from baoji.kernel.notices.senders import Channel, sender_for
from baoji.kernel.notices.words import Value, Words

_INSERT = """
INSERT INTO notices_notice (once, person_id, post, organisation_id, kind, title, words, link, urgent, at, recorded_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp()) ON CONFLICT (once) DO NOTHING RETURNING id
"""


def notify(
    once: str,
    *,
    kind: str,
    title: Words | str,
    at: datetime,
    person: int | None = None,
    post: str = "",
    organisation: int | None = None,
    link: str = "",
    urgent: bool = False,
) -> None:
    """To a person, or to whoever holds `post` (at `organisation`); inside the caller's transaction.

    A title in its parts is read in each reader's language, any other as it stands.
    """
    words = None
    if isinstance(title, Words):
        words, title = title.kept(), title.in_the_citys_language()
    notice = sql.value(
        _INSERT, [once, person, post, organisation, kind, title[:200], words, link, urgent, at]
    )
    if notice and settings.SMTP_URL:
        send_mail.defer(notice=notice)  # queued in the same transaction


_TOLD = "SELECT id, words::text AS words FROM notices_notice WHERE once = ANY(%s) AND words IS NOT NULL FOR UPDATE"


def retell(once: Sequence[str], **values: Value) -> None:
    """Puts these in the place of the values of the same names in titles that were told, inside the caller's transaction: what is
    erased stands in no notice either."""
    for row in sql.rows(_TOLD, [list(once)]):
        told = Words.read(orjson.loads(row["words"]))
        title = replace(told, values={**told.values, **values})
        sql.execute(
            "UPDATE notices_notice SET title = %s, words = %s WHERE id = %s",
            [title.in_the_citys_language()[:200], title.kept(), row["id"]],
        )


_FORGET = """
WITH old AS (SELECT id FROM notices_notice WHERE at < %s ORDER BY id LIMIT %s),
     unread AS (DELETE FROM notices_reading r USING old WHERE r.notice_id = old.id)
DELETE FROM notices_notice n USING old WHERE n.id = old.id RETURNING n.id
"""


def forget(before: datetime, at_most: int) -> int:
    """Deletes the oldest notices from before then, read or not; how many. The case says for itself what was done and when."""
    return len(sql.tuples(_FORGET, [before, at_most]))


def mark_read(person: int, notice_ids: list[int], at: datetime) -> None:
    sql.execute(
        "INSERT INTO notices_reading (notice_id, person_id, at) SELECT unnest(%s::bigint[]), %s, %s ON CONFLICT DO NOTHING",
        [notice_ids, person, at],
    )


LIVES = timedelta(hours=24)
WRITTEN: dict[str, str] = {"sms": r"\+?\d{7,15}", "mail": r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,190}"}
_QUEUE = """
INSERT INTO notices_outgoing (once, ref, channel, recipient, subject, body, state, attempts, said, queued_at, next_at, until)
VALUES (%s, %s, %s, %s, %s, %s, 'waiting', 0, '', %s, %s, %s) ON CONFLICT (once) DO NOTHING RETURNING id
"""


def can_send(channel: Channel) -> bool:
    return sender_for(channel) is not None


def send(
    once: str,
    *,
    channel: Channel,
    to: str,
    text: str,
    at: datetime,
    subject: str = "",
    until: datetime | None = None,
) -> None:
    """Queues a message to a phone (`sms`) or an address (`mail`) in the caller's transaction; the worker sends it.

    After `until` (a day from `at` unless given) it is not sent any more. Raises Refused `no-sender`, Invalid.
    """
    if not can_send(channel):
        raise Refused(
            _("还没有配置短信网关") if channel == "sms" else _("还没有配置邮件服务器"), code="no-sender"
        )
    if not re.fullmatch(WRITTEN[channel], to):
        raise Invalid(_("手机号写得不对") if channel == "sms" else _("邮箱地址写得不对"))
    until = until or at + LIVES
    queued = sql.value(_QUEUE, [once, uuid4().hex, channel, to, subject[:200], text, at, at, until])
    if queued:
        deliver.defer(outgoing=queued)  # in the same transaction
