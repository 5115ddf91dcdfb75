"""守候 at the desk: whose the watch at a dangerous place is, since when, and whether they have said that they are there."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import remarked
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access
from baoji.systems.urban.pages.staff.words import moment
from baoji.systems.urban.public import Case
from baoji.systems.urban.queries.field_own import stays_at

Shown = dict[str, Any]
HEARD_LATE = timedelta(minutes=2)  # from when on the desk reads when a phone's word arrived


def watches(caller: Caller, case: Case, now: datetime) -> list[Shown]:
    """Of a case's page, the newest first. Departments do not learn who is in the street."""
    if case.severity != "critical":
        return []
    rows = stays_at([case.number]).get(case.number, [])
    return [watch(row, now, named=access.may_see_reporter(caller)) for row in reversed(rows)]


def watch(row: Shown, now: datetime, *, named: bool = True) -> Shown:
    """`{title, note, is_open, waits}` of a row of `stays_at`; `waits` for who has not said yet that they are there."""
    who = row["who"] if named else _("现场人员")
    waits = row["until"] is None and row["arrived_at"] is None
    title = who
    if row["until"] is None:
        said = _("已交给%(who)s，%(who)s尚未确认到场") if waits else _("%(who)s在守候")
        title = said % {"who": who}
    return {
        "title": title,
        "note": " · ".join(_course(row, now, named)),
        "is_open": row["until"] is None,
        "waits": waits,
    }


def _course(row: Shown, now: datetime, named: bool) -> list[str]:
    """`14:02 交给`, `14:20 到场`, `15:10 已围挡`."""
    since, came, until = row["since"], row["arrived_at"], row["until"]
    said = []
    if came != since:
        words = _("%(when)s 交给") % {"when": moment(since, now)}
        said.append(_heard(words, since, row["since_received"], now))
    if came is not None:
        words = _("%(when)s 到场") % {"when": moment(came, now)}
        said.append(_heard(words, came, row["arrived_received"], now))
    elif until is not None:
        said.append(_("没有确认到场"))
    if until is not None:
        said.append(_heard(_ended(row, now, named), until, row["until_received"], now))
    return said


def _ended(row: Shown, now: datetime, named: bool) -> str:
    ended = {"when": moment(row["until"], now), "who": row["handed_to"]}
    if row["handed_to"] is not None:
        return (_("%(when)s 交给%(who)s") if named else _("%(when)s 交给别人")) % ended
    return (_("%(when)s 已围挡") if row["fenced"] else _("%(when)s 未围挡，结束守候")) % ended


def _heard(words: str, at: datetime, received: datetime | None, now: datetime) -> str:
    """What was at a time, and when it was heard of where that was later."""
    if received is None or received - at < HEARD_LATE:
        return words
    return remarked(words, _("%(when)s 收到") % {"when": moment(received, now)})
