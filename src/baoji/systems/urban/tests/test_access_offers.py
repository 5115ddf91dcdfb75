"""Every act by every post at every step: what is offered is accepted, and nothing else is."""

from typing import Any

import pytest
from tests.town import do, event, loaded, new, offered_to, offers, rebuff, refusal, report, walk

from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
# One of each post, more than one where it matters who it is, and people of several posts or standing in for others.
POSTS = [
    "collector.01",
    "collector.02",
    "officer.001",
    "cleaner.0001",
    "hotline.1",
    "acceptor.1",
    "chief.1",
    "dispatcher.1",
    "commander.1",
    "head.1",
    "operator.1",
    "mayor.1",
    "handler.D29",
    "section.D29-S1",
    "crew.D29.1",
    "handler.D38",
    "handler.P610302",
    "both.1",
    "deputy.1",
    "deputy.2",
    "deputy.3",
    "nobody.1",
    "system",
]
SUPERVISION = ["acceptor.1", "acceptor.2", "chief.1", "collector.01", "collector.02"]
DEPARTMENT = ["handler.D29", "section.D29-S1", "crew.D29.1", "handler.D38", "handler.P610302"]
BUSY = [
    "collect/reported",
    "dispatch/filed",
    "handle/to_sign",
    "handle/handling",
    "feedback/answered",
    "check/checking",
    "evaluate/closed",
]
# What is heard of an act that would be done if only its facts were right: whose act it is was not asked any more.
TAKEN = {None, "validation", "photo-required"}
# Facts that let an offered act through; the rest is what the system proposes.
FACTS: dict[str, dict[str, Any]] = {
    "correct": {"address": "经二路 9 号"},
    "answer": {"opinion": "已更换井盖"},
}


def _busy(step: str) -> str:
    """A case with everything open that can be: a loud one with a co-handler, a supervision, requests, an appeal."""
    number = report(condition=1)
    if step.startswith(("handle", "feedback", "check", "evaluate/closed")):
        do(walk(number, "dispatch/filed"), "dispatcher.1", "dispatch", co_handlers=["D38"])
    walk(number, step)
    if FLOW.step(step).is_open:
        do(number, "mayor.1", "supervise")
    if step == "handle/handling":
        do(number, "@body", "extend_request")
        do(number, "@body", "suspend_request")
    if step == "evaluate/closed":
        do(number, "@body", "appeal")
    return number


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("step", "busy"), [(step.key, False) for step in FLOW.steps] + [(step, True) for step in BUSY]
)
def test_what_is_offered_is_accepted_and_nothing_else(step: str, busy: bool) -> None:
    number = _busy(step) if busy else new(step)
    here = {act.name for act in FLOW.acts_at(step)}
    for person in POSTS:
        offered = offered_to(number, person)
        assert {
            act: code for act in offered if (code := refusal(number, person, act, **FACTS.get(act, {})))
        } == {}, person
        assert {act for act in here - offered if rebuff(number, person, act) in TAKEN} == set(), person


@pytest.mark.parametrize("person", DEPARTMENT)
@pytest.mark.parametrize("step", ["feedback/answered", "check/to_check", "check/passed", "dispatch/returned"])
def test_a_department_can_never_close_nor_dispatch(person: str, step: str) -> None:
    number = new(step)
    assert {
        rebuff(number, person, act)
        for act in ("close", "file", "dispatch", "review", "settle", "check_request", "void")
    } <= {"not-allowed", "not-there"}


@pytest.mark.parametrize("person", SUPERVISION)
@pytest.mark.parametrize(
    "step", ["dispatch/filed", "dispatch/returned", "dispatch/arbitrating", "handle/to_sign"]
)
def test_supervision_never_dispatches(person: str, step: str) -> None:
    number = new(step)
    assert {
        rebuff(number, person, act) for act in ("dispatch", "arbitrate", "recall", "refer_back", "send_back")
    } <= {"not-allowed", "not-there"}


def test_an_act_is_described_so_that_a_program_can_do_it() -> None:
    offer = offers(new("dispatch/filed"), "dispatcher.1")["dispatch"]
    assert offer["schema"]["required"] == ["to"]
    assert offer["schema"]["properties"]["to"]["default"] == "D29"
    assert offer["photos"] == {"min": 0, "max": 0}


