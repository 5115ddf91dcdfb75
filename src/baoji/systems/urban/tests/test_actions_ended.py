"""What still happens to a case that has ended: 督办 and its reply, urging, and what a reopening ends."""

from datetime import datetime
from typing import Any

import pytest
from tests.town import NOW, at, case, do, loaded, may, new, refusal, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.flow.models import Timer
from baoji.systems.urban import public
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.pages.staff.tabs import chosen, tabs
from baoji.systems.urban.queries.lists import Filters, cases
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
BY = "03-18 10:00"
CLOSED = [("evaluate/closed", "chief.1", "acceptor.1"), ("evaluate/settled", "acceptor.1", "chief.1")]


def _supervised(step: str) -> str:
    number = new(step)
    do(number, "head.1", "supervise", reply_by=at(BY).isoformat())
    return number


def _told(number: str) -> list[tuple[str, str]]:
    """(kind, to whom) of the notices about this case."""
    return sql.tuples(
        "SELECT n.kind, coalesce(p.code, n.post) FROM notices_notice n LEFT JOIN identity_person p ON p.id = n.person_id"
        " WHERE n.link = %s ORDER BY n.id",
        [f"/cases/{number}"],
    )


def _waits(number: str, person: str) -> bool:
    found = cases(who(person), Filters(desk="todo"), now=NOW).rows
    return number in [row["number"] for row in found]


def _last_facts(number: str) -> dict[str, Any]:
    facts: dict[str, Any] = public.view(who("head.1"), loaded(number), NOW)["timeline"][-1]["facts"]
    return facts


# 督办 -------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "answers", "not_asked"), CLOSED)
def test_whoever_closed_a_case_owes_the_reply(step: str, answers: str, not_asked: str) -> None:
    number = _supervised(step)
    assert (where(number), case(number).due_at) == (step, None)
    assert ("supervise", answers.split(".")[0]) in _told(number)
    assert (_waits(number, answers), _waits(number, not_asked)) == (True, False)
    assert public.waiting(who(answers))[1] == 1
    do(number, answers, "reply")
    assert ("reply", "head.1") in _told(number)
    assert (case(number).pending, case(number).asks, _waits(number, answers)) == ({}, [], False)
    assert not Timer.objects.filter(case__number=number).exists()


@pytest.mark.parametrize(("step", "answers", "not_asked"), CLOSED)
def test_a_reply_that_does_not_come_is_told(step: str, answers: str, not_asked: str) -> None:
    number = _supervised(step)
    do(number, "mayor.1", "opinion")  # takes no timer with it
    fire_due(at("03-18 09:59"))
    assert "reply" not in [kind for kind, _to in _told(number)]
    fire_due(at(BY))
    late = [to for kind, to in _told(number) if kind == "reply"]
    assert late == [answers.split(".")[0], "head.1"]
    do(number, "mayor.1", "opinion", now=at("03-18 11:00"))
    assert not Timer.objects.filter(case__number=number).exists(), "once is enough"


def test_the_tab_of_supervised_cases_lists_what_it_counts() -> None:
    answered, waiting = new("check/passed"), _supervised("check/passed")
    do(answered, "head.1", "supervise")
    do(answered, "chief.1", "reply")
    counts, supervised = public.waiting(who("chief.1"))
    tab = chosen(tabs(who("chief.1"), counts, supervised), "supervised")
    found = cases(who("chief.1"), tab.filters, now=NOW).rows
    assert ([row["number"] for row in found], tab.count) == ([waiting], 1)


def test_a_reopened_case_still_owes_its_reply_to_the_same_time() -> None:
    number = _supervised("evaluate/closed")
    do(number, "chief.1", "reopen")
    assert datetime.fromisoformat(case(number).pending["supervise"]["reply_by"]) == at(BY)
    assert Timer.objects.get(case__number=number, kind="reply").due_at == at(BY)
    assert case(number).asks == []
    assert "renewed" not in _last_facts(number)


def test_the_body_of_a_closed_case_may_reply_and_a_body_of_another_may_not() -> None:
    number = _supervised("evaluate/closed")
    assert refusal(number, "@body", "reply") is None
    assert refusal(number, "handler.D38", "reply") == "not-there"


@pytest.mark.parametrize(
    "step",
    [step.key for step in FLOW.steps if step.status in {"rejected", "declined", "void", "merged"}],
)
def test_nobody_answers_for_what_never_became_work(step: str) -> None:
    """It is taken up again (`reopen`), or another case goes on with it."""
    assert refusal(new(step), "head.1", "supervise") == "wrong-stage"


# 催办 -------------------------------------------------------------------------


def test_a_closed_case_is_urged_while_somebody_owes_a_word() -> None:
    number = new("evaluate/closed")
    assert not may(number, "head.1", "urge")
    assert refusal(number, "head.1", "urge") == "nothing-asked"
    do(number, "@body", "appeal")
    do(number, "head.1", "urge")
    assert ("urge", "dispatcher") in _told(number)
    assert refusal(number, "collector.01", "urge") == "not-allowed", "reporters learn nothing of appeals"


# 申诉 -------------------------------------------------------------------------


def _exempt() -> str:
    number = walk(new("handle/handling"), "evaluate/closed", now=at("03-20 10:00"))
    for person, act in (
        ("@body", "appeal"),
        ("dispatcher.2", "appeal_decide"),
        ("acceptor.2", "appeal_decide"),
    ):
        do(number, person, act, now=at("03-20 10:00"))
    assert case(number).exempt
    return number


@pytest.mark.parametrize("person", ["chief.1", "@reporter"])
def test_what_an_appeal_was_granted_for_ends_when_the_case_is_reopened(person: str) -> None:
    number = _exempt()
    do(number, person, "reopen", now=at("03-20 11:00"))
    assert case(number).exempt is False
    assert _last_facts(number)["lapsed"] == ["exempt"]
    walk(number, "evaluate/closed", now=at("03-20 12:00"))
    assert case(number).exempt is False, "no later act brings it back"
    assert refusal(number, "@body", "appeal", now=at("03-20 12:00")) is None, (
        "what was taken may be asked for"
    )


def test_a_refused_appeal_stays_the_only_one() -> None:
    number = new("evaluate/closed")
    do(number, "@body", "appeal")
    do(number, "dispatcher.2", "appeal_decide", grant=False)
    do(number, "chief.1", "reopen")
    walk(number, "evaluate/closed")
    assert refusal(number, "@body", "appeal") == "only-once"
