"""A case as one reader may see it: the names are those of the API, and pages use the same."""

from datetime import UTC, datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.base.instants import is_sane
from baoji.kernel.flow import store
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.told import told
from baoji.kernel.identity.callers import Caller
from baoji.kernel.identity.names import code_of
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.clock import light
from baoji.systems.urban import access
from baoji.systems.urban.queries.attachments import attachments
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.discretion import without_caller, without_watchers, written
from baoji.systems.urban.queries.merged import went_into

# Acts whose author and receiver stay hidden from departments: who reported and who looked in the street.
HIDDEN_ACTS = frozenset({"report", "verify_answer", "check_answer", "withdraw", "ask", "also_not_fixed"})
HIDDEN_POSTS = frozenset({"collector", "officer", "cleaner", "hotline", "citizen", "reporter"})
HIDDEN_RECEIVERS = frozenset({"verify_request", "check_request"})
ASKED_STEPS = frozenset({"verifying", "checking"})


def clock_light(case: Case, now: datetime) -> str | None:
    return light(now, case.due_at, case.near_at) if case.status == "open" else None


def holder(case: Case, caller: Caller) -> str | None:
    """Who owns the case now: a post's kind, an organisation's code or a person's code."""
    if case.holder_post:
        return case.holder_post
    if case.holder_org_id:
        return organisations().code(case.holder_org_id)
    if case.holder_person_id is None:
        return None
    if not access.may_see_reporter(caller) and caller.id != case.holder_person_id:
        return "collector"
    return code_of(case.holder_person_id)


def utc(at: datetime | None) -> datetime | None:
    """The clock counts in local time; a case just acted on says its instants as one that is read from the database."""
    return at.astimezone(UTC) if at else None