def test_the_likeliest_act_comes_first() -> None:
    assert next(iter(offers(new("collect/reported"), "acceptor.1"))) == "accept"
    assert next(iter(offers(new("check/passed"), "chief.1"))) == "close"


@pytest.mark.parametrize(
    ("step", "source", "person", "act", "lead"),
    [
        ("file/accepted", "collector.01", "acceptor.1", "verify_request", 5),
        ("file/accepted", "collector.01", "chief.1", "verify_request", 5),
        ("file/accepted", "hotline.1", "acceptor.1", "verify_request", 2),
        ("file/accepted", "hotline.1", "chief.1", "verify_request", 2),
        ("file/verifying", "hotline.1", "acceptor.1", "verify_request", 5),
        ("file/verified", "hotline.1", "acceptor.1", "verify_request", 5),
        ("check/to_check", "collector.01", "acceptor.1", "check_request", 2),
        ("check/checking", "collector.01", "acceptor.1", "check_request", 5),
        ("file/accepted", "collector.01", "chief.1", "file", 1),
    ],
)
def test_sending_a_collector_leads_where_the_case_waits_for_it(
    step: str, source: str, person: str, act: str, lead: int
) -> None:
    number = walk(event(source, pictures=int(source != "hotline.1")), step)
    offered = offers(number, person)
    assert offered[act]["lead"] == lead
    assert [offer["lead"] for offer in offered.values()] == sorted(
        offer["lead"] for offer in offered.values()
    )
    assert refusal(number, person, act) is None


def test_a_department_sees_only_its_own_cases() -> None:
    number = new("handle/to_sign")
    assert refusal(number, "handler.D38", "opinion") == "not-there"
    assert refusal(number, "handler.D29", "opinion") is None
    assert refusal(report(), "handler.D29", "opinion") == "not-there"


def test_somebody_without_a_post_sees_and_does_nothing() -> None:
    assert refusal(new("handle/to_sign"), "nobody.1", "opinion") == "not-there"


def test_who_stands_in_for_two_bodies_answers_for_each() -> None:
    """deputy.4 stands in for D29 and D38, both co-handlers."""
    number = walk(report(), "dispatch/filed")
    do(number, "dispatcher.1", "dispatch", to="D02", co_handlers=["D29", "D38"])
    do(number, "handler.D02", "sign")
    first, second = do(number, "deputy.4", "co_answer"), do(number, "deputy.4", "co_answer")
    assert first.hold is not None and second.hold is not None
    assert first.hold.org_id != second.hold.org_id
    assert refusal(number, "deputy.4", "co_answer") == "already-answered"


def test_a_report_without_a_class_is_filed_by_what_its_words_propose() -> None:
    number = event("officer.001", class_code="", condition=None, description="生活垃圾堆在路边没人清")
    do(number, "acceptor.1", "accept")
    file = offers(number, "chief.1")["file"]
    proposed = file["schema"]["properties"]["class"]
    assert proposed["default"] == "0110" and proposed["x-default-title"] in "暴露生活垃圾"
    assert "垃圾" in file["reason"] and file["schema"]["properties"]["condition"]["default"] == 1
    do(number, "chief.1", "file")
    assert (loaded(number).extra["class_code"], loaded(number).case.step) == ("0110", "filed")


def test_what_looks_like_a_thing_of_the_other_kind_is_to_be_corrected_first() -> None:
    number = event("officer.001", class_code="", condition=None, description="井盖没了")
    do(number, "acceptor.1", "accept")
    file = offers(number, "chief.1")["file"]
    assert "部件" in file["reason"] and "更正" in file["reason"] and "井盖" in file["reason"]


def test_words_that_mean_nothing_propose_nothing() -> None:
    number = event("officer.001", class_code="", condition=None, description="啊啊啊啊")
    do(number, "acceptor.1", "accept")
    file = offers(number, "chief.1")["file"]
    assert "default" not in file["schema"]["properties"]["class"] and file["reason"] == ""
