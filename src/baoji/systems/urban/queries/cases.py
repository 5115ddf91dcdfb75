"""Fetching one case with what 数字城管 knows of it."""

from collections.abc import Collection
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere
from baoji.kernel.flow import store
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import access
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.merged import went_into

REPORT = (
    "kind",
    "class_code",
    "condition_id",
    "component",
    "description",
    "caller_name",
    "caller_phone",
    "found_at",
    "self_disposed",
    "query_code",
    "verified_found",
    "off_grid",
    "milestones",
)
# Rows that point at the case (foreign keys) may be written meanwhile; nobody else may act on it.
_LOCK = " FOR NO KEY UPDATE OF c"
# A year before the first is kept by the database, and read by nobody.
_READ = {"found_at": "greatest(r.found_at, '1900-01-01T00:00:00Z') AS found_at"}
_REPORT = ", ".join(_READ.get(name, f"r.{name}") for name in REPORT)
_LOAD = f"SELECT {store.CASE}, {_REPORT} FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE "


def column_for(number: str) -> tuple[str, str]:
    """Which column a number is looked up in, and its canonical form. A case number may come without dashes."""
    number = number.strip().upper()
    digits = number.replace("-", "")
    if digits.isdigit() and len(digits) >= 18:
        return "case_number", f"{digits[:6]}-{digits[6:14]}-{digits[14:]}"
    return "number", number


def load(number: str, *, lock: bool = False) -> store.Loaded:
    """The case with this task number or case number; NotThere if there is none."""
    column, key = column_for(number)
    if not number.isprintable():  # also a line's end behind it: one number, one address
        raise NotThere(_("没有这件案卷"))
    return _loaded(sql.tuples(f"{_LOAD} c.{column} = %s" + (_LOCK if lock else ""), [key]))


def load_by_id(case_id: int, *, lock: bool = False) -> store.Loaded:
    return _loaded(sql.tuples(f"{_LOAD} c.id = %s" + (_LOCK if lock else ""), [case_id]))


def load_if_free(case_id: int) -> store.Loaded | None:
    """The case, locked; None while anybody else holds it. NotThere if there is none."""
    found = sql.tuples(f"{_LOAD} c.id = %s{_LOCK} SKIP LOCKED", [case_id])
    if not found and sql.value("SELECT EXISTS (SELECT 1 FROM urban_report WHERE case_id = %s)", [case_id]):
        return None
    return _loaded(found)


def _loaded(rows: list[tuple[Any, ...]]) -> store.Loaded:
    if not rows:
        raise NotThere(_("没有这件案卷"))
    row = rows[0]
    case, extra = store.as_case(row), dict(zip(REPORT, row[store.WIDTH :], strict=True))
    if isinstance(extra["milestones"], str):
        extra["milestones"] = orjson.loads(extra["milestones"])
    _derive(case, extra)
    return store.Loaded(case, extra, store.remember(case))


def _derive(case: Case, extra: dict[str, Any]) -> None:
    condition = book().by_id.get(extra["condition_id"] or 0)
    extra["milestone_count"] = len(condition.milestones) if condition else 0
    extra["sections"] = max(0, len(organisations().below(case.body_id)) - 1) if case.body_id else 0
    extra["body_gone"] = access.is_gone(case.body_id)
    if case.merged_into_id:
        extra["people_of_target"] = _people_of(case.merged_into_id)


def _people_of(case_id: int) -> dict[str, list[int]]:
    """Who acted on a case, by side."""
    found = sql.value("SELECT people::text FROM flow_case WHERE id = %s", [case_id])
    return dict(orjson.loads(found))


MERGED_REPORTERS = f"""
SELECT DISTINCT reporter_id FROM flow_case WHERE id = ANY({went_into("%s")}) AND reporter_id IS NOT NULL ORDER BY reporter_id
"""


def merged_reporters(case_id: int) -> list[int]:
    """Who reported the cases that are merged into this one now, or into those."""
    return [person for (person,) in sql.tuples(MERGED_REPORTERS, [case_id])]


MOVES_THE_PLACE = frozenset({"correct"})


def after(doing: Doing) -> store.Loaded:
    """The case as an act has just left it; read again only where the act wrote past the case in hand."""
    if doing.act.name in MOVES_THE_PLACE:
        return load_by_id(doing.case.pk)
    extra = {**doing.extra, **doing.report_changes}
    _derive(doing.case, extra)
    return store.Loaded(doing.case, extra, told=doing.told)


PARTY_PERSON = "SELECT EXISTS (SELECT 1 FROM flow_party WHERE case_id = %s AND person_id = %s)"
PARTY_ORGS = "SELECT EXISTS (SELECT 1 FROM flow_party WHERE case_id = %s AND org_id = ANY(%s))"


def may_see(caller: Caller, case: Case) -> bool:
    def is_party(orgs: list[int], person: int | None) -> bool:
        """Asked apart: the question about one person is planned once, the one about several bodies anew each time."""
        if sql.value(PARTY_PERSON, [case.pk, person]):
            return True
        return bool(orgs) and bool(sql.value(PARTY_ORGS, [case.pk, orgs]))

    return access.may_see(caller, case, is_party)


SEEN = """
SELECT c.number FROM flow_case c WHERE c.flow = 'urban' AND c.number = ANY(%(numbers)s) AND (
    c.reporter_id = %(me)s OR c.holder_person_id = ANY(%(people)s) OR c.body_id = ANY(%(orgs)s)
    OR c.holder_org_id = ANY(%(orgs)s) OR c.co_bodies && %(orgs)s::bigint[]
    OR EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND p.person_id = %(me)s)
    OR EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND p.org_id = ANY(%(orgs)s)))
"""


def seen_among(caller: Caller, numbers: Collection[str]) -> set[str]:
    """Those of these task numbers (a page of them) that `may_see` gives to this person of the staff."""
    if access.sees_all(caller):
        return set(numbers)
    if caller.id is None:
        return set()
    people = [caller.id, *(hold.lender for hold in caller.holds if hold.lender is not None)]
    given = {"numbers": list(numbers), "me": caller.id, "people": people}
    found = sql.tuples(SEEN, given | {"orgs": access.organisations_of(caller)})
    return {number for (number,) in found}


def case_for(caller: Caller, number: str) -> store.Loaded:
    """The case, if this person may see it; otherwise it is not there."""
    loaded = load(number)
    if not may_see(caller, loaded.case):
        raise NotThere(_("没有这件案卷"))
    return loaded
