"""A refusal says its own cause, and facts are of the type that the schema names."""

from typing import Any

import pytest
from tests.town import EVENT_PLACE, NOW, at, case, do, event, loaded, new, offers, player, report, walk, who

from baoji.kernel.base.errors import Refused
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db


def _refused(number: str, person: str, act: str, *, now: Any = NOW, **facts: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        do(number, person, act, now=now, **facts)
    return caught.value


# One cause, one sentence -----------------------------------------------------------


def test_why_there_is_no_more_time() -> None:
    number = new("handle/handling")
    late = _refused(number, "@body", "extend_request", now=at("03-19 10:01"), reason="材料还没有到货")
    do(number, "@body", "extend_request")
    twice = _refused(number, "@body", "extend_request", reason="材料还没有到货")
    do(number, "dispatcher.1", "extend_decide")
    do(number, "@body", "extend_request")
    do(number, "commander.1", "extend_decide")
    spent = _refused(number, "@body", "extend_request", reason="材料还没有到货")
    assert {refused.code for refused in (late, twice, spent)} == {"no-extension"}
    assert [refused.message for refused in (late, twice, spent)] == [
        "已经超期，不能再申请延期",
        "已经有延期申请在审批",
        "延期次数已经用完",
    ]


def test_why_it_is_not_returned() -> None:
    answered = walk(new("handle/handling"), "feedback/answered")
    do(answered, "dispatcher.1", "send_back")
    settled = new("dispatch/arbitrating")
    do(settled, "commander.1", "arbitrate")
    found = [_refused(number, "@body", "return", reason="不是我们的事") for number in (answered, settled)]
    assert {refused.code for refused in found} == {"too-many-returns"}
    assert [refused.message for refused in found] == [
        "已经回复过处置结果，不能再退回",
        "处置单位已经裁定，不能再退回",
    ]


def test_why_an_appeal_is_not_decided() -> None:
    number = new("evaluate/closed")
    none = _refused(number, "dispatcher.2", "appeal_decide")
    do(number, "@body", "appeal")
    own, turn = (
        _refused(number, "dispatcher.1", "appeal_decide"),
        _refused(number, "acceptor.2", "appeal_decide"),
    )
    assert {refused.code for refused in (none, own, turn)} == {"nothing-asked"}
    assert [refused.message for refused in (none, own, turn)] == [
        "没有等着审议的申诉",
        "您办理过这件案卷，不能审议它的申诉",
        "申诉这一步轮不到您的岗位审议",
    ]


def test_why_an_alarm_is_not_taken() -> None:
    calm, loud = new("dispatch/filed"), new("dispatch/filed", condition=1)
    found = [_refused(calm, "dispatcher.1", "take"), _refused(loud, "acceptor.1", "take")]
    do(loud, "dispatcher.1", "take")
    found.append(_refused(loud, "dispatcher.2", "take"))
    assert {refused.code for refused in found} == {"already-taken"}
    assert [refused.message for refused in found] == [
        "不是特急案卷，不用接手",
        "案卷不在您这里，不用接手",
        "已经有人接手",
    ]


def test_why_a_collector_is_not_asked() -> None:
    """Who reported, who verified and who was just asked are each told apart; the acceptor need not guess."""
    number, reason, verifier = report("collector.01"), "离现场最近的一位", "collector.02"
    do(walk(number, "file/accepted"), "acceptor.1", "verify_request", collector=verifier, reason=reason)
    do(number, "@asked", "verify_answer")
    walk(number, "check/checking")
    asked = player(number, "@asked")
    found = [
        _refused(number, "acceptor.1", "check_request", collector=code, reason=reason).errors["collector"]
        for code in (asked, verifier, "collector.01")
    ]
    assert found == [
        ["已经派了这位采集员，请另选一位"],
        ["这位采集员核实过这件案卷，请另选一位"],
        ["这件案卷是这位采集员报的，请另选一位"],
    ]


def test_why_it_is_not_merged() -> None:
    number = report()
    into = [
        _refused(number, "acceptor.1", "merge", into=other).errors["into"] for other in (number, "T000000-1")
    ]
    assert into == [["不能并入自己"], ["没有这件案卷"]]


# Types -----------------------------------------------------------------------------

FLAGS = [
    ("file/verifying", "@asked", "verify_answer", "found"),
    ("check/checking", "@asked", "check_answer", "fixed"),
]


@pytest.mark.parametrize("value", ["yes", "no", "true", "false", "1", "on", 1, 0, [], {}, "maybe"])
@pytest.mark.parametrize(("step", "person", "act", "name"), FLAGS)
def test_a_flag_is_a_boolean(step: str, person: str, act: str, name: str, value: Any) -> None:
    number = new(step)
    assert offers(number, person)[act]["schema"]["properties"][name]["type"] == "boolean"
    refused = _refused(number, person, act, **{name: value})
    assert (refused.code, list(refused.errors)) == ("validation", [name])


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_taken(value: bool) -> None:
    number = new("check/checking")
    do(number, "@asked", "check_answer", fixed=value)
    assert case(number).step == ("passed" if value else "handling")


@pytest.mark.parametrize("value", [True, 1.5, "一", "1.0", [], float("inf")])
def test_a_condition_is_a_whole_number(value: Any) -> None:
    refused = _refused(new("file/accepted"), "chief.1", "file", condition=value)
    assert (refused.code, list(refused.errors)) == ("validation", ["condition"])


@pytest.mark.parametrize("value", [3, "3", 3.0])
def test_a_whole_number_may_come_in_letters(value: Any) -> None:
    number = new("file/accepted")
    do(number, "chief.1", "file", condition=value)
    assert case(number).step == "filed"


# What a correction remembers ----------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [{"address": "经二路 9 号"}, {"location": EVENT_PLACE}, {"kind": "event", "address": "经二路 9 号"}],
)
def test_a_report_without_a_class_has_its_place_corrected(facts: dict[str, Any]) -> None:
    number = event(class_code="", condition=None)
    do(number, "acceptor.1", "correct", **facts)
    assert loaded(number).extra["class_code"] == ""


@pytest.mark.parametrize(("condition", "limit"), [(3, "2.00 work_day"), (None, None)])
def test_a_correction_tells_the_former_limit_if_there_was_one(
    condition: int | None, limit: str | None
) -> None:
    number = report(condition=condition)
    do(number, "acceptor.1", "correct", address="经二路 9 号")
    before = public.view(who("head.1"), loaded(number), NOW)["timeline"][-1]["facts"]["before"]
    assert before["limit"] == limit
