"""What happens when a timer of a case comes due: notices to the next post up, waking, arbitration by the system."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext_noop as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.postgres.base import HeldTooLong
from baoji.kernel.flow import store
from baoji.kernel.flow.clockwork import twice_due
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import SYSTEM
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Value, Words
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.access import at_work
from baoji.systems.urban.actions.appeals import POSTS_OF_TURN
from baoji.systems.urban.actions.perform import perform
from baoji.systems.urban.queries import cases
from baoji.systems.urban.queries.book import policies, rates
from baoji.systems.urban.queries.proposals import propose_body, territorial

log = logging.getLogger("baoji.urban.timers")
# Who hears of a step that is near its limit or over it, and who when it is late twice over.
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
# While a body handles, the city says who hears of it besides the holder (policy `escalation`). Where `near` names the holder,
# nobody else is warned of the centre's own steps either.
HOLDER = "holder"
ESCALATION = {"near": NEXT_UP["handle"], "overdue": NEXT_UP["handle"], "overdue_twice": TWICE_UP["handle"]}
POSTS_OF_BODIES = frozenset({"handler", "section_head", "crew"})
# What is asked for and not decided: what is said of it, and who is above the post that it is asked of.
UNDECIDED = {
    "extend": _("延期申请逾时未审批"),
    "suspend": _("挂账申请逾时未审批"),
    "appeal": _("申诉逾时未审议"),
}
ABOVE = {"dispatcher": "commander", "acceptor": "chief", "commander": "head", "chief": "head"}
OUTLIVES = frozenset({"reply", "appeal"})  # what may still be waited for once the case is closed
TRY_AGAIN = timedelta(minutes=5)
FIRST = (datetime(1, 1, 1, tzinfo=UTC), 0, "")
_DUE = """
SELECT case_id, kind, due_at FROM flow_timer WHERE due_at <= %s AND case_id > %s AND (due_at, case_id, kind) > (%s, %s, %s)
 ORDER BY due_at, case_id, kind LIMIT %s
"""
TIMERS_LOCK = 7105002  # whoever holds it alone fires the timers: a simulation that plays the clock; the worker shares it


def fire_due(now: datetime, limit: int = 200, cases_above: int = 0, *, waits: bool = False) -> int:
    """Fires timers due by `now`, each in a transaction of its own; returns how many, or puts off. A refusal never loses one.

    What somebody else holds is passed over, unless one `waits` for it, and is there at the next call. `cases_above` leaves the
    cases up to this id alone.
    """
    after = FIRST
    while due := sql.tuples(_DUE, [now, cases_above, *after, limit]):
        served = sum(_served(case_id, kind, due_at, now, waits) for case_id, kind, due_at in due)
        if served:
            return served
        after = (due[-1][2], *due[-1][:2])
    return 0


def _served(case_id: int, kind: str, due_at: datetime, now: datetime, waits: bool) -> bool:
    """Whether it was fired or put off."""
    try:
        return _fire(case_id, kind, due_at, now, waits=waits)
    except Refused as refused:
        log.error("timer %s of case %s was refused: %s", kind, case_id, refused.code)
    except HeldTooLong:
        return False
    except (OperationalError, InterfaceError):
        raise  # the server is not there or not well: every timer waits for it
    except Exception:
        log.exception("timer %s of case %s failed", kind, case_id)
    _put_off(case_id, kind, due_at, now)
    return True


def _put_off(case_id: int, kind: str, due_at: datetime, now: datetime) -> None:
    """One case that cannot be served holds up no other."""
    sql.execute(
        "UPDATE flow_timer SET due_at = %s WHERE case_id = %s AND kind = %s AND due_at = %s",
        [now + TRY_AGAIN, case_id, kind, due_at],
    )


@transaction.atomic
def _fire(case_id: int, kind: str, due_at: datetime, now: datetime, *, waits: bool = True) -> bool:
    """False where somebody else holds the case."""
    loaded = cases.load_by_id(case_id, lock=True) if waits else cases.load_if_free(case_id)
    if loaded is None:
        return False
    taken = sql.execute(
        "DELETE FROM flow_timer WHERE case_id = %s AND kind = %s AND due_at = %s", [case_id, kind, due_at]
    )
    if not taken or (loaded.case.status not in {"open", "suspended"} and kind not in OUTLIVES):
        return True
    react = REACTIONS.get(kind.rstrip("0123456789"))
    if react:
        react(loaded, kind, due_at, now)
    return True


def _holder(case: Case) -> dict[str, Any]:
    if case.holder_org_id:
        return at_work(case.holder_org_id)
    if case.holder_person_id:
        return {"person": case.holder_person_id}
    return {"post": case.holder_post}


def _answerers(case: Case) -> list[dict[str, Any]]:
    """Who owes a reply: whoever holds the case; of a closed one, the posts that it asks."""
    return [{"post": post} for post in case.asks] if case.status == "closed" else [_holder(case)]


def _say(
    case: Case, kind: str, words: str, due_at: datetime, values: dict[str, Value] | None = None, **to: Any
) -> None:
    once = f"{case.pk}:{case.records}:{kind}:{int(due_at.timestamp())}:{'-'.join(str(part) for part in to.values())}"[
        :80
    ]
    notify(
        once,
        kind=kind,
        title=Words(words, values or {}, case.title),
        link=f"/cases/{case.number}",
        at=due_at,
        urgent=case.severity == "critical",
        **to,
    )


def _besides(case: Case, when: str) -> list[dict[str, Any]]:
    """Who else hears of a body's late case: nobody where the city names the holder, a post of the body inside the body."""
    post = str(policies().get("escalation", {}).get(when, ESCALATION[when]))
    if post == HOLDER:
        return []
    return [{"organisation": case.body_id, "post": post} if post in POSTS_OF_BODIES else {"post": post}]


