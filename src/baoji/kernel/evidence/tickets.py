"""Contact with a device: a ticket that fixes the earliest moment of what is signed after it, and the phone's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.kernel.base.instants import EPOCH, bounded_skew
from baoji.kernel.evidence import chain
from baoji.kernel.evidence.devices import freeze_device
from baoji.kernel.evidence.keys import known_key, server_spki
from baoji.kernel.evidence.models import Device
from baoji.kernel.evidence.verification.signed import ZEROS, ticket_fits
from baoji.kernel.identity.callers import Caller

GOOD_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=60)
HEAD = "SELECT id, encode(hash, 'hex') FROM audit_seal ORDER BY id DESC LIMIT 1"


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Contact:
    """What a device is told: its ticket (none when it has ended), its status, the numbers that are missing."""

    ticket: dict[str, Any] | None
    status: str
    gaps: list[list[int]]


def issue_ticket(
    *, by: Caller, kid: str, head_seq: int, head_hash: str, sent_at: int, received: datetime
) -> Contact:
    """`sent_at`: the phone's clock in ms. A head that contradicts what is known freezes the device."""
    with transaction.atomic():
        device = Device.objects.select_for_update().filter(kid=kid, person_id=by.id or 0).first()
        if device is None:
            raise NotThere(_("没有这台设备。请先登记"))
        if other := chain.contradicts(device, head_seq, head_hash):
            freeze_device(
                device, facts={"seq": head_seq, "envelopes": sorted((head_hash, other))}, now=received
            )
        skew = bounded_skew(sent_at - milliseconds(received))
        device.contact_at, device.skew_ms = received, skew
        device.save(update_fields=["contact_at", "skew_ms"])
        ticket = _sign(device, head_seq, skew, received) if device.status != "ended" else None
        return Contact(ticket, device.status, chain.gaps(device))


def _sign(device: Device, head_seq: int, skew: int, now: datetime) -> dict[str, Any]:
    sql.execute("DELETE FROM evidence_ticket WHERE device_id = %s AND at < %s", [device.pk, now - KEPT_FOR])
    row = sql.value(
        "INSERT INTO evidence_ticket (device_id, at, skew_ms, head_seq) VALUES (%s, %s, %s, %s) RETURNING id",
        [device.pk, now, skew, head_seq],
    )
    key = known_key("server", now)
    jn, jhead = (sql.tuples(HEAD) or [(0, ZEROS)])[0]
    return key.signed(
        {
            "v": 1,
            "kid": device.kid,
            "id": f"{row}-{token_hex(8)}",
            "issued": milliseconds(now),
            "not_after": milliseconds(now + GOOD_FOR),
            "jn": jn,
            "jhead": jhead,
            "seen_seq": device.head_seq,
            "seen_hash": device.head_hash,
            "skid": key.kid,
        }
    )


def is_ours(ticket: dict[str, Any], kid: str) -> bool:
    """A ticket that this city signed for this key."""
    spki = server_spki(ticket["body"]["skid"]) if ticket["body"]["kid"] == kid else None
    return spki is not None and ticket_fits(ticket, spki)


def ticket_row(ticket: dict[str, Any] | None) -> int | None:
    """The row of a ticket, as its id names it."""
    row = ticket["body"]["id"].partition("-")[0] if ticket else ""
    return int(row) if row.isascii() and row.isdigit() and len(row) <= 18 else None
