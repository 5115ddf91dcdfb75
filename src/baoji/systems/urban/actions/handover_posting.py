"""Our messages to other platforms: kept to be fetched, and posted where the city has an address for that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from baoji.kernel.base import sql
from baoji.kernel.base.posting import Answer, post
from baoji.kernel.base.turns import turn
from baoji.kernel.wire.signed import signature
from baoji.systems.urban.queries.handovers import MAKING

TIMEOUT_S = 15.0
WAIT_BASE_S = 4
MOST_ATTEMPTS = 8  # over a day
OVERDUE = timedelta(minutes=10)


class NotYet(Exception):
    """The message waits for another attempt."""


def queue(handover: int, platform: str, message: dict[str, Any], now: datetime, *, n: int = 1) -> None:
    """Inside the transaction of what the message tells."""
    is_posted = bool(settings.HANDOVER.get(platform, {}).get("url"))
    sql.value(MAKING)
    id_ = sql.value(
        "INSERT INTO urban_handover_out (handover_id, platform, kind, n, body, made_at, attempts, next_at, said)"
        " VALUES (%s, %s, %s, %s, %s::jsonb, %s, 0, %s, '') ON CONFLICT (handover_id, kind, n) DO NOTHING RETURNING id",
        [
            handover,
            platform,
            message["kind"],
            n,
            orjson.dumps(message).decode(),
            now,
            now if is_posted else None,
        ],
    )
    if id_ and is_posted:
        send.defer(message=id_)


@app.task(
    name="urban.handover",
    queue="messages",
    retry=RetryStrategy(max_attempts=12, exponential_wait=WAIT_BASE_S, retry_exceptions=[NotYet]),
)
def send(message: int) -> None:
    attempt(message, timezone.now())


# As of messages (`notices.delivery`): what could not be written down afterwards is not sent.
_TAKE = """
SELECT platform, body::text AS body, attempts FROM urban_handover_out
 WHERE id = %s AND sent_at IS NULL AND next_at IS NOT NULL FOR UPDATE SKIP LOCKED
"""


def attempt(message: int, now: datetime) -> None:
    """One POST; the other side tells repetitions by the number and the kind in it. Raises NotYet."""
    with turn("urban.handover", message) as is_ours:
        row = sql.row(_TAKE, [message]) if is_ours else None
        if row is None:
            return
        answer = _posted(row, now)
        last = row["attempts"] + 1 >= MOST_ATTEMPTS or not answer.may_be_tried_again
        wait = (
            None if answer.is_good or last else now + timedelta(seconds=WAIT_BASE_S ** (row["attempts"] + 1))
        )
        sql.execute(
            "UPDATE urban_handover_out SET attempts = attempts + 1, said = %s, sent_at = %s, next_at = %s WHERE id = %s",
            [f"{answer.status} {answer.text}"[:300], now if answer.is_good else None, wait, message],
        )
    if wait is not None:
        raise NotYet(f"{answer.status} {answer.text}"[:200])


def _posted(row: dict[str, Any], now: datetime) -> Answer:
    known = settings.HANDOVER.get(row["platform"], {})
    url, secret, body = known.get("url", ""), known.get("secret", ""), row["body"].encode()
    if not url:
        return Answer(404, "no address any more")
    at = int(now.astimezone(UTC).timestamp())
    path = "/" + url.partition("://")[2].partition("/")[2]
    headers = {
        "Content-Type": "application/json",
        "Baoji-Key": row["platform"],
        "Baoji-Timestamp": str(at),
        "Baoji-Signature": signature(secret, at, "POST", path, body),
    }
    return post(url, body, headers, TIMEOUT_S)


def forgotten(now: datetime) -> list[int]:
    """Messages whose attempt is long due: the worker that was to make it has died."""
    rows = sql.tuples(
        "SELECT id FROM urban_handover_out WHERE next_at < %s AND sent_at IS NULL", [now - OVERDUE]
    )
    return [row[0] for row in rows]
