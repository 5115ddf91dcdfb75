"""Stages of a condition: their deadlines run from the dispatch, also when a correction brings another condition."""

from datetime import datetime
from typing import Any

import pytest
from tests.town import EVENT_PLACE as PLACE
from tests.town import at, case, do, loaded, offers, refusal, report, walk, who

from baoji.kernel.flow.models import Timer
from baoji.systems.urban import public
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.models import Condition, Milestone

pytestmark = pytest.mark.django_db
TUE, WED = "03-17", "03-18"
# 0102 三: two working days and no stages. 0103 一: two hours by the clock, its first stage after one.
STORM = {"class": "0103"}
PLAIN = {"kind": "event", "class": "0110"}


@pytest.fixture
def three_stages() -> None:
    """0103 一 gets a second and a third stage, after ninety minutes and after two."""
    condition = Condition.objects.get(kind="component", class_code="0103", n=1)
    for n, hours in ((2, "1.5"), (3, "2")):
        Milestone.objects.create(
            condition=condition, n=n, name=f"第 {n} 步", limit_value=hours, limit_unit="urgent_hour"
        )
    public.book.forget()


def _to(step: str = "handle/handling", **draft: Any) -> str:
    return walk(report(now=at(f"{TUE} 10:00"), **draft), step, now=at(f"{TUE} 10:00"))


def _correct(number: str, when: str, facts: dict[str, Any]) -> None:
    do(number, "chief.1", "correct", now=at(when), **facts)


def stages(number: str) -> dict[str, datetime]:
    """The timers of the stages that are still to be reported."""
    return dict(
        Timer.objects.filter(case__number=number, kind__regex=r"^m\d+$").values_list("kind", "due_at")
    )


def reported(number: str) -> list[bool]:
    shown = public.view(who("head.1"), loaded(number), at(f"{TUE} 11:00"))["milestones"]
    return [stage["done_at"] is not None for stage in shown]


def test_a_corrected_class_brings_its_stages_counted_from_the_dispatch(three_stages: None) -> None:
    number = _to()
    assert stages(number) == {}
    _correct(number, f"{TUE} 10:20", STORM)
    assert stages(number) == {
        "m1": at(f"{TUE} 11:00"),
        "m2": at(f"{TUE} 11:30"),
        "m3": at(f"{TUE} 12:00"),
    }
    assert case(number).due_at == at(f"{TUE} 12:00"), "the limit has the same start"
    do(number, "@body", "milestone", n=2, now=at(f"{TUE} 10:30"))
    assert reported(number) == [False, True, False]


def test_what_was_reported_stays_reported_under_the_same_number(three_stages: None) -> None:
    number = _to(condition=1)  # with one stage
    do(number, "@body", "milestone", n=1, now=at(f"{TUE} 10:10"))
    _correct(number, f"{TUE} 10:20", STORM)
    assert set(stages(number)) == {"m2", "m3"}
    assert reported(number) == [True, False, False]
    assert refusal(number, "@body", "milestone", n=1, now=at(f"{TUE} 10:30")) == "validation"
    assert offers(number, "@body")["milestone"]["schema"]["properties"]["n"]["default"] == 2


def test_a_stage_that_the_new_condition_does_not_have_is_gone(three_stages: None) -> None:
    number = _to()
    _correct(number, f"{TUE} 10:05", STORM)
    do(number, "@body", "milestone", n=3, now=at(f"{TUE} 10:10"))
    _correct(number, f"{TUE} 10:20", {"class": "0102"})  # 0102 一 has one stage, as 0103 一 had before
    assert stages(number) == {"m1": at(f"{TUE} 11:00")}
    assert reported(number) == [False]
    do(number, "@body", "milestone", n=1, now=at(f"{TUE} 10:30"))
    assert (reported(number), stages(number)) == ([True], {})


def test_a_class_without_stages_waits_for_none(three_stages: None) -> None:
    number = _to(condition=1)
    assert set(stages(number)) == {"m1"}
    _correct(number, f"{TUE} 10:20", PLAIN)
    assert (stages(number), reported(number)) == ({}, [])
    assert refusal(number, "@body", "milestone", n=1, opinion="已围挡") == "no-milestones"


def test_a_correction_of_the_address_leaves_the_stages_alone() -> None:
    number = _to(condition=1)
    before = stages(number)
    _correct(number, f"{TUE} 10:20", {"address": "经二路 9 号"})
    assert stages(number) == before != {}


