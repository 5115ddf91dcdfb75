"""Everything about a case and those merged into it, gathered for an export that a stranger can check."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, BinaryIO

import orjson
from django.db import connection, transaction

from baoji.kernel.audit.actions import seal
from baoji.kernel.audit.digest import row_text
from baoji.kernel.audit.verification.chains import microseconds
from baoji.kernel.base import sql
from baoji.kernel.evidence import dossier
from baoji.kernel.evidence.dossier import Dossier
from baoji.kernel.flow.journal import DIGESTED
from baoji.kernel.records import storage

PATIENCE_S = 5.0
# Nobody acts on the case while its parts are read, so that they tell of one moment.
CASES = """
SELECT id, number, case_number, title, topic, address, stage, step, status, salt, created_at,
       round(ST_X(place) * 1e7)::bigint AS lon7, round(ST_Y(place) * 1e7)::bigint AS lat7
  FROM flow_case WHERE id = ANY(%s) ORDER BY id = %s DESC, id FOR SHARE
"""
RECORDS = f"""
SELECT case_id, id, n, act, at, by_id, from_step, to_step, opinion, facts::text AS facts, {
    ", ".join(name for name in DIGESTED if name != "facts")
} FROM flow_record WHERE case_id = ANY(%s) ORDER BY case_id, n
"""
ATTACHMENTS = """
SELECT a.id, a.case_id, a.record_id, a.file_id, a.kind, a.stage, t.act, a.at, f.mime, f.size, f.sha256, a.envelope_id
  FROM flow_attachment a JOIN records_file f ON f.id = a.file_id LEFT JOIN flow_record t ON t.id = a.record_id
 WHERE a.case_id = ANY(%s) ORDER BY a.id
"""
UNSEALED = """
SELECT EXISTS (SELECT FROM audit_entry WHERE subject = 'flow.case' AND subject_id = ANY(%s) AND id > coalesce(
    (SELECT last_id FROM audit_seal ORDER BY id DESC LIMIT 1), 0))
"""


def export(
    number: str, case_ids: Sequence[int], target: BinaryIO, now: datetime, played: Collection[int] = ()
) -> None:
    """Writes the case `case_ids[0]` and those merged into it; `played` are those of them that a simulation made.

    Raises `Refused` (not-sealed, too-large, stale).
    """
    ids = list(case_ids)
    _wait_for_seals(ids, now)
    with transaction.atomic():
        found = _gathered(number, ids, played)
        dossier.gather(found, now)
    dossier.write(found, target, now)


def _wait_for_seals(ids: list[int], now: datetime) -> None:
    """The newest acts are sealed within a second by the worker; where there is none, here."""
    if connection.in_atomic_block:
        return  # nothing of this transaction can be sealed
    until = time.monotonic() + PATIENCE_S
    while sql.value(UNSEALED, [ids]) and time.monotonic() < until:
        if not seal(now):
            time.sleep(0.1)


def _gathered(number: str, ids: list[int], played: Collection[int]) -> Dossier:
    cases = [_case(row, row["id"] in played) for row in sql.rows(CASES, [ids, ids[0]])]
    rows = sql.rows(RECORDS, [ids])
    attachments = [_attachment(row) for row in sql.rows(ATTACHMENTS, [ids])]
    people = {row[name] for row in rows for name in ("by_id", "on_behalf_of_id", "receiver_person_id")}
    originals = {one["sha256"]: storage.original_path(one["sha256"]) for one in attachments}
    return Dossier(number, cases, people - {None}, [_record(row) for row in rows], attachments, originals)


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """Absent is what is not known."""
    return {name: value for name, value in row.items() if value is not None}


def _case(row: dict[str, Any], is_played: bool) -> dict[str, Any]:
    said = {"simulated": True} if is_played else {}
    return _known(row | {"created_at": microseconds(row["created_at"])} | said)


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """`row` is the text of the remaining columns that the journal digested."""
    columns = row | {"facts": orjson.loads(row["facts"])}
    return _known(
        {
            "case": row["case_id"],
            "id": row["id"],
            "n": row["n"],
            "act": row["act"],
            "at": microseconds(row["at"]),
            "by": row["by_id"],
            "from": row["from_step"],
            "to": row["to_step"],
            "opinion": row["opinion"],
            "row": row_text([columns[name] for name in DIGESTED]).decode(),
        }
    )


def _attachment(row: dict[str, Any]) -> dict[str, Any]:
    known = _known(
        {
            "id": row["id"],
            "case": row["case_id"],
            "record": row["record_id"],
            "file": row["file_id"],
            "kind": row["kind"],
            "stage": row["stage"],
            "act": row["act"],
            "at": microseconds(row["at"]),
            "mime": row["mime"],
            "size": row["size"],
            "sha256": row["sha256"],
        }
    )
    return known | {"envelope_row": row["envelope_id"]}
