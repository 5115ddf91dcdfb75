"""What desks show besides lists and cases: how much waits where, the county's names, what else concerns a case."""

import re
from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.names import division_name
from baoji.systems.urban import access
from baoji.systems.urban.queries.duplicates import duplicates
from baoji.systems.urban.queries.lists import Filters, cases
from baoji.systems.urban.queries.merged import of_whole


def _load_counties() -> list[str]:
    return [
        code
        for (code,) in sql.tuples(
            "SELECT code FROM organisations_division WHERE level = 'county' AND valid_to IS NULL ORDER BY code"
        )
    ]


_counties = Snapshot(_load_counties, "organisations", "city")


def counties() -> list[tuple[str, str]]:
    """(code, name) of the counties of today, named in the reader's language."""
    return [(code, division_name(code)) for code in _counties()]


def alike(reader: Caller, case: Case, extra: dict[str, Any]) -> list[dict[str, Any]]:
    """Likely duplicates, for those who may see all cases."""
    if not access.sees_all(reader):
        return []
    return duplicates(case.pk, case.topic, extra["component"], case.lon, case.lat, case.created_at)


TAKES_IN = frozenset({"acceptor", "chief"})


def likely_duplicates(reader: Caller, case: Case, extra: dict[str, Any]) -> dict[str, Any]:
    """`{likely_duplicates: [{number, case_number, title, status, created_at, why, metres}]}` at intake and filing, for
    who takes in and files; else nothing, and nothing is looked up. `why`: `same-component`, `same-class-near-by` or `near-by`.
    """
    if case.status != "open" or case.stage not in {"collect", "file"} or not reader.kinds() & TAKES_IN:
        return {}
    return {"likely_duplicates": [_likely(row) for row in alike(reader, case, extra)]}


def _likely(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("number", "case_number", "title", "status", "created_at")}
    why = (
        "same-component"
        if row["is_same_component"]
        else "same-class-near-by"
        if row["is_same_class"]
        else "near-by"
    )
    return shown | {"why": why, "metres": round(row["metres"])}


def earlier_of_component(reader: Caller, case: Case, component: str, now: datetime) -> list[dict[str, Any]]:
    """Other cases of the same component that the reader may see, newest first."""
    if not component:
        return []
    found = cases(reader, Filters(words=component), limit=6, now=now).rows
    return [row for row in found if row["id"] != case.pk]


def is_watching(reader: Caller, case_id: int) -> bool:
    return bool(
        sql.value(
            "SELECT EXISTS (SELECT 1 FROM flow_watch WHERE person_id = %s AND case_id = %s)",
            [reader.id, case_id],
        )
    )


def chain_digest(case_id: int) -> str:
    """The hash of the case's last line in the journal."""
    return str(
        sql.value(
            "SELECT encode(hash, 'hex') FROM audit_entry WHERE subject = 'flow.case' AND subject_id = %s ORDER BY n DESC LIMIT 1",
            [case_id],
        )
        or ""
    )


BETWEEN_NAMES = re.compile(r"\W+")


def involved_in(case_id: int) -> list[str]:
    """Whom a caller named (人物): the words as a whole, and each of them; what is given away names none."""
    told = str(sql.value("SELECT involved FROM urban_elements WHERE case_id = %s", [case_id]) or "")
    return [told, *BETWEEN_NAMES.split(told)]


def attachment(id_: int) -> dict[str, Any] | None:
    """The case's number and the file of an attachment; of a merged case, the number of the case it went into.

    And what a copy for the staff says at its bottom: the file number, when it came, where the case is.
    """
    return sql.row(
        f"SELECT {of_whole('c', 'number')} AS number, c.number AS own, c.source, a.kind, a.stage, f.sha256, f.mime, a.at,"
        " coalesce(c.case_number, c.number) AS shown, c.address, ST_X(c.place) AS lon, ST_Y(c.place) AS lat,"
        " r.caller_name, r.caller_phone FROM flow_attachment a JOIN records_file f ON f.id = a.file_id"
        " JOIN flow_case c ON c.id = a.case_id JOIN urban_report r ON r.case_id = c.id WHERE a.id = %s",
        [id_],
    )


def find(reader: Caller, words: str, now: datetime, limit: int = 12) -> list[dict[str, Any]]:
    """A few cases for a field that asks for one, by number or words."""
    return cases(reader, Filters(words=words), limit=limit, now=now).rows if words.strip() else []
