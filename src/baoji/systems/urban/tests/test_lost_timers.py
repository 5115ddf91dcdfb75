"""A timer that is gone is set again: no case waits for ever because a row was lost."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.town import NOW, ROADS, at, body, case, do, new, report, walk, where

from baoji.kernel.flow.models import Timer
from baoji.kernel.notices.models import Notice
from baoji.systems.urban.actions.lost_timers import Look, lacking, set_lost
from baoji.systems.urban.actions.timers import fire_due

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=1)


def waiting(number: str) -> dict[str, datetime]:
    return dict(Timer.objects.filter(case__number=number).values_list("kind", "due_at"))


def lose(number: str, *kinds: str) -> dict[str, datetime]:
    """Takes timers away as nobody should, and says what there was."""
    there = waiting(number)
    gone = Timer.objects.filter(case__number=number, kind__in=kinds or list(there)).delete()[0]
    assert gone, "there was nothing to lose"
    return there


@pytest.mark.parametrize(
    "step",
    [
        "collect/reported",
        "file/accepted",
        "dispatch/filed",
        "handle/handling",
        "feedback/answered",
        "check/checking",
    ],
)
def test_what_a_step_asks_for_is_set_again(step: str) -> None:
    number = new(step)
    there = lose(number)
    assert set(there) >= {"near", "due"}
    assert [(one.number, one.timers) for one in lacking(SOON)] == [(number, there)]
    assert set_lost(SOON) == 1
    assert waiting(number) == there
    assert set_lost(SOON) == 0


@pytest.mark.parametrize("kind", ["near", "due"])
def test_one_that_is_gone_or_at_another_time_is_missed(kind: str) -> None:
    number = new("handle/handling")
    there = lose(number, kind)
    assert [one.timers for one in lacking(SOON)] == [{kind: there[kind]}]
    set_lost(SOON)
    Timer.objects.filter(case__number=number, kind=kind).update(due_at=at("12-31 00:00"))
    assert set_lost(SOON) == 1
    assert waiting(number) == there


def test_a_suspended_case_wakes_though_its_timer_was_lost() -> None:
    number = new("handle/suspended")
    there = lose(number)
    set_lost(SOON)
    assert waiting(number) == there and set(there) == {"wake"}
    lose(number)
    late = there["wake"] + timedelta(days=3)
    assert set_lost(late) == 1
    fire_due(late)
    assert where(number) == "handle/handling"
    assert set_lost(late) == 0


def test_an_arbitration_is_made_however_late() -> None:
    number = new("dispatch/arbitrating")
    due = case(number).due_at
    assert due is not None
    lose(number)
    late = due + timedelta(days=30)
    assert set_lost(late) == 1
    fire_due(late)
    assert where(number) == "handle/to_sign"


def test_a_late_step_is_late_twice_though_its_timer_was_lost() -> None:
    number = new("handle/handling")
    late = at("03-19 10:01")
    while fire_due(late):
        pass
    there = lose(number, "twice")
    assert set_lost(late) == 1
    assert waiting(number) == there
    while fire_due(there["twice"]):
        pass
    notices = Notice.objects.count()
    assert set_lost(there["twice"] + timedelta(minutes=1)) == 0
    assert Notice.objects.count() == notices, "nobody is told twice"


@pytest.mark.parametrize("step", ["handle/handling", "evaluate/closed"])
def test_a_reply_is_waited_for_though_its_timer_was_lost(step: str) -> None:
    number = new(step)
    do(number, "mayor.1", "supervise", opinion="尽快")
    there = lose(number, "reply")
    assert set_lost(SOON) == 1
    assert waiting(number) == there
    lose(number, "reply")
    set_lost(there["reply"] + timedelta(minutes=1))
    assert "reply" not in waiting(number), "what was over before anybody looked is not said any more"


def test_nothing_is_missed_where_nothing_was_lost() -> None:
    for step in ROADS:
        new(step)
    number = walk(report(), "handle/handling")
    do(number, body(number), "extend_request", reason="下雨，来不及")
    do(number, "mayor.1", "supervise", opinion="尽快")
    for now in (SOON, at("03-18 17:00"), at("03-19 10:01"), at("03-24 09:00"), at("05-01 09:00")):
        while fire_due(now):
            pass
        assert list(lacking(now)) == [], now


def test_an_act_meanwhile_is_not_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the mending the case has moved on."""
    number = new("handle/handling")
    lose(number, "due")
    found = list(lacking(SOON))
    do(number, "@body", "answer")
    there = waiting(number)
    monkeypatch.setattr("baoji.systems.urban.actions.lost_timers.lacking", lambda _now, _look: iter(found))
    assert set_lost(SOON) == 0
    assert waiting(number) == there


def test_the_look_is_one_statement_where_all_is_well() -> None:
    for step in ("handle/handling", "check/checking", "handle/suspended"):
        new(step)
    with CaptureQueriesContext(connection) as queries:
        assert list(lacking(SOON)) == []
    assert len(queries) == 1


def test_where_one_look_does_not_do_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baoji.systems.urban.actions.lost_timers.MOST_AT_ONCE", 1)
    number, other, look = new("handle/handling"), new("file/accepted"), Look()
    there = lose(number), lose(other)
    assert [set_lost(SOON, look) for _again in range(4)] == [1, 1, 0, 0]
    assert (waiting(number), waiting(other)) == there
