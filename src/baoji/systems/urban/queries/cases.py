"""Fetching one case with what 数字城管 knows of it."""

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

REPORT = (
    "r.kind, r.class_code, r.condition_id, r.component, r.description, r.caller_name, r.caller_phone, r.found_at,"
    " r.self_disposed, r.query_code, r.verified_found, r.off_grid, r.milestones"
)
# Rows that point at the case (foreign keys) may be written meanwhile; nobody else may act on it.
_LOCK = " FOR NO KEY UPDATE OF c"
_LOAD = f"SELECT {store.CASE}, {REPORT} FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE "


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
    if "\x00" in key:
        raise NotThere(_("没有这件案卷"))
    return _loaded(sql.row(f"{_LOAD} c.{column} = %s" + (_LOCK if lock else ""), [key]))


def load_by_id(case_id: int, *, lock: bool = False) -> store.Loaded:
    return _loaded(sql.row(f"{_LOAD} c.id = %s" + (_LOCK if lock else ""), [case_id]))


def _loaded(row: dict[str, Any] | None) -> store.Loaded:
    if row is None:
        raise NotThere(_("没有这件案卷"))
    case = store.as_case(row)
    if isinstance(row["milestones"], str):
        row["milestones"] = orjson.loads(row["milestones"])
    _derive(case, row)
    return store.Loaded(case, row, store.remember(case))


def _derive(case: Case, extra: dict[str, Any]) -> None:
    condition = book().by_id.get(extra["condition_id"] or 0)
    extra["milestone_count"] = len(condition.milestones) if condition else 0
    extra["sections"] = len(organisations().below(case.body_id)) - 1 if case.body_id else 0


MOVES_THE_PLACE = frozenset({"correct"})


def after(doing: Doing) -> store.Loaded:
    """The case as an act has just left it; read again only where the act wrote past the case in hand."""
    if doing.act.name in MOVES_THE_PLACE:
        return load_by_id(doing.case.pk)
    extra = {**doing.extra, **doing.report_changes}
    _derive(doing.case, extra)
    return store.Loaded(doing.case, extra, told=doing.told)


def may_see(caller: Caller, case: Case) -> bool:
    def is_party(orgs: list[int], person: int | None) -> bool:
        return bool(
            sql.value(
                "SELECT EXISTS (SELECT 1 FROM flow_party WHERE case_id = %s AND (org_id = ANY(%s) OR person_id = %s))",
                [case.pk, orgs, person],
            )
        )

    return access.may_see(caller, case, is_party)


def case_for(caller: Caller, number: str) -> store.Loaded:
    """The case, if this person may see it; otherwise it is not there."""
    loaded = load(number)
    if not may_see(caller, loaded.case):
        raise NotThere(_("没有这件案卷"))
    return loaded