@pytest.mark.parametrize("step", ["file/accepted", "dispatch/filed"])
def test_before_the_dispatch_there_are_no_stages(step: str) -> None:
    number = _to(step)
    do(number, "acceptor.1" if step.startswith("file") else "chief.1", "correct", **STORM)
    assert stages(number) == {}
    walk(number, "handle/to_sign", now=at(f"{TUE} 14:00"))
    assert set(stages(number)) == ({"m1"} if case(number).topic == "c0103" else set())


@pytest.mark.parametrize("step", ["handle/to_sign", "dispatch/returned"])
def test_wherever_the_body_may_get_it_again_its_stages_are_those_of_the_new_condition(step: str) -> None:
    number = _to(step)
    _correct(number, f"{TUE} 10:20", STORM)
    assert stages(number) == {"m1": at(f"{TUE} 11:00")}


@pytest.mark.parametrize(("step", "act"), [("dispatch/returned", "refer_back"), ("handle/to_sign", "recall")])
def test_a_case_that_is_taken_back_waits_for_no_stage(step: str, act: str) -> None:
    number = _to(step, condition=1)
    do(number, "dispatcher.1", act, now=at(f"{TUE} 10:10"))
    assert stages(number) == {}
    walk(number, "handle/handling", now=at(f"{TUE} 10:20"))
    assert stages(number) == {"m1": at(f"{TUE} 11:20")}


def test_after_an_arbitration_the_stages_begin_anew() -> None:
    number = _to("dispatch/arbitrating", condition=1)
    do(number, "commander.1", "arbitrate", to="D38", now=at(f"{WED} 09:00"))
    assert stages(number) == {"m1": at(f"{WED} 10:00")}


# 挂账 -------------------------------------------------------------------------


def _suspend(number: str, when: str) -> None:
    do(number, "@body", "suspend_request", until=at("03-25 10:00").isoformat(), now=at(when))
    do(number, "commander.1", "suspend_decide", now=at(when))


def test_stages_stand_while_the_case_is_suspended(three_stages: None) -> None:
    """Due after one hour, ninety minutes and two hours by the clock; suspended after twenty minutes, for a day."""
    number = _to(component=None, kind="component", class_code="0103", condition=1, location=PLACE)
    do(number, "@body", "milestone", n=2, now=at(f"{TUE} 10:10"))
    _suspend(number, f"{TUE} 10:20")
    assert stages(number) == {}
    do(number, "@body", "resume", now=at(f"{WED} 09:00"))
    assert stages(number) == {"m1": at(f"{WED} 09:40"), "m3": at(f"{WED} 10:40")}
    assert case(number).due_at == at(f"{WED} 10:40"), "as the limit itself does"


def test_a_stage_that_came_due_before_does_not_come_due_again(three_stages: None) -> None:
    number = _to(component=None, kind="component", class_code="0103", condition=1, location=PLACE)
    fire_due(at(f"{TUE} 11:00"))
    _suspend(number, f"{TUE} 11:10")
    do(number, "@body", "resume", now=at(f"{WED} 09:00"))
    assert stages(number) == {"m2": at(f"{WED} 09:20"), "m3": at(f"{WED} 09:50")}


def test_a_case_that_wakes_by_itself_counts_its_stages_on(three_stages: None) -> None:
    number = _to(component=None, kind="component", class_code="0103", condition=1, location=PLACE)
    _suspend(number, f"{TUE} 10:20")
    fire_due(at("03-25 10:00"))
    assert stages(number)["m1"] == at("03-25 10:40")


def test_a_class_corrected_while_suspended_counts_its_stages_from_the_dispatch_without_the_pause() -> None:
    number = _to()
    _suspend(number, f"{TUE} 10:20")
    _correct(number, f"{TUE} 12:00", STORM)
    assert stages(number) == {}
    do(number, "@body", "resume", now=at(f"{WED} 09:00"))
    assert stages(number) == {"m1": at(f"{WED} 09:40")}


def test_a_class_corrected_after_a_pause_leaves_the_pause_out() -> None:
    number = _to()
    _suspend(number, f"{TUE} 10:20")
    do(number, "@body", "resume", now=at(f"{WED} 09:00"))
    _correct(number, f"{WED} 09:10", STORM)
    assert stages(number) == {"m1": at(f"{WED} 09:40")}
