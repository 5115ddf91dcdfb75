"""What comes due: who is told, what the system does itself; each thing once, also late and with two workers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from tests.town import at, case, do, new, report, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.flow.models import Record, StageLimit, Timer
from baoji.kernel.notices.queries import notices
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.actions import timers
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
TUE, WED, THU = "03-17", "03-18", "03-19"
# An ordinary case dispatched on Tuesday at ten is near its limit of two working days then, over it, and twice over.
NEAR, DUE, TWICE = at(f"{WED} 16:48"), at(f"{THU} 10:00"), at("03-23 10:00")
SECOND = timedelta(seconds=1)
AT_NEAR = [("near", "handler@D29"), ("near", "dispatcher")]


def _to(step: str, when: str = f"{TUE} 10:00", **draft: Any) -> str:
    return walk(report(now=at(when), **draft), step, now=at(when))


def fire(now: datetime) -> int:
    """As the worker does: until nothing is left that is due."""
    fired = 0
    while n := fire_due(now):
        fired += n
    return fired


def told(number: str) -> list[tuple[str, str]]:
    """(kind, to whom) of the notices about this case, in order; `handler@D29`, `dispatcher`, `mayor.1`."""
    rows = sql.tuples(
        "SELECT n.kind, coalesce(p.code, concat_ws('@', n.post, o.code)) FROM notices_notice n"
        " LEFT JOIN identity_person p ON p.id = n.person_id LEFT JOIN organisations_organisation o ON o.id = n.organisation_id"
        " WHERE n.link = %s AND n.kind IN ('near', 'due', 'twice', 'm1', 'reply') ORDER BY n.id",
        [f"/cases/{number}"],
    )
    return [(kind, whom) for kind, whom in rows]


def waiting(number: str) -> dict[str, datetime]:
    return dict(Timer.objects.filter(case__number=number).values_list("kind", "due_at"))


def acts(number: str) -> list[str]:
    return list(Record.objects.filter(case__number=number).order_by("n").values_list("act", flat=True))


# Near, over, twice over ------------------------------------------------------------


def test_who_holds_it_and_the_post_above_are_told_once_when_it_is_near() -> None:
    number = _to("handle/handling")
    assert (fire(NEAR - SECOND), told(number)) == (0, [])
    assert (fire(NEAR), fire(NEAR), told(number)) == (1, 0, AT_NEAR)
    assert waiting(number) == {"due": DUE}


def test_who_holds_it_and_the_post_above_are_told_once_when_it_is_over() -> None:
    number = _to("handle/handling")
    fire(NEAR)
    assert (fire(DUE - SECOND), fire(DUE), fire(DUE)) == (0, 1, 0)
    assert told(number)[2:] == [("due", "handler@D29"), ("due", "dispatcher")]
    assert waiting(number) == {"twice": TWICE}


def test_the_post_above_that_is_told_once_when_it_is_twice_over() -> None:
    number = _to("handle/handling")
    fire(DUE)
    assert (fire(TWICE - SECOND), fire(TWICE), fire(TWICE)) == (0, 1, 0)
    assert (told(number)[-1], waiting(number)) == (("twice", "commander"), {})


@pytest.mark.parametrize(
    "step", [s.key for s in FLOW.steps if s.is_open and s.name not in {"suspended", "arbitrating"}]
)
def test_every_step_has_somebody_above_it(step: str) -> None:
    number = _to(step)
    due_at, holder = case(number).due_at, case(number).holder_post
    fire(due_at)
    post = {"handle": "dispatcher", "dispatch": "commander", "feedback": "commander"}
    above = "head" if holder == "chief" else post.get(step.split("/")[0], "chief")
    for kind in ("near", "due"):
        heard = [whom for told_of, whom in told(number) if told_of == kind]
        assert len(heard) == len(set(heard)) == 2, "the holder and the next post up, each once"
        assert heard[-1] == above != holder
    fire(due_at + timedelta(days=30))
    higher = {"handle": "commander"}
    assert told(number)[-1] == ("twice", higher.get(step.split("/")[0], "head"))


@pytest.mark.parametrize(
    ("signed", "condition", "due", "late_twice"),
    [
        (f"{TUE} 10:00", 3, f"{THU} 10:00", "03-23 10:00"),  # four working days, over a weekend
        (f"{THU} 09:50", 3, f"{THU} 10:00", "03-23 10:00"),  # signed when it is nearly over
        (f"{TUE} 11:55", 1, f"{TUE} 12:00", f"{TUE} 14:00"),  # two hours by the clock
    ],
)
def test_twice_over_is_counted_from_the_dispatch(
    signed: str, condition: int, due: str, late_twice: str
) -> None:
    number = _to("handle/to_sign", condition=condition)
    do(number, "@body", "sign", now=at(signed))
    assert case(number).due_at == at(due)
    fire(at(due))
    assert waiting(number)["twice"] == at(late_twice)


def test_what_is_sent_back_after_its_time_is_twice_over_when_twice_the_limit_is_used() -> None:
    number = _to("handle/handling")
    do(number, "@body", "answer", now=at(f"{THU} 09:55"))
    do(number, "dispatcher.1", "send_back", now=at(f"{THU} 10:05"))
    fire(at(f"{THU} 10:10"))
    assert told(number)[-1] == ("due", "dispatcher") and waiting(number)["twice"] == TWICE


def test_another_step_is_twice_over_after_its_minutes_once_more() -> None:
    number = report(now=at("03-20 17:55"))
    due = case(number).due_at
    fire(due)
    minutes = StageLimit.objects.get(flow="urban", step="collect/reported").minutes
    assert (due, minutes) == (at("03-23 08:10"), 15)
    assert waiting(number)["twice"] == at("03-23 08:25"), "a weekend is nobody's delay"


def test_who_was_asked_is_told_in_person() -> None:
    number = _to("check/checking")
    asked = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    fire(case(number).due_at)
    assert told(number) == [("near", asked), ("near", "chief"), ("due", asked), ("due", "chief")]


@pytest.mark.parametrize(
    ("to", "post", "reader"),
    [("D29-S1", "section_head", "section.D29-S1"), ("D29-C1", "crew", "crew.D29.1")],
)
def test_a_part_of_the_body_that_holds_it_is_told_itself(to: str, post: str, reader: str) -> None:
    number = _to("handle/handling")
    do(number, "@body", "pass_on", to=to, now=at(f"{TUE} 11:00"))
    do(number, "mayor.1", "urge", now=at(f"{TUE} 11:00"))
    fire(NEAR)
    assert told(number) == [("near", f"{post}@{to}"), ("near", "dispatcher")]
    assert [notice["kind"] for notice in notices(who(reader))[0]] == ["near", "urge"]
    assert notices(who("handler.D29"))[0] == []


def test_after_the_answer_nobody_is_told_of_the_bodys_limit() -> None:
    number = _to("handle/handling")
    do(number, "@body", "answer", now=at(f"{TUE} 11:00"))
    do(number, "dispatcher.1", "review", now=at(f"{TUE} 11:00"))
    do(number, "chief.1", "close", now=at(f"{TUE} 11:00"))
    assert (fire(DUE + timedelta(days=9)), told(number)) == (0, [])


def test_a_new_deadline_rings_anew() -> None:
    number = _to("handle/handling")
    do(number, "@body", "extend_request", now=at(f"{TUE} 11:00"))
    fire(NEAR)
    do(number, "dispatcher.1", "extend_decide", now=NEAR)
    assert fire(DUE) == 0
    later = case(number)
    fire(later.due_at)
    assert told(number) == [
        *AT_NEAR,
        *AT_NEAR,
        ("due", "handler@D29"),
        ("due", "dispatcher"),
    ]


# Milestones, replies ------------------------------------------------------------------


def test_a_stage_that_was_not_reported_is_told_to_the_body_and_the_dispatcher() -> None:
    number = _to("handle/handling", condition=1)
    assert (fire(at(f"{TUE} 10:59")), fire(at(f"{TUE} 11:00"))) == (0, 1)
    assert told(number) == [("m1", "handler@D29"), ("m1", "dispatcher")]
    assert fire(at(f"{TUE} 11:00")) == 0


@pytest.mark.parametrize("act", ["milestone", "answer"])
def test_a_stage_that_was_reported_or_answered_rings_for_nobody(act: str) -> None:
    number = _to("handle/handling", condition=1)
    do(number, "@body", act, now=at(f"{TUE} 10:30"), **({"n": 1} if act == "milestone" else {}))
    fire(at(f"{TUE} 11:00"))
    assert [kind for kind, _whom in told(number) if kind == "m1"] == []


def _supervised() -> str:
    number = _to("handle/handling")
    do(number, "mayor.1", "supervise", reply_by=at(f"{WED} 09:00").isoformat(), now=at(f"{TUE} 11:00"))
    return number


def test_a_reply_that_does_not_come_is_told_to_both_once() -> None:
    number = _supervised()
    assert (fire(at(f"{WED} 08:59")), fire(at(f"{WED} 09:00")), fire(at(f"{WED} 09:00"))) == (0, 1, 0)
    assert told(number) == [("reply", "handler@D29"), ("reply", "mayor.1")]
    do(number, "@body", "reply", now=at(f"{WED} 10:00"))


def test_a_reply_that_came_rings_for_nobody() -> None:
    number = _supervised()
    do(number, "@body", "reply", now=at(f"{WED} 08:00"))
    assert fire(at(f"{WED} 09:00")) == 0
    assert told(number) == [("reply", "mayor.1")], "who demanded it hears that it is there"


# What the system does itself -------------------------------------------------------------


def test_a_suspended_case_wakes_on_its_day_and_its_clock_runs_on() -> None:
    number = _to("handle/handling")
    do(number, "@body", "suspend_request", until=at("03-31 09:00").isoformat(), now=at(f"{TUE} 11:00"))
    do(number, "commander.1", "suspend_decide", now=at(f"{TUE} 12:00"))
    assert (fire(at("03-31 08:59")), fire(at("03-31 09:00")), fire(at("03-31 09:00"))) == (0, 1, 0)
    found = case(number)
    assert (where(number), found.clock, found.due_at) == ("handle/handling", "running", at("04-01 17:00"))
    assert acts(number).count("wake") == 1 and waiting(number)["due"] == found.due_at


def _arbitrating(*co_handlers: str) -> str:
    number = _to("dispatch/returned")
    for _n in range(2):
        do(number, "dispatcher.1", "dispatch", co_handlers=list(co_handlers))
        do(number, "@body", "return")
    assert where(number) == "dispatch/arbitrating"
    return number


def test_what_the_commander_does_not_decide_the_system_decides_for_the_territorial_body() -> None:
    number = _arbitrating("D38")
    late = case(number).due_at
    fire(late - SECOND)
    assert where(number) == "dispatch/arbitrating"
    fire(late)
    found = case(number)
    assert (where(number), organisations().code(found.body_id)) == ("handle/to_sign", "P610302")
    assert [organisations().code(org) for org in found.co_bodies] == ["D38"], "who helps goes on helping"
    record = Record.objects.filter(case=found).latest("n")
    assert (record.act, record.post, record.by_id, record.at) == ("arbitrate", "system", None, late)
    assert fire(late) == 0 and waiting(number)["due"] == found.due_at


def test_what_the_commander_decided_in_time_is_left_alone() -> None:
    number = _arbitrating()
    late = case(number).due_at
    do(number, "commander.1", "arbitrate", to="D38", now=late - SECOND)
    fire(late)
    assert organisations().code(case(number).body_id) == "D38"


def test_a_decision_that_cannot_be_made_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    number = _arbitrating()
    late = case(number).due_at
    with monkeypatch.context() as no_body:
        no_body.setattr(timers, "territorial", lambda _case: None)
        no_body.setattr(timers, "propose_body", lambda *_facts: None)
        fire(late)
        assert (where(number), waiting(number)["due"]) == ("dispatch/arbitrating", late + timers.TRY_AGAIN)
    fire(late + timers.TRY_AGAIN - SECOND)
    assert where(number) == "dispatch/arbitrating"
    fire(late + timers.TRY_AGAIN)
    assert where(number) == "handle/to_sign"


def test_one_that_is_put_off_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = _arbitrating(), _to("handle/handling")
    monkeypatch.setattr(timers, "territorial", lambda _case: None)
    monkeypatch.setattr(timers, "propose_body", lambda *_facts: None)
    fire(DUE)
    assert where(stuck) == "dispatch/arbitrating"
    assert told(other)[-1] == ("due", "dispatcher")


# Once ----------------------------------------------------------------------------------------


def test_after_a_long_stop_everything_is_told_once_in_its_order() -> None:
    number = _to("handle/handling")
    fire(DUE + timedelta(days=30))
    assert told(number) == [
        *AT_NEAR,
        ("due", "handler@D29"),
        ("due", "dispatcher"),
        ("twice", "commander"),
    ]
    at_ = sql.tuples("SELECT at FROM notices_notice WHERE link = %s ORDER BY id", [f"/cases/{number}"])
    assert [row[0] for row in at_] == [NEAR, NEAR, DUE, DUE, TWICE], "with the time at which it was so"
    assert (waiting(number), fire(DUE + timedelta(days=60))) == ({}, 0)


def test_after_a_long_stop_a_suspended_case_wakes_now_and_not_in_the_past() -> None:
    number = _to("handle/handling")
    do(number, "@body", "suspend_request", until=at(f"{WED} 09:00").isoformat(), now=at(f"{TUE} 12:00"))
    do(number, "commander.1", "suspend_decide", now=at(f"{TUE} 12:00"))
    fire(at("03-31 08:00"))
    assert case(number).due_at == at("04-01 16:00"), "fourteen office hours from then on"


def test_a_timer_left_on_an_ended_case_is_cleared_away_in_silence() -> None:
    number = new("evaluate/closed")
    Timer.objects.create(case_id=case(number).pk, kind="due", due_at=DUE)
    assert (fire(DUE), told(number), waiting(number)) == (1, [], {})


def test_a_timer_that_moved_meanwhile_is_left_where_it_is() -> None:
    number = _to("handle/handling")
    timers._fire(case(number).pk, "due", DUE - SECOND, DUE)
    assert (told(number), waiting(number)["due"]) == ([], DUE)


def _both(work: Callable[[], int]) -> list[int]:
    """Two workers at the same time, each on a connection of its own."""
    start = Barrier(2)

    def alone(_n: int) -> int:
        try:
            start.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(alone, range(2)))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_each_thing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    late = [_to("handle/handling") for _n in range(6)]
    asleep = [_to("handle/suspended") for _n in range(6)]
    undecided = [_arbitrating() for _n in range(3)]
    rung: list[tuple[str, str]] = []

    def counted(name: str, really: timers.Reaction) -> timers.Reaction:
        def react(loaded: Any, kind: str, due_at: datetime, now: datetime) -> None:
            really(loaded, kind, due_at, now)
            rung.append((loaded.case.number, kind))

        return react

    monkeypatch.setattr(timers, "REACTIONS", {n: counted(n, r) for n, r in timers.REACTIONS.items()})
    _both(lambda: fire(DUE))
    assert len(rung) == len(set(rung)), "nothing twice"
    assert {kind for number, kind in rung if number in late} == {"near", "due"}
    assert [acts(number).count("wake") for number in asleep] == [1] * 6
    assert [acts(number).count("arbitrate") for number in undecided] == [1] * 3
    assert Timer.objects.filter(due_at__lte=DUE).count() == 0
    assert all(told(number).count(("due", "dispatcher")) == 1 for number in late)


def test_a_case_that_cannot_be_served_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, number = _to("handle/handling"), _to("handle/handling")
    near = timers.near

    def fails(loaded: Any, *given: Any) -> None:
        if loaded.case.number == broken:
            raise KeyError("a note that is not there")
        near(loaded, *given)

    monkeypatch.setitem(timers.REACTIONS, "near", fails)
    fire(NEAR)
    assert told(number) == AT_NEAR
    assert (told(broken), waiting(broken)["near"]) == ([], NEAR + timers.TRY_AGAIN)
    monkeypatch.setitem(timers.REACTIONS, "near", near)
    fire(NEAR + timers.TRY_AGAIN)
    assert told(broken) == AT_NEAR
