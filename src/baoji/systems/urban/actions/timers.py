"""What happens when a timer of a case comes due: notices to the next post up, waking, arbitration by the system."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.flow import store
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import SYSTEM
from baoji.kernel.notices.actions import notify
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.access import working_post
from baoji.systems.urban.actions.perform import perform
from baoji.systems.urban.queries import cases
from baoji.systems.urban.queries.proposals import propose_body, territorial

log = logging.getLogger("baoji.urban.timers")
# Who hears of a late step, and who when it is late twice over.
NEXT_UP = {
    "collect": "chief",
    "file": "chief",
    "check": "chief",
    "dispatch": "commander",
    "feedback": "commander",
    "handle": "dispatcher",
}
TWICE_UP = {
    "collect": "head",
    "file": "head",
    "check": "head",
    "dispatch": "head",
    "feedback": "head",
    "handle": "commander",
}
TRY_AGAIN = timedelta(minutes=5)


def fire_due(now: datetime, limit: int = 200, cases_above: int = 0) -> int:
    """Fires timers due by `now`, each in a transaction of its own; returns how many. A refusal puts one off, never loses it.

    `cases_above` leaves the cases up to this id alone.
    """
    due = sql.tuples(
        "SELECT case_id, kind, due_at FROM flow_timer WHERE due_at <= %s AND case_id > %s ORDER BY due_at LIMIT %s",
        [now, cases_above, limit],
    )
    for case_id, kind, due_at in due:
        try:
            _fire(case_id, kind, due_at, now)
        except Refused as refused:
            log.error("timer %s of case %s was refused: %s", kind, case_id, refused.code)
            _put_off(case_id, kind, due_at, now)
        except (OperationalError, InterfaceError):
            raise  # the server is not there or not well: every timer waits for it
        except Exception:
            log.exception("timer %s of case %s failed", kind, case_id)
            _put_off(case_id, kind, due_at, now)
    return len(due)


def _put_off(case_id: int, kind: str, due_at: datetime, now: datetime) -> None:
    """One case that cannot be served holds up no other."""
    sql.execute(
        "UPDATE flow_timer SET due_at = %s WHERE case_id = %s AND kind = %s AND due_at = %s",
        [now + TRY_AGAIN, case_id, kind, due_at],
    )


@transaction.atomic
def _fire(case_id: int, kind: str, due_at: datetime, now: datetime) -> None:
    loaded = cases.load_by_id(case_id, lock=True)
    taken = sql.execute(
        "DELETE FROM flow_timer WHERE case_id = %s AND kind = %s AND due_at = %s", [case_id, kind, due_at]
    )
    if not taken or (loaded.case.status not in {"open", "suspended"} and kind != "reply"):
        return
    react = REACTIONS.get(kind.rstrip("0123456789"))
    if react:
        react(loaded, kind, due_at, now)


def _holder(case: Case) -> dict[str, Any]:
    if case.holder_org_id:
        return {"organisation": case.holder_org_id, "post": working_post(case.holder_org_id)}
    if case.holder_person_id:
        return {"person": case.holder_person_id}
    return {"post": case.holder_post}


def _answerers(case: Case) -> list[dict[str, Any]]:
    """Who owes a reply: whoever holds the case; of a closed one, the posts that it asks."""
    return [{"post": post} for post in case.asks] if case.status == "closed" else [_holder(case)]


def _say(case: Case, kind: str, words: str, due_at: datetime, **to: Any) -> None:
    once = f"{case.pk}:{case.records}:{kind}:{int(due_at.timestamp())}:{'-'.join(str(part) for part in to.values())}"[
        :80
    ]
    notify(
        once,
        kind=kind,
        title=f"{words}：{case.title}",
        link=f"/cases/{case.number}",
        at=due_at,
        urgent=case.severity == "critical",
        **to,
    )


def near(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    _say(loaded.case, kind, "临近时限", due_at, **_holder(loaded.case))


def due(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    """Overdue: the holder and the next post up hear of it; an arbitration that nobody made is made by the system."""
    case = loaded.case
    if (case.stage, case.step) == ("dispatch", "arbitrating"):
        _arbitrate(loaded, now)
        return
    _say(case, kind, "已超时限", due_at, **_holder(case))
    _say(case, kind, "已超时限", due_at, post=NEXT_UP[case.stage])
    longer = max(due_at - case.step_since, timedelta(minutes=1))
    store.set_timers(case.pk, [], {"twice": due_at + longer})


def twice(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    _say(loaded.case, kind, "超时一倍", due_at, post=TWICE_UP[loaded.case.stage])


def _arbitrate(loaded: store.Loaded, now: datetime) -> None:
    case, extra = loaded.case, loaded.extra
    found = territorial(case) or propose_body(
        case, extra["kind"], extra["class_code"], extra["component"], now
    )
    if found is None:
        raise Refused("no body to arbitrate to", code="no-body")
    facts = {"to": organisations().code(found.org_id), "opinion": f"指挥长逾时未裁定，{found.reason}"}
    perform(number=case.number, act="arbitrate", by=SYSTEM, facts=facts, now=now)


def wake(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    perform(number=loaded.case.number, act="wake", by=SYSTEM, facts={}, now=now)


def milestone(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    if loaded.case.stage == "handle":
        _say(loaded.case, kind, f"第 {kind[1:]} 阶段已到时限", due_at, **_holder(loaded.case))
        _say(loaded.case, kind, f"第 {kind[1:]} 阶段已到时限", due_at, post="dispatcher")


def reply(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    if "supervise" in loaded.case.pending:
        for to in _answerers(loaded.case):
            _say(loaded.case, kind, "督办逾期未回复", due_at, **to)
        for supervisor in loaded.case.notes.get("supervisors", ()):
            _say(loaded.case, kind, "督办逾期未回复", due_at, person=supervisor)


Reaction = Callable[[store.Loaded, str, datetime, datetime], None]
REACTIONS: dict[str, Reaction] = {
    "near": near,
    "due": due,
    "twice": twice,
    "wake": wake,
    "m": milestone,
    "reply": reply,
}
