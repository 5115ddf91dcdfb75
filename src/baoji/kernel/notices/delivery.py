"""One attempt at a message: sent, to be tried again, refused or given up. What was accepted is never sent again."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.base.turns import turn
from baoji.kernel.notices.senders import Message, Outcome, sender_for
from baoji.kernel.registry.manifest import load, manifests

WAIT_BASE_S = 3  # and its powers from one attempt to the next
MOST_ATTEMPTS = 9  # nearly three hours
OVERDUE = timedelta(minutes=10)
KEPT = timedelta(days=180)
LONGEST_SAID = 300
# Twins take turns (`turn`); the row's lock is tried besides, because what could not be written down afterwards is not sent.
_TAKE = """
SELECT once, ref, channel, recipient, subject, body, queued_at, until, attempts FROM notices_outgoing
 WHERE id = %s AND state = 'waiting' FOR UPDATE SKIP LOCKED
"""
_END = """
UPDATE notices_outgoing SET state = %s, attempts = attempts + 1, said = %s, ended_at = %s, recipient = %s, subject = '', body = ''
 WHERE id = %s
"""
_AGAIN = "UPDATE notices_outgoing SET attempts = attempts + 1, said = %s, next_at = %s WHERE id = %s"


class NotYet(Exception):
    """The message waits for another attempt."""


def attempt(outgoing: int, now: datetime) -> None:
    """Raises NotYet when it has to be tried again. At its end the row forgets the words and most of the address.

    While one sends it, its twin leaves it alone.
    """
    with turn("notices.outgoing", outgoing) as is_ours:
        row = sql.row(_TAKE, [outgoing]) if is_ours else None
        if row is None:
            return
        outcome = _sent(row, now)
        last = row["attempts"] + 1 >= MOST_ATTEMPTS
        state = (
            "sent"
            if outcome.accepted
            else ""
            if outcome.again and not last
            else "given_up"
            if last
            else "refused"
        )
        # A server may repeat whom it does not know; the row is about to forget that.
        said = outcome.said.replace(row["recipient"], masked(row["recipient"]))[:LONGEST_SAID]
        if state:
            sql.execute(_END, [state, said, now, masked(row["recipient"]), outgoing])
        else:
            wait = timedelta(seconds=WAIT_BASE_S ** (row["attempts"] + 1))
            sql.execute(_AGAIN, [said, now + wait, outgoing])
    if not state:
        raise NotYet(said)


def _sent(row: dict[str, Any], now: datetime) -> Outcome:
    send = sender_for(row["channel"])
    if send is None:
        return Outcome(False, said="the city has no sender for this channel any more")
    if now > row["until"]:
        return Outcome(False, said="too late: nobody waits for it any more")
    if not _is_wanted(row["once"], now):
        return Outcome(False, said="its use is over: what it was about has been done or taken back")
    return send(
        Message(row["ref"], row["channel"], row["recipient"], row["subject"], row["body"], row["queued_at"])
    )


def _is_wanted(once: str, now: datetime) -> bool:
    return all(load(one.wanted)(once, now) for one in manifests() if one.wanted)


def masked(address: str) -> str:
    """Enough to tell one message from another: 138****1234, z***@example.org."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 9 else "****"


def forgotten(now: datetime) -> list[int]:
    """Messages whose attempt is long due: the worker that was to make it has died."""
    rows = sql.tuples(
        "SELECT id FROM notices_outgoing WHERE state = 'waiting' AND next_at < %s", [now - OVERDUE]
    )
    return [row[0] for row in rows]


def clear_away(now: datetime) -> int:
    """Takes away rows that ended half a year ago; how many."""
    return sql.execute("DELETE FROM notices_outgoing WHERE ended_at < %s", [now - KEPT])