def summary(caller: Caller, case: Case, extra: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What a line of a list says to this reader."""
    tree = organisations()
    condition = book().by_id.get(extra["condition_id"] or 0)
    return {
        "number": case.number,
        "case_number": case.case_number,
        "title": case.title,
        "kind": extra["kind"],
        "class": extra["class_code"] or None,
        "condition": condition.n if condition else None,
        "severity": case.severity,
        "source": case.source,
        "address": written(caller, case.address, extra["caller_name"], extra["caller_phone"]),
        "location": {"type": "Point", "coordinates": [case.lon, case.lat]},
        "unit_grid": case.area if len(case.area) == 15 else None,
        "area": case.area,
        "component": extra["component"] or None,
        "responsible": tree.code(case.body_id),
        "stage": case.stage,
        "step": case.step,
        "status": case.status,
        "light": clock_light(case, now),
        "due_at": utc(case.due_at),
        "created_at": case.created_at,
        "supervised": case.supervised,
        "returns": case.returns,
        "rework": case.rework,
    }


def view(caller: Caller, loaded: store.Loaded, now: datetime) -> dict[str, Any]:
    """The whole case for this reader, without what they may do (see `actions.offered`)."""
    case, extra = loaded.case, loaded.extra
    tree = organisations()
    shown = summary(caller, case, extra, now)
    knows_reporter = access.may_see_reporter(caller) or caller.id == case.reporter_id is not None
    merged, telling = merged_cases(case), loaded.told or told(case.pk)[0]
    shown |= {
        "description": extra["description"],
        "co_handlers": [tree.code(id_) for id_ in case.co_bodies],
        "holder": holder(case, caller),
        "pending": pending(case, caller),
        "handling_due_at": utc(case.clock_due_at),
        "limit": {"value": float(case.limit_value), "unit": case.limit_unit}
        if case.limit_value is not None
        else None,
        "found_at": _found_at(extra["found_at"]),
        "self_disposed": extra["self_disposed"],
        "recorded_at": case.recorded_at,
        "closed_at": case.closed_at,
        "merged_into": _number(case.merged_into_id),
        "merged": [number for _id, number in merged],
        "closing": case.closing,
        "exempt": case.exempt,
        "deferred": case.deferred,
        "extensions": case.extensions,
        "milestones": milestones(loaded),
        "version": case.version,
        # Inside its grid the report is that of the grid's own collector, who is one person.
        "off_grid": extra["off_grid"] if knows_reporter else None,
        "place_by": place_by(case, extra, telling.records),
        "timeline": timeline(caller, case, telling.records),
        "attachments": attachments(telling.files, [id_ for id_, _number in merged], caller),
    }
    without_caller(caller, case.source, extra, shown)
    if access.may_see_caller(caller):
        shown["caller"] = {"name": extra["caller_name"], "phone": extra["caller_phone"]}
    if knows_reporter:
        shown["reporter"] = code_of(case.reporter_id)
    return shown


def place_by(case: Case, extra: dict[str, Any], records: list[dict[str, Any]]) -> str | None:
    """How the reporter's phone says that it found the place: `fix` or `hand`. None where nobody said, where the ledger has the
    place, or where a desk has put it right since."""
    said = (records[0]["facts"] or {}).get("place_by") if records else None
    if not said or extra["component"]:
        return None
    now = [case.lon, case.lat]
    moved = any(
        row["act"] == "correct" and (row["facts"] or {}).get("before", {}).get("location") != now
        for row in records
    )
    return None if moved else str(said)


def _found_at(at: datetime | None) -> datetime | None:
    """None where an old row has what no clock of ours says."""
    return utc(at) if at is not None and is_sane(at) else None


def pending(case: Case, caller: Caller) -> dict[str, Any]:
    return {name: dict(asked) for name, asked in case.pending.items()}


def _number(case_id: int | None) -> str | None:
    return sql.value("SELECT number FROM flow_case WHERE id = %s", [case_id]) if case_id else None


MERGED = f"SELECT id, number FROM flow_case WHERE id = ANY({went_into('%s')}) ORDER BY id"


def merged_cases(case: Case) -> list[tuple[int, str]]:
    """(id, number) of the cases merged into this one, and of those merged into them before."""
    return sql.tuples(MERGED, [case.pk]) if "reporters" in case.notes else []


def milestones(loaded: store.Loaded) -> list[dict[str, Any]]:
    condition = book().by_id.get(loaded.extra["condition_id"] or 0)
    done = loaded.extra["milestones"]
    return [
        {"n": stage.n, "name": stage.name, "done_at": done.get(str(stage.n))}
        for stage in (condition.milestones if condition else ())
    ]


def timeline(caller: Caller, case: Case, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every act in order; departments do not learn who reported, verified or checked, whatever else these did."""
    if access.may_see_reporter(caller):
        return [_entry(row, set()) for row in rows]
    hidden = _people_in_the_street(rows, case) - {caller.id}
    return without_watchers(caller, case.number, [_without_lot(_entry(row, hidden)) for row in rows])


def _without_lot(entry: dict[str, Any]) -> dict[str, Any]:
    """Among whom a collector was drawn is not told either."""
    return {**entry, "facts": {name: fact for name, fact in entry["facts"].items() if name != "draw"}}


def _people_in_the_street(rows: list[dict[str, Any]], case: Case) -> set[int | None]:
    """Who reported this case or one merged into it, was asked to look, or looked."""
    found = {case.reporter_id, *case.notes.get("reporters", []), *case.notes.get("verifiers", [])}
    found |= {row["by_id"] for row in rows if row["act"] in HIDDEN_ACTS or row["post"] in HIDDEN_POSTS}
    found |= {row["receiver_person_id"] for row in rows if row["act"] in HIDDEN_RECEIVERS}
    return found - {None}


def _entry(row: dict[str, Any], hidden: set[int | None]) -> dict[str, Any]:
    tree = organisations()
    hide_author = row["by_id"] in hidden
    hide_behalf = hide_author or row["behalf_id"] in hidden
    hide_receiver = row["receiver_person_id"] in hidden
    author = row["by_code"] or ("system" if row["post"] == "system" else None)
    # Whoever of an organisation it went to says more than the organisation.
    at_work = tree.code(row["receiver_org_id"])
    receiver = (None if hide_receiver else row["receiver_code"]) or at_work
    return {
        "n": row["n"],
        "act": row["act"],
        "by": None if hide_author else author,
        "by_name": None if hide_author else row["by_name"],
        "on_behalf_of": None if hide_behalf else row["behalf_code"],
        "on_behalf_of_name": None if hide_behalf else row["behalf_name"],
        "post": row["post"],
        "side": row["side"],
        "organisation": tree.code(row["org_id"]) if not hide_author else None,
        "at": row["at"],
        "recorded_at": row["recorded_at"],
        "from": row["from_step"] or None,
        "to": row["to_step"],
        "receiver": receiver,
        "receiver_name": None if hide_receiver else row["receiver_name"],
        "receiver_organisation": at_work,
        "receiver_post": row["receiver_post"] or None,
        # Why somebody was asked leads to them, as the lot does.
        "opinion": None if hide_receiver and row["act"] in HIDDEN_RECEIVERS else row["opinion"] or None,
        "used_s": row["used_s"],
        "overdue": row["overdue"],
        "facts": row["facts"] or {},
        "record": row["id"],
    }


def line(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A line of a list, from a row of `queries.lists`; the same names as `summary`."""
    condition = book().by_id.get(row["condition_id"] or 0)
    return {
        "number": row["number"],
        "case_number": row["case_number"],
        "title": row["title"],
        "kind": row["kind"],
        "class": row["class_code"] or None,
        "condition": condition.n if condition else None,
        "severity": row["severity"],
        "source": row["source"],
        "address": row["address"],
        "location": {"type": "Point", "coordinates": (row["lon"], row["lat"])},
        "unit_grid": row["area"] if len(row["area"]) == 15 else None,
        "area": row["area"],
        "component": row["component"] or None,
        "responsible": organisations().code(row["body_id"]),
        "stage": row["stage"],
        "step": row["step"],
        "status": row["status"],
        "light": light(now, row["due_at"], row["near_at"]) if row["status"] == "open" else None,
        "due_at": row["due_at"],
        "created_at": row["created_at"],
        "supervised": row["supervised"],
        "returns": row["returns"],
        "rework": row["rework"],
    }
