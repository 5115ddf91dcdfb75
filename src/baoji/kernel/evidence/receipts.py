"""Receipts: the server's signed word that it has these envelopes since this moment, and the journal's line of it."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from django.db import transaction

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.evidence.keys import known_key
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.signed import canonical

SUBJECT = "evidence.receipt"
EARLIER = """
SELECT body, sig FROM evidence_receipt WHERE number = %s AND report = %s AND envelopes = %s::bigint[] ORDER BY id LIMIT 1
"""
# The index over the envelopes finds it; of a receipt for none, the number does.
EARLIER_OF = EARLIER.replace("WHERE", "WHERE envelopes @> %s::bigint[] AND")
INSERT = """
INSERT INTO evidence_receipt (hash, body, sig, kid, number, report, received_at, envelopes)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (hash) DO NOTHING RETURNING id
"""
MILLISECOND = timedelta(milliseconds=1)
Signed = dict[str, Any]


def receipt(envelope_ids: Sequence[int], *, number: str, report: str, now: datetime) -> dict[str, Any]:
    """`{"body", "sig"}` over these rows, in the caller's transaction; the same ones again give the same receipt."""
    return receipt_or_earlier(envelope_ids, number=number, report=report, now=now)[0]


def receipt_or_earlier(
    envelope_ids: Sequence[int], *, number: str, report: str, now: datetime
) -> tuple[dict[str, Any], bool]:
    """The receipt, and whether it is new."""
    ids = sorted(set(envelope_ids))
    if (earlier := _earlier(ids, number, report)) is not None:
        return earlier, False
    rows = sql.tuples(
        "SELECT hash, kid, holds, person_id FROM evidence_envelope WHERE id = ANY(%s) ORDER BY id", [ids]
    )
    if len(rows) != len(ids):
        raise ValueError("an envelope is not there")
    with transaction.atomic(savepoint=False):
        while (made := _sign(ids, rows, number, report, now)) is None:
            if (earlier := _earlier(ids, number, report)) is not None:
                return earlier, False
            now += MILLISECOND
        return made, True


def _earlier(ids: list[int], number: str, report: str) -> Signed | None:
    same = [number, report, ids]
    for body, sig in sql.tuples(EARLIER_OF, [ids, *same]) if ids else sql.tuples(EARLIER, same):
        return {"body": orjson.loads(bytes(body)), "sig": b64encode(bytes(sig)).decode()}
    return None


def _sign(
    ids: list[int], rows: list[tuple[Any, ...]], number: str, report: str, now: datetime
) -> Signed | None:
    """None where another receipt of this very millisecond says the same: for these rows, given by somebody at the same time, or
    for others with the same bytes, which came with another signature."""
    key = known_key("server", now)
    signed = key.signed(
        {
            "v": 1,
            "envelopes": [row[0] for row in rows],
            "kid": next((row[1] for row in rows if row[1]), ""),
            "received": milliseconds(now),
            "number": number,
            "report": report,
            "skid": key.kid,
        }
    )
    data = canonical(signed["body"])
    digest = sha256(data).hexdigest()
    sig = key.sign(data)
    made = sql.tuples(INSERT, [digest, data, sig, signed["body"]["kid"], number, report, now, ids])
    if not made:
        return None
    good = {
        row[0] for row in rows if row[2]
    }  # the same bytes may be here twice, once with a signature that does not fit
    facts = {
        "receipt": digest,
        "envelopes": signed["body"]["envelopes"],
        "failed": [row[0] for row in rows if row[0] not in good],
    }
    audit.record(SUBJECT, made[0][0], "receive", facts, rows[0][3] if rows else None, now)
    return signed | {"sig": b64encode(sig).decode()}
