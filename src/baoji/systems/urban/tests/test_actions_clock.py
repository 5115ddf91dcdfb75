"""The body's clock: when it starts and stops, what is charged, what an extension and a pause do; lights and timers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.town import at, case, do, event, loaded, new, refusal, report, walk, where, who

from baoji.kernel.flow.models import StageLimit, Timer
from baoji.systems.urban import public
from baoji.systems.urban.queries.score_check import differences
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
# The default report has two working days: 16 office hours of 08:00-12:00 and 14:00-18:00.
TUE, WED, THU, FRI = "03-17", "03-18", "03-19", "03-20"


@pytest.fixture(autouse=True)
def _told_again() -> Iterator[None]:
    """Whatever a test did, the records alone tell every clock."""
    yield
    assert list(differences(at("01-01 00:00"), at("12-31 00:00"))) == []


def _to(step: str, when: str, **draft: Any) -> str:
    return walk(report(now=at(when), **draft), step, now=at(when))


def _light(number: str, now: datetime) -> str | None:
    light: str | None = public.view(who("head.1"), loaded(number), now)["light"]
    return light


@pytest.mark.parametrize(
    ("dispatched", "draft", "due"),
    [
        (f"{TUE} 10:00", {}, f"{THU} 10:00"),
        (f"{TUE} 11:30", {"condition": 2}, f"{TUE} 17:30"),  # four working hours across lunch
        (f"{TUE} 12:30", {"condition": 2}, f"{TUE} 18:00"),  # the lunch break counts for nothing
        (f"{FRI} 17:00", {"condition": 2}, "03-23 11:00"),  # over a weekend
        ("04-03 17:00", {"condition": 2}, "04-07 11:00"),  # over the Qingming holiday
        ("02-13 17:00", {"condition": 2}, "02-14 11:00"),  # into a Saturday on which offices work
        (f"{TUE} 23:00", {"condition": 1}, f"{WED} 01:00"),  # urgent hours run day and night
    ],
)
def test_the_limit_is_counted_in_its_own_time(dispatched: str, draft: dict[str, Any], due: str) -> None:
    assert case(_to("handle/handling", dispatched, **draft)).due_at == at(due)


def test_the_clock_starts_at_dispatch_not_at_signing() -> None:
    number = _to("dispatch/filed", f"{TUE} 08:00")
    assert case(number).clock == "none"
    walk(number, "handle/to_sign", now=at(f"{TUE} 10:00"))
    do(number, "@body", "sign", now=at(f"{TUE} 16:00"))
    assert case(number).due_at == at(f"{THU} 10:00")


def test_the_clock_stops_at_the_answer() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "answer", now=at(f"{TUE} 16:00"))
    found = case(number)
    assert (found.clock, found.clock_used_s, found.answered_at) == ("stopped", 4 * 3600, at(f"{TUE} 16:00"))


@pytest.mark.parametrize(
    ("sent_back", "due"),
    [
        (f"{TUE} 16:20", f"{THU} 10:00"),  # within the dispatcher's half hour: all of it is charged
        (f"{WED} 09:30", f"{THU} 15:00"),  # three office hours beyond it: those are given back
    ],
)
def test_an_answer_sent_back_counts_as_never_given(sent_back: str, due: str) -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "answer", now=at(f"{TUE} 16:00"))
    do(number, "dispatcher.1", "send_back", now=at(sent_back))
    assert (where(number), case(number).clock, case(number).due_at) == ("handle/handling", "running", at(due))


def test_what_reviewers_take_beyond_their_limits_is_not_charged() -> None:
    """The review is due at 10:30 and comes an hour late; so does the check, due at 12:00, over lunch."""
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "answer", now=at(f"{TUE} 10:00"))
    do(number, "dispatcher.1", "review", now=at(f"{TUE} 11:30"))
    do(number, "acceptor.1", "check_request", now=at(f"{TUE} 11:30"))
    do(number, "@asked", "check_answer", fixed=False, now=at(f"{TUE} 15:00"))
    found = case(number)
    assert (found.rework, found.clock_credit_s, found.due_at) == (1, 2 * 3600, at(f"{THU} 12:00"))


def test_a_checker_who_is_replaced_late_is_not_charged_to_the_body_either() -> None:
    number = _to("check/checking", f"{TUE} 10:00")
    do(number, "acceptor.1", "check_request", now=at(f"{TUE} 11:30"))
    assert case(number).due_at == at(f"{TUE} 12:00"), "another collector has a limit of his own"
    do(number, "@asked", "check_answer", fixed=False, now=at(f"{TUE} 11:45"))
    assert case(number).due_at == at(f"{THU} 11:00")


def test_a_refused_return_runs_on() -> None:
    number = _to("handle/to_sign", f"{TUE} 10:00")
    do(number, "@body", "return", now=at(f"{TUE} 11:00"))
    do(number, "dispatcher.1", "send_back", now=at(f"{WED} 09:00"))
    assert (where(number), case(number).due_at) == ("handle/handling", at(f"{THU} 10:00"))


@pytest.mark.parametrize("road", ["upheld", "arbitrated"])
def test_an_upheld_return_and_an_arbitration_start_a_new_limit(road: str) -> None:
    number = _to("dispatch/returned" if road == "upheld" else "dispatch/arbitrating", f"{TUE} 10:00")
    who_, act = ("dispatcher.1", "dispatch") if road == "upheld" else ("commander.1", "arbitrate")
    do(number, who_, act, to="D38", now=at(f"{WED} 10:00"))
    assert (where(number), case(number).clock_due_at) == ("handle/to_sign", at(f"{FRI} 10:00"))


def test_reopened_and_not_fixed_starts_a_new_limit() -> None:
    number = _to("evaluate/closed", f"{TUE} 10:00")
    do(number, "chief.1", "reopen", now=at(f"{WED} 10:00"))
    do(number, "acceptor.1", "check_request", now=at(f"{WED} 17:00"))
    do(number, "@asked", "check_answer", fixed=False, now=at(f"{THU} 10:00"))
    found = case(number)
    assert (found.clock_used_s, found.clock_credit_s, found.due_at) == (0, 0, at("03-23 10:00"))
    assert "credit" not in found.notes, "what reviewers took before the new limit is nobody's credit"


# 延期 --------------------------------------------------------------------------


def test_an_extension_adds_one_original_limit_twice_at_most() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "extend_request", now=at(f"{TUE} 11:00"))
    assert refusal(number, "commander.1", "extend_decide") == "nothing-asked"
    do(number, "dispatcher.1", "extend_decide", now=at(f"{TUE} 11:00"))
    assert case(number).due_at == at("03-23 10:00")
    do(number, "@body", "extend_request", now=at(f"{WED} 11:00"))
    assert refusal(number, "dispatcher.1", "extend_decide", now=at(f"{WED} 11:00")) == "nothing-asked"
    do(number, "commander.1", "extend_decide", now=at(f"{WED} 11:00"))
    assert case(number).due_at == at("03-25 10:00")
    assert refusal(number, "@body", "extend_request", now=at(f"{THU} 11:00")) == "no-extension"


def test_a_refused_extension_does_not_count() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    for _n in range(3):
        do(number, "@body", "extend_request", now=at(f"{TUE} 11:00"))
        do(number, "dispatcher.1", "extend_decide", grant=False, now=at(f"{TUE} 11:00"))
    assert (case(number).extensions, case(number).due_at) == (0, at(f"{THU} 10:00"))


def test_overdue_is_judged_when_an_extension_is_asked_for() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    assert refusal(number, "@body", "extend_request", now=at(f"{THU} 10:01")) == "no-extension"
    do(number, "@body", "extend_request", now=at(f"{THU} 10:00"))
    assert refusal(number, "dispatcher.1", "extend_decide", now=at(f"{FRI} 10:00")) is None


def test_open_requests_lapse_on_the_answer() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "extend_request")
    do(number, "@body", "suspend_request")
    assert case(number).asks == ["commander", "dispatcher"]
    do(number, "@body", "answer")
    assert (case(number).pending, case(number).asks) == ({}, [])


# 挂账 --------------------------------------------------------------------------


def _suspended(until: str, **facts: Any) -> str:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "suspend_request", until=at(until).isoformat(), now=at(f"{TUE} 11:00"), **facts)
    do(number, "commander.1", "suspend_decide", now=at(f"{TUE} 12:00"))
    return number


def test_a_suspension_pauses_the_clock_and_ends_on_its_day() -> None:
    number = _suspended("03-31 09:00")
    found = case(number)
    assert (found.status, found.clock, found.due_at, found.clock_used_s) == (
        "suspended",
        "paused",
        None,
        2 * 3600,
    )
    assert _light(number, at(f"{FRI} 10:00")) is None
    assert dict(Timer.objects.filter(case=found).values_list("kind", "due_at")) == {"wake": at("03-31 09:00")}
    do(number, "system", "wake", now=at("03-31 09:00"))
    assert case(number).due_at == at("04-01 17:00")  # fourteen office hours later


@pytest.mark.parametrize("person", ["@body", "commander.1"])
def test_a_suspension_can_be_ended_early(person: str) -> None:
    number = _suspended("03-31 09:00")
    do(number, person, "resume", now=at(f"{WED} 08:00"))
    assert case(number).due_at == at(f"{THU} 16:00")
    assert not Timer.objects.filter(case__number=number, kind="wake").exists()


def test_a_suspension_lasts_a_year_at_most() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    for days, code in ((364, None), (366, "validation")):
        until = (at(f"{TUE} 10:00") + timedelta(days=days)).isoformat()
        assert refusal(number, "@body", "suspend_request", until=until) == code


def test_suspensions_add_up_to_a_year_at_most() -> None:
    number = _suspended("09-01 09:00")
    do(number, "@body", "resume", now=at("06-30 12:00"))
    again = at("07-01 10:00")
    left = timedelta(days=365) - (at("06-30 12:00") - at(f"{TUE} 12:00"))
    for until, code in ((again + left + timedelta(minutes=1), "validation"), (again + left, None)):
        asked = until.isoformat()
        assert refusal(number, "@body", "suspend_request", until=asked, now=again) == code


@pytest.mark.parametrize(("kind", "deferred"), [("suspend", False), ("defer", True)])
def test_a_deferral_is_remembered_for_scoring(kind: str, deferred: bool) -> None:
    assert case(_suspended("03-31 09:00", kind=kind)).deferred is deferred


def test_a_deferral_is_one_bodys_for_one_limit() -> None:
    number = _suspended("03-31 09:00", kind="defer")
    do(number, "@body", "resume", now=at(f"{WED} 10:00"))
    do(number, "@body", "return", now=at(f"{WED} 10:00"))
    assert case(number).deferred, "the return may be refused, and the same limit runs on"
    do(number, "dispatcher.1", "dispatch", to="D30", now=at(f"{WED} 10:00"))
    assert not case(number).deferred


@pytest.mark.parametrize(("fixed", "deferred"), [(True, True), (False, False)])
def test_a_reopened_deferral_ends_with_a_new_limit(fixed: bool, deferred: bool) -> None:
    number = _suspended("03-31 09:00", kind="defer")
    do(number, "@body", "resume", now=at(f"{WED} 10:00"))
    walk(number, "evaluate/closed", now=at(f"{WED} 11:00"))
    do(number, "chief.1", "reopen", now=at(f"{THU} 10:00"))
    do(number, "acceptor.1", "check_request", now=at(f"{THU} 10:00"))
    do(number, "@asked", "check_answer", fixed=fixed, now=at(f"{THU} 10:00"))
    assert case(number).deferred is deferred


def test_a_void_case_taken_up_again_is_deferred_no_more() -> None:
    number = _suspended("03-31 09:00", kind="defer")
    do(number, "chief.1", "void", now=at(f"{WED} 10:00"))
    do(number, "chief.1", "reopen", now=at(f"{WED} 11:00"))
    assert not case(number).deferred


def test_a_refused_suspension_leaves_the_clock_running() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "suspend_request")
    do(number, "commander.1", "suspend_decide", grant=False)
    assert (where(number), case(number).clock, case(number).due_at) == (
        "handle/handling",
        "running",
        at(f"{THU} 10:00"),
    )


# Lights, milestones, stage limits, ends --------------------------------------


@pytest.mark.parametrize(
    ("now", "light"),
    [
        (f"{TUE} 10:00", "green"),
        (f"{WED} 16:47", "green"),
        (f"{WED} 16:48", "yellow"),
        (f"{THU} 10:00", "yellow"),
        (f"{THU} 10:01", "red"),
    ],
)
def test_the_light_is_worked_out(now: str, light: str) -> None:
    assert _light(_to("handle/handling", f"{TUE} 10:00"), at(now)) == light


def test_a_condition_has_staged_deadlines() -> None:
    number = _to("handle/handling", f"{TUE} 10:00", condition=1)
    assert Timer.objects.get(case__number=number, kind="m1").due_at == at(f"{TUE} 11:00")
    do(number, "@body", "milestone", n=1, now=at(f"{TUE} 10:40"))
    assert not Timer.objects.filter(case__number=number, kind="m1").exists()
    assert refusal(number, "@body", "milestone", n=1, opinion="已围挡") == "no-milestones"
    shown = public.view(who("head.1"), loaded(number), at(f"{TUE} 11:00"))["milestones"]
    assert [stage["done_at"] is not None for stage in shown] == [True]


def test_a_condition_without_stages_has_no_milestone() -> None:
    assert (
        refusal(_to("handle/handling", f"{TUE} 10:00"), "@body", "milestone", n=1, opinion="已围挡")
        == "no-milestones"
    )


@pytest.mark.parametrize(
    "step",
    [
        s.key
        for s in FLOW.steps
        if s.is_open and s.stage in {"collect", "file", "dispatch", "feedback", "check"}
    ],
)
def test_a_step_is_due_after_its_own_minutes(step: str) -> None:
    number = _to(step, f"{TUE} 10:00", condition=1)  # urgent: its steps run day and night
    minutes = StageLimit.objects.get(flow="urban", step=step).minutes
    assert case(number).due_at == at(f"{TUE} 10:00") + timedelta(minutes=minutes)
    assert Timer.objects.get(case__number=number, kind="due").due_at == case(number).due_at


def test_steps_of_an_ordinary_case_keep_office_hours() -> None:
    assert case(event(now=at(f"{TUE} 11:50"))).due_at == at(f"{TUE} 14:05")


@pytest.mark.parametrize("step", [s.key for s in FLOW.steps if not s.is_open])
def test_an_ended_case_keeps_its_stage_and_has_neither_due_time_nor_light(step: str) -> None:
    number = new(step)
    found = case(number)
    assert (found.stage, found.due_at, found.near_at) == (step.split("/")[0], None, None)
    assert _light(number, at("12-31 10:00")) is None
    assert not Timer.objects.filter(case=found).exists()
    assert found.closed_at is not None


def test_late_is_written_down_and_an_act_in_between_does_not_ring_twice() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    Timer.objects.filter(case__number=number).delete()  # as the worker does once they have rung
    do(number, "@body", "opinion", now=at(f"{FRI} 10:00"))
    assert not Timer.objects.filter(case__number=number).exists()
    do(number, "@body", "answer", now=at(f"{FRI} 10:00"))
    told = public.view(who("head.1"), loaded(number), at(f"{FRI} 10:00"))["timeline"]
    assert [line["overdue"] for line in told if line["act"] in {"opinion", "answer"}] == [False, True]


def test_a_clock_set_back_does_not_break_the_order() -> None:
    number = _to("handle/handling", f"{TUE} 10:00")
    do(number, "@body", "answer", now=at(f"{TUE} 08:00"))
    told = public.view(who("head.1"), loaded(number), at(f"{TUE} 10:00"))["timeline"]
    assert [line["at"] for line in told] == sorted(line["at"] for line in told)
    assert case(number).clock_used_s == 0
