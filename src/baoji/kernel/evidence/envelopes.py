"""Taking in what a phone signed. Evidence is never refused for being late, out of order or odd: it is kept and marked."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import TooLarge
from baoji.kernel.base.instants import of_milliseconds
from baoji.kernel.evidence import chain
from baoji.kernel.evidence.devices import freeze_device
from baoji.kernel.evidence.models import Device
from baoji.kernel.evidence.tickets import is_ours, milliseconds, ticket_row
from baoji.kernel.evidence.verification import signed
from baoji.kernel.evidence.verification.marks import FAILING, TOLERANCE_MS, time_marks

MOST_BYTES = 64 * 1024
MOST_SIG = 256


class Content(Protocol):
    """A kept file, as far as an envelope speaks of it."""

    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True)
class Taken:
    """`id` is the row that a file given to an act names, `envelope_hash` what the phone calls it."""

    id: int
    envelope_hash: str
    proof: Literal["proven", "failed"]
    marks: tuple[str, ...]


@dataclass
class _Incoming:
    data: bytes
    sig: bytes
    person_id: int
    now: datetime
    said: dict[str, Any] = field(default_factory=dict)
    device: Device | None = None
    marks: list[str] = field(default_factory=list)
    issued_at: datetime | None = None
    skew_ms: int | None = None

    @property
    def hash(self) -> str:
        return sha256(self.data).hexdigest()


def take(
    envelope: bytes, sig: bytes, *, person_id: int, now: datetime, content: Content | None = None
) -> Taken:
    """Keeps an envelope in the caller's transaction, exactly as it came; taking it again gives the same row.

    `failed`: not canonical, signed by no key of this person, a forged ticket, or about other bytes than `content`
    (whether it names the file's kind, size and type, `Proof.of` weighs).
    Raises `TooLarge` beyond 64 KB. Whether it proves anything is weighed when it is shown (`queries.proofs`): an
    approval, an end of the key or a fork may come later.
    """
    if len(envelope) > MOST_BYTES or len(sig) > MOST_SIG:
        raise TooLarge(_("信封超过 %(kb)d KB") % {"kb": MOST_BYTES // 1024})
    with transaction.atomic(savepoint=False):
        incoming = _Incoming(envelope, sig, person_id, now)
        _identify(incoming)
        taken = _chained(incoming) if incoming.device is not None else _apart(incoming)
    if content is not None and content.sha256 != incoming.said.get("sha256"):
        return Taken(taken.id, taken.envelope_hash, "failed", (*taken.marks, "content"))
    return taken


# The device by its key, locked, and how far its clock was off when it got the ticket.
DEVICE = """
SELECT d.id, d.kid, d.spki, d.person_id, d.label, d.status, d.salt, d.enrolled_at, d.approved_at, d.ended_at, d.head_seq, d.head_hash,
       (SELECT t.skew_ms FROM evidence_ticket t WHERE t.id = %s AND t.device_id = d.id) AS ticket_skew
  FROM evidence_device d WHERE d.kid = %s FOR UPDATE OF d
"""


def _identify(incoming: _Incoming) -> None:
    """Finds the device whose key signed this, and locks it; else says why there is none."""
    try:
        incoming.said = signed.envelope(incoming.data)
    except signed.Wrong:
        incoming.marks.append("malformed")
        return
    row = sql.row(DEVICE, [ticket_row(incoming.said.get("ticket")), incoming.said["kid"]])
    # An enrolment whose request began later, and was done first, came after it all the same.
    if row is None or row["enrolled_at"] > incoming.now:
        incoming.marks.append("unknown-key")
    elif row["person_id"] != incoming.person_id:
        incoming.marks.append("other-person")
    elif not signed.fits(bytes(row["spki"]), incoming.data, incoming.sig):
        incoming.marks.append("signature")
    else:
        incoming.skew_ms = row.pop("ticket_skew")
        incoming.device = Device(**row)


FOUND = "SELECT id, hash, holds, marks FROM evidence_envelope WHERE hash = %s AND device_id IS NOT NULL"
FOUND_APART = """
SELECT id, hash, holds, marks FROM evidence_envelope
 WHERE hash = %s AND device_id IS NULL AND sig = %s AND person_id = %s
"""
INSERT = """
INSERT INTO evidence_envelope (hash, bytes, sig, person_id, device_id, kid, kind, seq, prev, sha256, report, source, at,
  issued_at, skew_ms, received_at, holds, marks)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING id, hash, holds, marks
"""


def _chained(incoming: _Incoming) -> Taken:
    device, said = incoming.device, incoming.said
    assert device is not None
    waits = () if device.approved_at else ("waiting",)
    if device.ended_at is not None and device.ended_at <= incoming.now:
        incoming.marks.append("key-ended")
    _weigh_times(incoming, _weigh_ticket(incoming))
    made = sql.tuples(INSERT, _row(incoming))
    if not made:
        return _taken(sql.tuples(FOUND, [incoming.hash])[0], *waits)
    contradicted = chain.advance(device, said["seq"], incoming.hash, said["prev"])
    if contradicted or "rewound" in incoming.marks:
        freeze_device(
            device,
            facts={"seq": said["seq"], "envelopes": contradicted or [incoming.hash]},
            now=incoming.now,
        )
        return _taken(made[0], *waits, "forked")
    return _taken(made[0], *waits)


def _apart(incoming: _Incoming) -> Taken:
    known = [incoming.hash, incoming.sig, incoming.person_id]
    made = sql.tuples(FOUND_APART, known) or sql.tuples(INSERT, _row(incoming))
    return _taken((made or sql.tuples(FOUND_APART, known))[0])


def _taken(row: tuple[Any, ...], *more: str) -> Taken:
    id_, hash_, holds, marks = row
    return Taken(id_, hash_, "proven" if holds else "failed", (*marks, *more))


def _row(incoming: _Incoming) -> list[Any]:
    said, device = incoming.said, incoming.device
    return [
        incoming.hash,
        incoming.data,
        incoming.sig,
        incoming.person_id,
        device.pk if device else None,
        said.get("kid", ""),
        said.get("kind", ""),
        said.get("seq"),
        said.get("prev", ""),
        said.get("sha256", ""),
        said.get("report", "").replace("\x00", "")[:40],
        said.get("source", "").replace("\x00", "")[:10],
        of_milliseconds(said["at"]) if said else None,
        incoming.issued_at,
        incoming.skew_ms,
        incoming.now,
        not FAILING.keys() & set(incoming.marks),
        incoming.marks,
    ]


def _weigh_ticket(incoming: _Incoming) -> dict[str, Any] | None:
    """The ticket fixes the earliest moment; one that has run out still does. Its body if it holds."""
    ticket, device = incoming.said.get("ticket"), incoming.device
    assert device is not None
    if ticket is None:
        incoming.marks.append("no-ticket")
    elif not is_ours(ticket, device.kid):
        incoming.marks.append("ticket")
    else:
        incoming.issued_at = of_milliseconds(ticket["body"]["issued"])
        body: dict[str, Any] = ticket["body"]
        return body
    return None


def _weigh_times(incoming: _Incoming, ticket: dict[str, Any] | None) -> None:
    """Also whether the clock was off when the phone got its ticket, which only the house knows."""
    found = time_marks(incoming.said, ticket, milliseconds(incoming.now))
    if abs(incoming.skew_ms or 0) > TOLERANCE_MS and "skew" not in found:
        found.append("skew")
    incoming.marks += found
