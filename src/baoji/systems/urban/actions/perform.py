"""The one door of every act on a case: pages, API, worker and simulation come through here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from baoji.kernel.base import sql
from baoji.kernel.flow import run, store
from baoji.kernel.flow.clockwork import Rates
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing, File, Guard, Offer, Rights, Situation
from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.worktime.calendar import WorkCalendar
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import access
from baoji.systems.urban.actions import facts as reading
from baoji.systems.urban.actions.appeals import POSTS_OF_TURN
from baoji.systems.urban.actions.effects import EFFECTS
from baoji.systems.urban.actions.files import each_once
from baoji.systems.urban.actions.handover_endings import tell_platforms
from baoji.systems.urban.actions.tell import tell
from baoji.systems.urban.queries import book, cases, witnessed
from baoji.systems.urban.rules.guards import GUARDS
from baoji.systems.urban.rules.table import FLOW


class Urban:
    """数字城管 as the flow room sees it."""

    flow = FLOW
    guards = {name: Guard(*guard) for name, guard in GUARDS.items()}
    effects = EFFECTS

    def load(self, number: str, *, lock: bool) -> store.Loaded:
        return cases.load(number, lock=lock)

    def may_see(self, caller: Caller, case: Case) -> bool:
        return cases.may_see(caller, case)

    def rights(self, caller: Caller, case: Case) -> Rights:
        return access.rights(caller, case)

    def could(self, caller: Caller) -> frozenset[str]:
        return access.could(caller)

    def clean(self, doing: Doing, facts: dict[str, Any]) -> dict[str, Any]:
        doing.record_facts |= access.named_link(doing.caller)
        return reading.clean(doing, facts)

    def photos_needed(self, act: str, case: Case, hold: Hold | None) -> tuple[int, int]:
        return book.photos(book.policies(), act, case.source)

    def asks(self, case: Case) -> list[str]:
        """Posts that an open request waits for, besides whoever holds the case."""
        posts = []
        if "extend" in case.pending:
            posts.append("dispatcher" if case.extensions == 0 else "commander")
        if "suspend" in case.pending:
            posts.append("commander")
        if "appeal" in case.pending:
            posts.append(POSTS_OF_TURN[case.pending["appeal"]["turn"]])
        if "asked" in case.notes:
            posts.append("acceptor")
        if "supervise" in case.pending and case.status == "closed":  # nobody holds it any more
            posts.append("acceptor" if case.step == "settled" else "chief")
        return sorted(set(posts))

    def policies(self) -> Mapping[str, Any]:
        return book.policies()

    def rates(self) -> Rates:
        return book.rates()

    def calendar(self) -> WorkCalendar:
        return current_calendar()

    def witnessed(self, doing: Doing) -> list[Any]:
        changes = doing.report_changes
        return witnessed.values(doing.extra | changes if changes else doing.extra)

    def after(self, doing: Doing) -> None:
        write_report(doing.case.pk, changed(doing))
        tell(doing)
        tell_platforms(doing)


URBAN = Urban()


def changed(doing: Doing) -> dict[str, Any]:
    """What an act changes of the report; stages that nobody has reported and that are set anew are none."""
    changes = doing.report_changes
    if changes.get("milestones") == doing.extra["milestones"]:
        return {name: value for name, value in changes.items() if name != "milestones"}
    return changes


def write_report(case_id: int, changes: dict[str, Any]) -> None:
    if changes:
        sets = ", ".join(f"{name} = %s" + ("::jsonb" if name == "milestones" else "") for name in changes)
        values = [
            orjson.dumps(value).decode() if name == "milestones" else value for name, value in changes.items()
        ]
        sql.execute(f"UPDATE urban_report SET {sets} WHERE case_id = %s", [*values, case_id])


def situation(caller: Caller, loaded: store.Loaded, now: datetime) -> Situation:
    return Situation(loaded.case, loaded.extra, caller, now, book.policies())


def offers(caller: Caller, loaded: store.Loaded, now: datetime) -> list[Offer]:
    """What this person may do on this case now: the same function that decides what is accepted from them."""
    return run.offers(URBAN, situation(caller, loaded, now))


def perform_inside(
    *,
    number: str,
    act: str,
    by: Caller,
    facts: dict[str, Any],
    now: datetime,
    files: Sequence[File] | None = None,
    version: int | None = None,
    tells: bool = False,
) -> Doing:
    """`perform` for who has begun a transaction and ends it at any refusal. A photo that came twice counts once."""
    return run.perform(
        URBAN,
        number=number,
        act=act,
        by=by,
        facts=facts,
        now=now,
        files=each_once(files),
        version=version,
        tells=tells,
    )


@transaction.atomic
def perform(
    *,
    number: str,
    act: str,
    by: Caller,
    facts: dict[str, Any],
    now: datetime,
    files: Sequence[File] | None = None,
    version: int | None = None,
) -> Doing:
    """Does one act of the table on one case. Raises Refused with a stable code; see `kernel.flow.run.perform`."""
    return perform_inside(number=number, act=act, by=by, facts=facts, now=now, files=files, version=version)
