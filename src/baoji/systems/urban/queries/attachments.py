"""Photos and recordings of a case, each with what is proven about it and what is only the device's word."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.evidence.proof import Hung, Proof
from baoji.kernel.evidence.queries import proofs
from baoji.kernel.evidence.verification.signed import About
from baoji.kernel.flow.told import told
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records.queries import is_kept
from baoji.systems.urban import access

# Reports in which a voice is that of somebody who is not of the staff.
CALLS = frozenset({"hotline", "citizen"})


def may_hear(caller: Caller, file: Mapping[str, Any]) -> bool:
    """A caller's voice tells who called: what came with such a report is for who may see the caller; `file` has kind, stage, source."""
    is_callers = file["kind"] == "voice" and file["stage"] == "report" and file["source"] in CALLS
    return not is_callers or access.may_see_caller(caller)


def attachments(files: list[dict[str, Any]], merged: Iterable[int], caller: Caller) -> list[dict[str, Any]]:
    """A case's own `files`, and those of the cases `merged` into it.

    `captured_at` is the device's word, `received_at` ours; between `not_before` and `received_at` a proven one was made.
    """
    rows = [*files, *(file for one in told(*merged) for file in one.files)]
    weighed = proofs(row["envelope_id"] for row in rows if row["envelope_id"])
    first = _first_acts(rows, weighed)
    rows = _audible(rows, caller)
    rows.sort(key=lambda row: row["id"])
    full, knows = access.may_see_originals(caller), access.may_see_reporter(caller)
    return [_shown(row, _proven(row, weighed.get(row["envelope_id"]), first), full, knows) for row in rows]


def _first_acts(rows: list[dict[str, Any]], weighed: Mapping[int, Proof]) -> dict[str, tuple[datetime, int]]:
    """Envelope → the earliest act with it, here and in what was merged: it proves nothing about a later one's file."""
    first: dict[str, tuple[datetime, int]] = {}
    for row in rows:
        if proof := weighed.get(row["envelope_id"]):
            act = _act(row)
            first[proof.hash] = min(first.get(proof.hash, act), act)
    return first


def _act(row: dict[str, Any]) -> tuple[datetime, int]:
    return row["at"], row["record_id"] or 0


def _proven(row: dict[str, Any], proof: Proof | None, first: dict[str, tuple[datetime, int]]) -> Proof | None:
    if proof is None:
        return None
    about = About(row["sha256"], row["kind"], row["size"], row["mime"])
    return proof.of(Hung(about, row["number"], row["at"], _act(row) != first[proof.hash], row["act"]))


def _audible(rows: list[dict[str, Any]], caller: Caller) -> list[dict[str, Any]]:
    voices = (
        [] if access.may_see_caller(caller) else [row["number"] for row in rows if row["kind"] == "voice"]
    )
    if not voices:
        return rows
    sources = dict(sql.tuples("SELECT number, source FROM flow_case WHERE number = ANY(%s)", [voices]))
    return [row for row in rows if may_hear(caller, {**row, "source": sources.get(row["number"], "")})]


def _shown(row: dict[str, Any], found: Proof | None, full: bool, knows: bool) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if name not in {"number", "envelope_id"}}
    kept = is_kept(row["sha256"])
    shown = own | {
        "url": f"/files/{row['id']}",
        "thumbnail": f"/files/{row['id']}/320",
        "original_url": f"/files/{row['id']}/original" if full and kept else None,
        "original_kept": kept,
        "captured_at": None,
        "received_at": row["at"],
        "not_before": None,
        "proof": "claimed",
        "marks": ["no-envelope"],
    }
    if found is None:
        return shown
    shown |= {"received_at": found.not_after, "proof": found.proof, "marks": list(found.marks)}
    return shown | _said(found, knows) if found.has_word else shown


def _said(found: Proof, knows: bool) -> dict[str, Any]:
    """What the device said; a key, its place and what its clock is always off by would tell departments who reported."""
    said: dict[str, Any] = {
        "captured_at": found.at,
        "not_before": found.not_before,
        "live": found.live,
    }
    if knows:
        said |= {
            "kid": found.kid,
            "skew_ms": found.skew_ms,
            "position": {"type": "Point", "coordinates": [found.lon, found.lat]}
            if found.lon is not None
            else None,
            "accuracy_m": found.accuracy_m,
        }
    return said
