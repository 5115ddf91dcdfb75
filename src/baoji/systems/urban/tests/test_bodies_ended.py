"""Organisations that have ended: their cases are seen, listed and worked on as before, and no step is a dead end."""

import pytest
from django.utils import timezone
from tests.town import (
    COVER,
    NOW,
    ROADS,
    case,
    desk,
    do,
    loaded,
    new,
    offers,
    program,
    refusal,
    report,
    retire,
    walk,
    where,
    who,
    words,
)

from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Holding
from baoji.kernel.notices.models import Notice
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.models import Component
from baoji.systems.urban.queries.proposals import body_from
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
STEPS = [step.key for step in FLOW.steps if step.key in ROADS]
AFTER_DISPATCH = [
    "dispatch/returned",
    "dispatch/arbitrating",
    *(step for step in STEPS if step.split("/")[0] in {"handle", "feedback", "check"}),
    "evaluate/closed",
]
CAST = (
    "acceptor.1",
    "chief.1",
    "dispatcher.1",
    "commander.1",
    "head.1",
    "handler.D29",
    "@asked",
    "@reporter",
)


def _is_shown(number: str) -> None:
    """Page, API, and both lists."""
    chief, api = desk("chief.1"), program("chief.1")
    assert chief.get(f"/cases/{number}").status_code == 200
    found = api.get(f"/api/v1/cases/{number}")
    assert found.status_code == 200
    listed = api.get("/api/v1/cases")
    assert listed.status_code == 200
    assert number in {line["number"] for line in listed.json()["items"]}
    assert chief.get("/cases/").status_code == 200


def _does_all(number: str) -> None:
    """Each act that is offered to anybody is accepted."""
    for person in CAST:
        if person == "@asked" and case(number).holder_person_id is None:
            continue
        for act in offers(number, person):
            given = {"address": "经二路 1 号"} if act == "correct" else {}
            assert refusal(number, person, act, **given) is None, (person, act)


@pytest.mark.thorough
@pytest.mark.parametrize("step", STEPS)
def test_a_case_of_a_body_that_has_ended_is_shown_and_worked_on(step: str) -> None:
    number = new(step)
    retire("D29")
    _is_shown(number)
    _does_all(number)


@pytest.mark.parametrize("step", AFTER_DISPATCH)
def test_a_co_handler_that_has_ended_holds_up_nothing(step: str) -> None:
    number = new("dispatch/filed")
    returns = {"dispatch/returned": 1, "dispatch/arbitrating": 3}.get(step, 0)
    for _n in range(max(1, returns)):
        do(number, "dispatcher.1", "dispatch", co_handlers=["D30", "D45"])
        if returns:
            do(number, "@body", "return")
    if not returns:
        walk(number, step)
    retire("D45")
    _is_shown(number)
    _does_all(number)
    if step == "dispatch/arbitrating":
        do(number, "commander.1", "arbitrate")
        assert [organisations().code(id_) for id_ in case(number).co_bodies] == ["D30"]


@pytest.mark.parametrize("step", ["handle/to_sign", "handle/handling", "handle/suspended"])
def test_what_a_crew_held_that_has_ended_waits_for_its_body(step: str) -> None:
    number = new("handle/to_sign")
    do(number, "@body", "pass_on", to="D29-C2")
    walk(number, step)
    assert organisations().code(case(number).holder_org_id) == "D29-C2"
    retire("D29-C2")
    _is_shown(number)
    _does_all(number)
    listed = program("handler.D29").get("/api/v1/cases?desk=todo").json()["items"]
    assert number in {line["number"] for line in listed}
    if step != "handle/suspended":
        walk(number, "evaluate/closed")


