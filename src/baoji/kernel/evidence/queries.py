"""Reads: what envelopes prove, devices and their chains."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.db.models import QuerySet

from baoji.kernel.base import sql
from baoji.kernel.base.instants import bounded_skew, is_sane
from baoji.kernel.evidence import chain
from baoji.kernel.evidence.arrivals import Arrival, Came, arrivals
from baoji.kernel.evidence.models import Device, Event
from baoji.kernel.evidence.proof import Proof
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.marks import (
    NOBODYS,
    TOLERANCE_MS,
    in_order,
    is_of_report,
    is_of_task,
    is_other_link,
    source_marks,
    time_marks,
)
from baoji.kernel.evidence.verification.signed import About, accuracy, position
from baoji.kernel.identity.callers import Caller

ENVELOPES = """
SELECT e.id, e.hash, e.kind, e.kid, e.seq, e.marks, e.sha256, e.source, e.at, e.issued_at, e.received_at,
       e.skew_ms, e.bytes, d.id AS device_id, d.label, d.approved_at, d.ended_at, f.verbs, f.ats
  FROM evidence_envelope e LEFT JOIN evidence_device d ON d.id = e.device_id LEFT JOIN LATERAL (
    SELECT array_agg(v.verb ORDER BY v.id) AS verbs, array_agg(v.at ORDER BY v.id) AS ats
      FROM evidence_event v WHERE v.device_id = d.id AND v.verb IN ('freeze', 'thaw')) f ON true
 WHERE e.id = ANY(%s)
"""
LINKS = "SELECT id, encode(hash, 'hex') FROM audit_seal WHERE id = ANY(%s)"
# What was found when it came and stays so; all else is weighed anew, by its first receipt that counts.
FOR_EVER = NOBODYS | {"ticket", "no-ticket"}


class _Report(NamedTuple):
    """What an envelope first came with, and when it came with another one."""

    number: str
    report: str
    again_at: datetime | None


def name_of(envelope: bytes) -> str:
    """What an envelope is called: the SHA-256 of its bytes."""
    return sha256(envelope).hexdigest()


def device_status(kid: str) -> str | None:
    """waiting, active, frozen or ended; None for a key that nobody enrolled."""
    status: str | None = sql.value("SELECT status FROM evidence_device WHERE kid = %s", [kid])
    return status


def proofs(envelope_ids: Iterable[int]) -> dict[int, Proof]:
    """Row of an envelope → what it proves; `Proof.of` holds it against the file it hangs on."""
    ids = sorted(set(envelope_ids))
    if not ids:
        return {}
    came = arrivals(ids)
    counting = sorted({came[id_].row for id_ in ids if id_ in came})
    rows = sql.rows(ENVELOPES, [counting])
    said = {row["id"]: _said(row) for row in rows}
    forked, links = chain.forked(counting), _links(rows, said)
    found = {
        row["id"]: _proof(row, said[row["id"]], came[row["id"]], row["id"] in forked, links) for row in rows
    }
    return {id_: found[came[id_].row] for id_ in ids if id_ in came}


def _said(row: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(bytes(row["bytes"])) if "malformed" not in row["marks"] else {}
    return said


def _ticket(row: dict[str, Any], said: dict[str, Any]) -> dict[str, Any] | None:
    """The body of one that holds."""
    return said["ticket"]["body"] if row["issued_at"] is not None else None


def _links(rows: list[dict[str, Any]], said: dict[int, dict[str, Any]]) -> dict[int, str]:
    """The hashes of the journal's links that tickets name; '' of one that it does not have."""
    tickets = [_ticket(row, said[row["id"]]) for row in rows]
    named: list[int] = sorted({ticket["jn"] for ticket in tickets if ticket and ticket["jn"]})
    return dict.fromkeys(named, "") | dict(sql.tuples(LINKS, [named])) if named else {}


def _report(receipts: list[Came]) -> _Report | None:
    """An envelope belongs for ever to the first report that it came with."""
    named = [one for one in receipts if one.number]
    if not named:
        return None
    again = next((one.at for one in named if one[:2] != named[0][:2]), None)
    return _Report(named[0].number, named[0].report, again)


