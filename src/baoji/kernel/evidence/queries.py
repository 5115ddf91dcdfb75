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
from baoji.kernel.evidence.models import Device, Event
from baoji.kernel.evidence.proof import Proof
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.marks import (
    in_order,
    is_of_report,
    is_of_task,
    source_marks,
    time_marks,
)
from baoji.kernel.evidence.verification.signed import About, position
from baoji.kernel.identity.callers import Caller

ENVELOPES = """
SELECT e.id, e.hash, e.kind, e.kid, e.seq, e.marks, e.sha256, e.source, e.at, e.issued_at, e.received_at,
       e.skew_ms, e.bytes, d.id AS device_id, d.label, d.approved_at, coalesce(f.ever, false) AS ever_frozen,
       coalesce(f.was, false) AS was_frozen
  FROM evidence_envelope e LEFT JOIN evidence_device d ON d.id = e.device_id LEFT JOIN LATERAL (
    SELECT true AS ever, (array_agg(v.verb = 'freeze' ORDER BY v.id DESC) FILTER (
               WHERE date_trunc('milliseconds', v.at) <= date_trunc('milliseconds', e.received_at)))[1] AS was
      FROM evidence_event v WHERE v.device_id = d.id AND v.verb IN ('freeze', 'thaw') HAVING count(*) > 0) f ON true
 WHERE e.id = ANY(%s)
"""
# The reports that each envelope came with, in their order: it belongs to the first one for ever.
REPORTS = """
SELECT w.id, r.number, r.report, r.received_at
  FROM unnest(%s::bigint[]) AS w(id) JOIN evidence_receipt r ON r.envelopes @> ARRAY[w.id] WHERE r.number <> ''
 ORDER BY w.id, r.id
"""


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
    forked = chain.forked(ids)
    reports = _reports(ids)
    return {
        row["id"]: _proof(row, row["id"] in forked, reports.get(row["id"]))
        for row in sql.rows(ENVELOPES, [ids])
    }


def _reports(ids: list[int]) -> dict[int, _Report]:
    found: dict[int, _Report] = {}
    for id_, number, report, received_at in sql.tuples(REPORTS, [ids]):
        first = found.setdefault(id_, _Report(number, report, None))
        if first.again_at is None and (number, report) != first[:2]:
            found[id_] = first._replace(again_at=received_at)
    return found


def _proof(row: dict[str, Any], is_forked: bool, report: _Report | None) -> Proof:
    said = orjson.loads(bytes(row["bytes"])) if "malformed" not in row["marks"] else {}
    later = _later_marks(row, said, report) if said else []
    marks = in_order([*row["marks"], *later, *(["forked"] if is_forked else [])])
    lon, lat = position(said) or (None, None)
    return Proof(
        id=row["id"],
        hash=row["hash"],
        kind=row["kind"],
        kid=row["kid"],
        seq=row["seq"],
        marks=tuple(marks),
        about=About.said(said),
        role=said.get("role", ""),
        device=row["label"] or "",
        at=row["at"] if row["at"] is not None and is_sane(row["at"]) else None,
        not_before=row["issued_at"],
        not_after=row["received_at"],
        number=report.number if report else "",
        again_at=report.again_at if report else None,
        live=row["source"] == "camera",
        lon=lon,
        lat=lat,
        accuracy_m=said["acc_dm"] / 10 if "acc_dm" in said else None,
        skew_ms=bounded_skew(row["skew_ms"]) if row["skew_ms"] is not None else None,
    )


def _later_marks(row: dict[str, Any], said: dict[str, Any], report: _Report | None) -> list[str]:
    """What may have come to be known after the envelope was taken in."""
    found = []
    if row["device_id"] is not None:
        ticket = said["ticket"]["body"] if row["issued_at"] is not None else None
        found += time_marks(said, ticket, milliseconds(row["received_at"]))
        found += ["waiting"] if row["approved_at"] is None else []
    if row["ever_frozen"]:
        found.append("frozen" if row["was_frozen"] else "copied")
    if report is None:
        found.append("no-receipt")
    elif not is_of_report(said, report.report) or not is_of_task(said, report.number):
        found.append("other-report")
    return [*found, *source_marks(said)]


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