@pytest.mark.parametrize("step", ["handle/to_sign", "handle/handling", "handle/suspended"])
@pytest.mark.parametrize("settled", [False, True])
def test_the_dispatcher_takes_a_case_back_from_a_body_that_has_ended(step: str, settled: bool) -> None:
    number = new("dispatch/filed")
    if settled:
        walk(number, "dispatch/arbitrating")
        do(number, "commander.1", "arbitrate", to="D29")
    walk(number, step)
    assert "recall" not in offers(number, "dispatcher.1") or (step == "handle/to_sign" and not settled)
    retire("D29")
    offer = offers(number, "dispatcher.1")["recall"]
    assert offer["lead"] == 1 and "已停用" in offer["note"]
    do(number, "dispatcher.1", "recall")
    found = case(number)
    assert (where(number), found.status, found.body_id, found.clock) == (
        "dispatch/filed",
        "open",
        None,
        "none",
    )
    do(number, "dispatcher.1", "dispatch", to="D30")
    assert refusal(number, "@body", "return") is None, "what was arbitrated was arbitrated for another body"
    walk(number, "evaluate/closed")
    assert case(number).case_number


@pytest.mark.parametrize("step", ["handle/to_sign", "handle/handling", "handle/suspended"])
def test_what_a_body_held_that_has_ended_waits_for_the_dispatchers(step: str) -> None:
    number, helped = new(step), new("dispatch/filed")
    do(helped, "dispatcher.1", "dispatch", to="D30", co_handlers=["D29"])
    api = program("dispatcher.1")

    def waits(of: str) -> bool:
        listed = api.get("/api/v1/cases?desk=todo").json()["items"]
        return of in {line["number"] for line in listed}

    assert not waits(number)
    retire("D29")
    assert waits(number) and not waits(helped)
    page = desk("dispatcher.1").get(f"/work/?tab={step.replace('/', '.')}")
    assert page.status_code == 200 and number in words(page)


def test_a_body_in_force_is_not_recalled_from_once_it_has_signed() -> None:
    assert refusal(new("handle/handling"), "dispatcher.1", "recall") == "wrong-stage"


def test_a_maintainer_that_has_ended_is_not_proposed() -> None:
    gone, area = organisations().by_code["D29"].id, case(report()).area
    today = timezone.localdate()
    assert body_from(gone, area, "component", "0102", today).org_id == gone  # type: ignore[union-attr]
    retire("D29")
    found = body_from(gone, area, "component", "0102", today)
    assert found is not None and found.org_id in organisations().by_id
    assert Component.objects.get(code=COVER).maintainer_id == gone
    shown = program("chief.1").get(f"/api/v1/components/{COVER}").json()
    assert shown["maintainer"] == "D29"


def test_what_a_body_that_has_ended_lets_go_late_the_dispatchers_hear_of() -> None:
    number = new("handle/handling")
    retire("D29")
    due = case(number).due_at
    assert due is not None
    fire_due(due)
    told = Notice.objects.filter(link=f"/cases/{number}", kind="due")
    assert set(told.values_list("post", "organisation_id")) == {("dispatcher", None)}


def test_the_score_names_a_body_that_has_ended() -> None:
    number = new("handle/handling")
    name = organisations().by_code["D29"].name
    retire("D29")
    due = case(number).clock_due_at
    assert due is not None
    day = f"{due:%Y-%m-%d}"
    page = desk("head.1").get("/score/", {"kind": "any", "from": day, "to": day, "open": "D29"})
    assert page.status_code == 200
    assert name in words(page)
    assert public.view(who("chief.1"), loaded(number), NOW)["responsible"] == "D29"


def test_a_body_at_which_nobody_works_is_said_to_be_so() -> None:
    number = new("dispatch/filed")
    before = offers(number, "dispatcher.1")["dispatch"]
    Holding.objects.filter(post__organisation__code="D29").delete()
    for topic in ("people", "organisations"):
        bump(topic)
    offer = offers(number, "dispatcher.1")["dispatch"]
    assert offer["schema"]["properties"]["to"]["default"] == "D29"
    assert offer["reason"] == f"{before['reason']}（这个单位还没有人任职，派去没有人签收）"
    found = program("dispatcher.1").get("/api/v1/organisations?q=D29").json()["items"][0]
    assert found["title"] == f"{found['name']}（还没有人任职）"
    assert refusal(number, "dispatcher.1", "dispatch") is None
