"""关注: following a case. It concerns nobody else, so nothing is recorded on the case."""

from datetime import datetime

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.queries.cases import case_for


def watch(*, by: Caller, number: str, on: bool, now: datetime) -> None:
    """Begins or ends following a case that the person may see; doing it twice changes nothing."""
    case = case_for(by, number).case
    if on:
        sql.execute(
            "INSERT INTO flow_watch (case_id, person_id, at) VALUES (%s, %s, %s) ON CONFLICT (person_id, case_id) DO NOTHING",
            [case.pk, by.id, now],
        )
    else:
        sql.execute("DELETE FROM flow_watch WHERE case_id = %s AND person_id = %s", [case.pk, by.id])