def _next_up(case: Case) -> dict[str, Any]:
    """The post above whoever holds one of the centre's own steps."""
    post = NEXT_UP[case.stage]
    return {"post": ABOVE[post] if case.holder_post == post else post}


def near(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    """The holder and, unless the city names the holder alone, the next post up."""
    case = loaded.case
    above = _besides(case, "near")
    if above and case.stage != "handle":
        above = [_next_up(case)]
    for to in [_holder(case), *above]:
        _say(case, kind, _("临近时限"), due_at, **to)


def due(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    """Overdue: the holder and the next post up hear of it; an arbitration that nobody made is made by the system."""
    case = loaded.case
    if (case.stage, case.step) == ("dispatch", "arbitrating"):
        _arbitrate(loaded, now)
        return
    above = _besides(case, "overdue") if case.stage == "handle" else [_next_up(case)]
    for to in [_holder(case), *above]:
        _say(case, kind, _("已超时限"), due_at, **to)
    late_twice = twice_due(case, f"{case.stage}/{case.step}", current_calendar(), rates())
    if late_twice is not None:
        store.set_timers(case.pk, [], {"twice": late_twice})


def twice(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    case = loaded.case
    above = _besides(case, "overdue_twice") if case.stage == "handle" else [{"post": TWICE_UP[case.stage]}]
    for to in above or [_holder(case)]:
        _say(case, kind, _("超时一倍"), due_at, **to)


def unsigned(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    case = loaded.case
    if case.step == "to_sign":
        for to in (_holder(case), {"post": NEXT_UP[case.stage]}):
            _say(case, kind, _("逾时未签收"), due_at, **to)


def undecided(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    """Whoever owes the decision and the post above them hear that it is late."""
    case = loaded.case
    if kind not in case.pending:
        return
    asked = {
        "extend": "commander" if case.extensions else "dispatcher",
        "suspend": "commander",
        "appeal": POSTS_OF_TURN[case.pending["appeal"]["turn"]] if "appeal" in case.pending else "",
    }[kind]
    for post in (asked, ABOVE[asked]):
        _say(case, kind, UNDECIDED[kind], due_at, post=post)


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
        for to in (_holder(loaded.case), {"post": "dispatcher"}):
            _say(loaded.case, kind, _("第 %(n)s 阶段已到时限"), due_at, {"n": kind[1:]}, **to)


def reply(loaded: store.Loaded, kind: str, due_at: datetime, now: datetime) -> None:
    if "supervise" in loaded.case.pending:
        for to in _answerers(loaded.case):
            _say(loaded.case, kind, _("督办逾期未回复"), due_at, **to)
        for supervisor in loaded.case.notes.get("supervisors", ()):
            _say(loaded.case, kind, _("督办逾期未回复"), due_at, person=supervisor)


Reaction = Callable[[store.Loaded, str, datetime, datetime], None]
REACTIONS: dict[str, Reaction] = {
    "near": near,
    "due": due,
    "twice": twice,
    "wake": wake,
    "m": milestone,
    "reply": reply,
    "sign": unsigned,
    "extend": undecided,
    "suspend": undecided,
    "appeal": undecided,
}