def _proof(
    row: dict[str, Any], said: dict[str, Any], came: Arrival, is_forked: bool, links: dict[int, str]
) -> Proof:
    report = _report(came.receipts)
    marks = [mark for mark in row["marks"] if mark in FOR_EVER]
    if said:
        marks += [*_marks_of_report(said, report), *source_marks(said)]
    if row["device_id"] is not None:
        marks += _marks_of_key(row, came.at) + _marks_of_times(row, said, came.at)
        marks += ["link"] if is_other_link(_ticket(row, said), links) else []
        marks += ["forked"] if is_forked else []
    lon, lat = position(said) or (None, None)
    return Proof(
        id=row["id"],
        hash=row["hash"],
        kind=row["kind"],
        kid=row["kid"],
        seq=row["seq"],
        marks=tuple(in_order(marks)),
        about=About.said(said),
        role=said.get("role", ""),
        device=row["label"] or "",
        at=row["at"] if row["at"] is not None and is_sane(row["at"]) else None,
        not_before=row["issued_at"],
        not_after=came.at or row["received_at"],
        number=report.number if report else "",
        again_at=report.again_at if report else None,
        live=row["source"] == "camera",
        lon=lon,
        lat=lat,
        accuracy_m=accuracy(said),
        skew_ms=bounded_skew(row["skew_ms"]) if row["skew_ms"] is not None else None,
    )


def _marks_of_report(said: dict[str, Any], report: _Report | None) -> list[str]:
    if report is None:
        return ["no-receipt"]
    is_of_it = is_of_report(said, report.report) and is_of_task(said, report.number)
    return [] if is_of_it else ["other-report"]


def _marks_of_key(row: dict[str, Any], came_at: datetime | None) -> list[str]:
    """Approval counts whenever it comes; an end or a freeze by when the envelope came."""
    found = ["waiting"] if row["approved_at"] is None else []
    if came_at is None:
        return found
    if row["ended_at"] is not None and row["ended_at"] <= came_at:
        found.append("key-ended")
    if row["verbs"]:
        until = [verb for verb, at in zip(row["verbs"], row["ats"], strict=True) if at <= came_at]
        found.append("frozen" if until[-1:] == ["freeze"] else "copied")
    return found


def _marks_of_times(row: dict[str, Any], said: dict[str, Any], came_at: datetime | None) -> list[str]:
    """Also whether the clock was off when the phone got its ticket, which only the house knows."""
    found = time_marks(said, _ticket(row, said), milliseconds(came_at) if came_at else None)
    return [*found, *(["skew"] if abs(row["skew_ms"] or 0) > TOLERANCE_MS else [])]


def devices_of(caller: Caller) -> list[Device]:
    """The caller's own, newest first."""
    return list(
        Device.objects.filter(person_id=caller.id or 0).select_related("approved_by").order_by("-id")[:100]
    )


def devices(
    status: str, *, person: str = "", before: int | None = None, limit: int = 50
) -> tuple[list[Device], int | None]:
    """Everybody's with this status ('' for all), newest first; and the `before` of the next page."""
    found: QuerySet[Device] = Device.objects.select_related("person", "approved_by").order_by("-id")
    if status:
        found = found.filter(status=status)
    if person:
        found = found.filter(person__name__startswith=person) | found.filter(person__code=person)
    if before:
        found = found.filter(pk__lt=before)
    rows = list(found[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None


def counts() -> dict[str, int]:
    """How many devices stand where."""
    return dict(sql.tuples("SELECT status, count(*) FROM evidence_device GROUP BY status"))


def waiting_count() -> int:
    return int(sql.value("SELECT count(*) FROM evidence_device WHERE status IN ('waiting', 'frozen')"))


def events(device_ids: Sequence[int]) -> dict[int, list[Event]]:
    """What was decided about each, oldest first."""
    found: dict[int, list[Event]] = {id_: [] for id_ in device_ids}
    for event in Event.objects.filter(device_id__in=device_ids).select_related("by").order_by("id"):
        found[event.device_id].append(event)
    return found
