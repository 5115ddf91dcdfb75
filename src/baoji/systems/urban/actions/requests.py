"""Open requests on a case: what somebody asked for, until it is granted, answered or ends with the case.

督办 outlives whoever holds the case. The end of a case ends it too, and the record of that act names it (`lapsed`);
an act that takes the end back demands the reply anew (`renewed`). It may also be demanded of a closed case: then whoever
closed it answers (`Urban.asks`).
"""

from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.flow.clockwork import step_measure
from baoji.kernel.flow.run import Doing
from baoji.kernel.worktime.limits import measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries.book import rates

# Whose minutes of the stage limits run for what is waited for beside the step: the timer's kind, the limit's name.
WAITED_FOR = {
    "extend": "extend_decide",
    "suspend": "suspend_decide",
    "appeal": "appeal_decide",
    "sign": "handle/to_sign",
}


def open_request(doing: Doing, **more: Any) -> dict[str, Any]:
    """What a request says about itself."""
    return {
        "by": doing.caller.code,
        "at": doing.now.isoformat(),
        "reason": doing.opinion or doing.facts.get("reason", ""),
        **more,
    }


def wait_for(doing: Doing, kind: str) -> None:
    """From now on this must be done within its own minutes, else the next post up hears of it."""
    by = done_by(doing, kind, doing.now)
    if by is not None:
        doing.timers[kind] = by


def done_by(doing: Doing, kind: str, since: datetime) -> datetime | None:
    minutes = rates().minutes.get(WAITED_FOR[kind])
    return (
        measure_for(step_measure(doing.case), current_calendar()).add(since, minutes * 60)
        if minutes
        else None
    )


def lapse(doing: Doing) -> None:
    """Open requests of the body end with its answer or return."""
    doing.case.pending = {
        name: kept for name, kept in doing.case.pending.items() if name not in {"extend", "suspend"}
    }
    doing.clear_timers += ["sign", "extend", "suspend"]


def supervise(doing: Doing) -> str:
    """A second supervision before the reply adds its supervisor; the earlier of the two times stands."""
    reply_by, open_one = doing.facts["reply_by"], doing.case.pending.get("supervise")
    waiting = doing.case.notes.get("supervisors", []) if open_one else []
    if open_one:
        reply_by = min(reply_by, datetime.fromisoformat(open_one["reply_by"]))
    doing.case.supervised = True
    doing.case.notes["supervisors"] = [*(one for one in waiting if one != doing.caller.id), doing.caller.id]
    doing.case.pending["supervise"] = open_request(doing, reason=doing.opinion, reply_by=reply_by.isoformat())
    doing.record_facts["reply_by"] = reply_by.isoformat()
    doing.timers["reply"] = reply_by
    return ""


def reply(doing: Doing) -> str:
    doing.case.pending.pop("supervise")
    doing.clear_timers.append("reply")
    return ""


LAST_WORD = """
SELECT r.act, p.code, r.at, r.opinion, r.facts->>'reply_by' FROM flow_record r JOIN identity_person p ON p.id = r.by_id
 WHERE r.case_id = %s AND r.act IN ('supervise', 'reply') ORDER BY r.n DESC LIMIT 1
"""


def renew(doing: Doing) -> None:
    """A reply demanded and not given before the case ended is demanded again, by the same time, which may be over."""
    is_asked = "supervise" in doing.case.pending
    rows = sql.tuples(LAST_WORD, [doing.case.pk]) if doing.case.supervised and not is_asked else []
    for act, by, at, reason, reply_by in rows:
        if act == "supervise":
            doing.case.pending["supervise"] = {
                "by": by,
                "at": at.isoformat(),
                "reason": reason,
                "reply_by": reply_by,
            }
            doing.timers["reply"] = datetime.fromisoformat(reply_by)
            doing.record_facts["renewed"] = ["supervise"]
