"""The clock of a case told again from its flow records, by the functions that turn it when the acts are done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from baoji.kernel.flow import clockwork
from baoji.kernel.flow.clockwork import Rates
from baoji.kernel.worktime.calendar import WorkCalendar
from baoji.kernel.worktime.clock import Clock
from baoji.kernel.worktime.limits import Limit, LimitUnit, MeasureKind, measure_for
from baoji.systems.urban.rules.table import FLOW

SUSPENDED: Final = "handle/suspended"
# From when to when time runs; None: it still does.
Span = tuple[datetime, datetime | None]
_EFFECTS: Final = {(act.name, key): act.clock for act in FLOW.acts for key in act.at}
_NO_LIGHTS: Final = Rates(0.0, {})  # when a light turns yellow is not told again


class Act(NamedTuple):
    """A flow record, as far as it concerns the clock; `asked` is the person the case was given to, if any."""

    act: str
    at: datetime
    recorded_at: datetime
    from_step: str
    to_step: str
    facts: Mapping[str, Any]
    due_at: datetime | None
    asked: int | None


@dataclass
class Face:
    """What a case keeps of its clock, under the names it has there."""

    limit_value: Decimal | None = None
    limit_unit: str = ""
    clock: str = "none"
    clock_limit_s: int = 0
    clock_used_s: int = 0
    clock_credit_s: int = 0
    clock_since: datetime | None = None
    clock_due_at: datetime | None = None
    clock_near_at: datetime | None = None
    dispatched_at: datetime | None = None
    answered_at: datetime | None = None
    extensions: int = 0
    deferred: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    stage: str = ""
    due_at: datetime | None = None
    begun_at: datetime | None = None  # when the act that began the limit was written down


def spans(since: datetime, switches: Iterable[tuple[datetime, bool]]) -> list[Span]:
    """When time ran from `since` on, without the times a case was suspended; a switch says when, and whether time stands then."""
    found: list[Span] = []
    begun: datetime | None = since
    for at, stands in switches:
        if stands and begun is not None:
            found.append((begun, at))
        begun = None if stands else at
    return found if begun is None else [*found, (begun, None)]


def recount(
    case: Any, was: MeasureKind, ran: Sequence[Span], now: datetime, calendar: WorkCalendar, rates: Rates
) -> None:
    """The clock as it would stand had the case's limit, with the extensions granted, been in force since the dispatch.

    `was` is the measure of the limit before; `ran` when time ran since the dispatch.
    """
    limit, old = clockwork.limit_of(case), Clock(was, 0, case.clock_used_s, case.clock_since)
    new = replace(
        old,
        measure=limit.measure,
        limit_s=limit.seconds * (1 + case.extensions),
        credit_s=case.clock_credit_s,
        used_s=old.used_s if limit.measure is was else _used(case, limit.measure, ran, now, calendar),
    )
    clockwork.swap(case, new, calendar, rates)


def _used(case: Any, measure: MeasureKind, ran: Sequence[Span], now: datetime, calendar: WorkCalendar) -> int:
    """Seconds of another measure used from the dispatch to the last start or stop, without the times the case was suspended
    and what reviewers gave back."""
    time = measure_for(measure, calendar)
    until = case.clock_since or case.answered_at or now
    given_back = int(case.notes.get("given_back", 0))
    whole = sum(max(0, time.between(since, min(end or until, until))) for since, end in ran)
    return max(0, whole - given_back)


def tell(acts: Sequence[Act], limit: tuple[Decimal | None, str], topic: str, calendar: WorkCalendar) -> Face:
    """The clock after these acts, in order, of a case that has this limit and class now.

    Raises ValueError where the records tell no clock: one that starts while it runs, a limit that is none.
    """
    face, known = Face(), _limits_and_topics(acts, limit, topic)
    for n, act in enumerate(acts):
        (face.limit_value, face.limit_unit), after = known[n]
        _effect(face, acts, n, after, calendar)
        face.stage, face.due_at = act.from_step.split("/")[0], act.due_at
        if act.to_step != act.from_step or act.asked is not None:
            clockwork.credit_reviewers(face, act.at, calendar)
        before = face.dispatched_at
        clockwork.turn(face, _turn(act), act.at, calendar, _NO_LIGHTS)
        if face.dispatched_at != before:
            face.begun_at = act.recorded_at
    return face


def _turn(act: Act) -> str:
    if act.act == "check_answer":
        return "run" if act.facts.get("fixed") is False else ""
    if act.act == "suspend_decide":
        return "pause" if act.to_step == SUSPENDED else ""
    return _EFFECTS.get((act.act, act.from_step), "")


def _effect(face: Face, acts: Sequence[Act], n: int, topic: str, calendar: WorkCalendar) -> None:
    """What the act does to the clock besides turning it."""
    act = acts[n]
    if act.act in {"dispatch", "arbitrate"}:
        face.notes.pop("credit", None)
    elif act.act == "extend_decide" and act.facts.get("grant"):
        longer = clockwork.clock_of(face).extend(clockwork.limit_of(face).seconds)
        clockwork.keep(face, longer, calendar, _NO_LIGHTS, face.clock)
        face.extensions += 1
    elif act.act == "suspend_decide" and act.to_step == SUSPENDED:
        face.deferred = face.deferred or act.facts.get("kind") == "defer"
    elif act.act == "reopen" and act.from_step == "evaluate/closed":
        face.notes["fresh"] = True
    elif act.act == "correct" and face.clock != "none" and face.dispatched_at is not None:
        _corrected(face, acts[:n], act, topic, calendar)


def _corrected(face: Face, earlier: Sequence[Act], act: Act, topic: str, calendar: WorkCalendar) -> None:
    before = act.facts["before"]
    if _topic(before) == topic:
        return  # of its place or address only
    since = face.dispatched_at
    assert since is not None
    switches = [
        (one.at, one.to_step == SUSPENDED)
        for one in earlier
        if one.at >= since and one.from_step != one.to_step and SUSPENDED in (one.from_step, one.to_step)
    ]
    was = Limit(1, LimitUnit(_limit(before)[1])).measure
    recount(face, was, spans(since, switches), act.at, calendar, _NO_LIGHTS)


def _limits_and_topics(
    acts: Sequence[Act], limit: tuple[Decimal | None, str], topic: str
) -> list[tuple[tuple[Decimal | None, str], str]]:
    """The limit and the class in force after each act: what a correction found is what was in force before it.

    Of a class that was filed anew they are wrong before that, where no clock was left to be turned by them.
    """
    found = []
    for act in reversed(acts):
        found.append((limit, topic))
        before = act.facts.get("before") if act.act == "correct" else None
        if before and before.get("limit"):
            limit, topic = _limit(before), _topic(before)
    return found[::-1]


def _limit(before: Mapping[str, Any]) -> tuple[Decimal, str]:
    value, unit = str(before["limit"]).split()
    return Decimal(value), unit


def _topic(before: Mapping[str, Any]) -> str:
    return f"{before['kind'][:1]}{before['class']}"
