"""What the reporter may do, what ends a case, what takes it up again; appeals; words and supervision."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.town import NOW, at, case, do, loaded, new, offers, refusal, report, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import Timer
from baoji.systems.urban import public
from baoji.systems.urban.models import Policy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("step", "act", "person", "status"),
    [
        ("collect/reported", "reject", "acceptor.1", "rejected"),
        ("file/accepted", "decline", "chief.1", "declined"),
        ("handle/handling", "void", "chief.1", "void"),
        ("collect/reported", "withdraw", "@reporter", "void"),
    ],
)
def test_an_end_needs_a_reason_that_the_reporter_reads(step: str, act: str, person: str, status: str) -> None:
    number = new(step)
    assert refusal(number, person, act, reason="不") == "validation"
    do(number, person, act, reason="重复上报，已有案卷")
    assert case(number).status == status
    told = public.view(who("collector.01"), loaded(number), NOW)["timeline"][-1]
    assert (told["act"], told["opinion"]) == (act, "重复上报，已有案卷")


@pytest.mark.parametrize(
    ("act", "step"), [("reject", "collect/reported"), ("decline", "file/accepted"), ("close", "check/passed")]
)
def test_the_reporter_is_told(act: str, step: str) -> None:
    number = new(step)
    do(number, "acceptor.1" if act == "reject" else "chief.1", act)
    assert (
        sql.value(
            "SELECT count(*) FROM notices_notice WHERE person_id = %s AND kind = %s",
            [who("collector.01").id, act],
        )
        == 1
    )


def test_only_the_reporter_withdraws_and_only_before_acceptance() -> None:
    number = report()
    assert refusal(number, "collector.02", "withdraw") == "not-there"
    assert refusal(number, "acceptor.1", "withdraw") in {"not-allowed", "wrong-stage"}
    assert refusal(number, "collector.01", "withdraw") is None
    do(number, "acceptor.1", "accept")
    assert refusal(number, "collector.01", "withdraw") == "wrong-stage"


@pytest.mark.parametrize(("days", "code"), [(14, None), (15, None), (16, "too-late")])
def test_the_reporter_reopens_within_some_days(days: int, code: str | None) -> None:
    number = new("evaluate/closed")
    assert refusal(number, "collector.01", "reopen", now=NOW + timedelta(days=days)) == code
    assert refusal(number, "chief.1", "reopen", now=NOW + timedelta(days=days)) is None
    assert refusal(number, "@body", "reopen") == "not-allowed"


@pytest.mark.parametrize("step", ["collect/rejected", "file/declined", "collect/void", "handle/void"])
def test_the_reporter_takes_up_once_the_chief_again_and_again(step: str) -> None:
    number = new(step)
    do(number, "collector.01", "reopen")
    assert where(number) == "file/accepted"
    do(number, "chief.1", "decline")
    assert refusal(number, "collector.01", "reopen") == "only-once"
    do(number, "chief.1", "reopen")
    assert (case(number).reopenings, case(number).reporter_reopenings) == (2, 1)


def test_a_case_voided_at_the_body_comes_back_without_one() -> None:
    number = new("handle/suspended")
    do(number, "chief.1", "void")
    do(number, "chief.1", "reopen")
    found = case(number)
    assert (found.body_id, found.clock, found.status) == (None, "none", "open")
    walk(number, "evaluate/closed")


def test_settled_on_the_spot_is_not_scored() -> None:
    assert case(new("evaluate/settled")).scored is False
    assert case(new("evaluate/closed")).scored is True


def test_closing_says_how() -> None:
    number = new("check/to_check")
    assert refusal(number, "chief.1", "close", kind="by_notice", opinion="短") == "validation"
    do(number, "chief.1", "close", kind="by_notice", opinion="已书面告知当事人")
    assert case(number).closing == {"condition": "已更换或者修复", "kind": "by_notice"}


def test_a_policy_waives_the_check() -> None:
    number = new("check/to_check")
    assert "normal" not in str(offers(number, "chief.1")["close"]["schema"]["properties"]["kind"])
    waived = Policy.objects.get(name="check")
    waived.value = {"waived": [{"kind": "component", "class": "0102", "source": "collector"}]}
    waived.save()
    public.policies.forget()
    assert refusal(number, "chief.1", "close", kind="normal") is None
    assert (
        refusal(walk(report("officer.001"), "check/to_check"), "chief.1", "close", kind="normal")
        == "validation"
    )


# 申诉 ------------------------------------------------------------------------


def test_an_appeal_is_granted_by_two_people_who_had_no_part() -> None:
    number = new("evaluate/closed")
    do(number, "@body", "appeal")
    assert refusal(number, "dispatcher.1", "appeal_decide") == "nothing-asked", "he dispatched it"
    assert refusal(number, "acceptor.2", "appeal_decide") == "nothing-asked", "the dispatcher is first"
    do(number, "dispatcher.2", "appeal_decide")
    assert case(number).exempt is False
    assert refusal(number, "acceptor.1", "appeal_decide") == "nothing-asked", "he accepted it"
    do(number, "acceptor.2", "appeal_decide")
    assert (case(number).exempt, case(number).pending) == (True, {})
    assert refusal(number, "@body", "appeal") == "only-once"


@pytest.mark.parametrize("refuser", ["dispatcher.2", "acceptor.2"])
def test_an_appeal_that_one_refuses_fails(refuser: str) -> None:
    number = new("evaluate/closed")
    do(number, "@body", "appeal")
    if refuser == "acceptor.2":
        do(number, "dispatcher.2", "appeal_decide")
    do(number, refuser, "appeal_decide", grant=False)
    assert (case(number).exempt, case(number).pending, case(number).asks) == (False, {}, [])
    assert refusal(number, "@body", "appeal") == "only-once"


def test_an_appeal_does_not_hide_that_a_case_was_late() -> None:
    number = walk(report(), "handle/handling")
    walk(number, "evaluate/closed", now=at("03-20 10:00"))
    for person, act in (
        ("@body", "appeal"),
        ("dispatcher.2", "appeal_decide"),
        ("acceptor.2", "appeal_decide"),
    ):
        do(number, person, act, now=at("03-20 10:00"))
    told = public.view(who("head.1"), loaded(number), at("03-20 10:00"))
    assert told["exempt"] is True
    assert [line["overdue"] for line in told["timeline"] if line["act"] == "answer"] == [True]


def test_an_undecided_appeal_lapses_when_the_case_is_reopened() -> None:
    number = new("evaluate/closed")
    do(number, "@body", "appeal")
    do(number, "chief.1", "reopen")
    assert (case(number).pending, case(number).asks) == ({}, [])
    walk(number, "evaluate/closed")
    assert refusal(number, "@body", "appeal") is None


# 督办、催办、意见 -----------------------------------------------------------


def test_a_second_supervision_joins_the_first() -> None:
    number = new("handle/handling")
    do(number, "mayor.1", "supervise", reply_by=at("03-18 10:00").isoformat())
    do(number, "head.1", "supervise", reply_by=at("03-20 10:00").isoformat())
    found = case(number)
    assert found.notes["supervisors"] == [who("mayor.1").id, who("head.1").id]
    assert datetime.fromisoformat(found.pending["supervise"]["reply_by"]) == at("03-18 10:00")
    do(number, "@body", "reply")
    do(number, "head.1", "supervise", reply_by=at("03-20 10:00").isoformat())
    assert case(number).notes["supervisors"] == [who("head.1").id]


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ("mayor.1", None),
        ("head.1", None),
        ("chief.1", None),
        ("commander.1", None),
        ("dispatcher.1", "not-allowed"),
        ("acceptor.1", "not-allowed"),
        ("@body", "not-allowed"),
    ],
)
def test_who_supervises(person: str, code: str | None) -> None:
    number = new("handle/handling")
    assert (
        refusal(number, person, "supervise", opinion="请尽快处置", reply_by=at("03-18 10:00").isoformat())
        == code
    )


def test_a_supervision_demands_a_reply_by_a_time() -> None:
    number = new("handle/handling")
    assert refusal(number, "@body", "reply") == "nothing-asked"
    assert refusal(number, "mayor.1", "supervise", reply_by=at("03-16 10:00").isoformat()) == "validation"
    do(number, "mayor.1", "supervise", reply_by=at("03-18 10:00").isoformat())
    assert Timer.objects.get(case__number=number, kind="reply").due_at == at("03-18 10:00")
    assert case(number).supervised
    do(number, "@body", "reply")
    assert "supervise" not in case(number).pending
    assert not Timer.objects.filter(case__number=number, kind="reply").exists()


def test_a_supervision_outlives_a_dispatch() -> None:
    number = new("dispatch/filed")
    do(number, "mayor.1", "supervise")
    walk(number, "handle/handling")
    assert refusal(number, "@body", "reply") is None


def _told(number: str, person: str) -> list[str]:
    """The titles of the notices to this person about a case."""
    rows = sql.tuples(
        "SELECT title FROM notices_notice WHERE person_id = %s AND link = %s ORDER BY id",
        [who(person).id, f"/cases/{number}"],
    )
    return [row[0] for row in rows]


def _last_facts(number: str) -> dict[str, Any]:
    facts: dict[str, Any] = public.view(who("head.1"), loaded(number), NOW)["timeline"][-1]["facts"]
    return facts


ENDS = [
    ("collect/reported", "acceptor.1", "reject", "不予受理"),
    ("collect/reported", "acceptor.1", "settle", "当场办结"),
    ("collect/reported", "@reporter", "withdraw", "撤回上报"),
    ("file/accepted", "chief.1", "decline", "不予立案"),
    ("file/accepted", "acceptor.1", "merge", "并入另一案卷"),
    ("handle/handling", "chief.1", "void", "作废"),
    ("check/passed", "chief.1", "close", "结案"),
]


@pytest.mark.parametrize(("step", "person", "act", "word"), ENDS)
def test_an_end_without_the_reply_is_recorded_and_told_to_who_demanded_it(
    step: str, person: str, act: str, word: str
) -> None:
    number = new(step)
    do(number, "mayor.1", "supervise")
    do(number, person, act)
    assert (case(number).pending, case(number).due_at) == ({}, None)
    assert not Timer.objects.filter(case__number=number).exists()
    assert _last_facts(number)["lapsed"] == ["supervise"]
    assert _told(number, "mayor.1") == [f"督办未回复，案卷已{word}：{case(number).title}"]
    is_closed = case(number).status == "closed"
    assert refusal(number, "chief.1", "reply") == ("nothing-asked" if is_closed else "wrong-stage")


def test_an_end_after_the_reply_says_nothing_more() -> None:
    number = new("check/passed")
    do(number, "mayor.1", "supervise")
    do(number, "acceptor.1", "reply")
    do(number, "chief.1", "close")
    assert "lapsed" not in _last_facts(number)
    assert _told(number, "mayor.1") == [f"督办已回复：{case(number).title}"]


def test_who_demands_a_reply_and_ends_the_case_himself_knows_it() -> None:
    number = new("check/passed")
    do(number, "chief.1", "supervise")
    do(number, "chief.1", "close")
    assert _last_facts(number)["lapsed"] == ["supervise"]
    assert _told(number, "chief.1") == []


def test_the_record_of_an_end_names_every_open_request() -> None:
    number = new("handle/handling")
    do(number, "@body", "extend_request")
    do(number, "@body", "suspend_request")
    do(number, "chief.1", "void")
    assert _last_facts(number)["lapsed"] == ["extend", "suspend"]


@pytest.mark.parametrize(
    ("step", "person", "act", "back"),
    [
        ("check/passed", "chief.1", "close", "reopen"),
        ("handle/handling", "chief.1", "void", "reopen"),
        ("collect/reported", "acceptor.1", "settle", "reopen"),
        ("file/accepted", "acceptor.1", "merge", "unmerge"),
    ],
)
def test_an_end_that_is_taken_back_demands_the_reply_anew(
    step: str, person: str, act: str, back: str
) -> None:
    number = new(step)
    do(number, "mayor.1", "supervise", reply_by=at("03-18 10:00").isoformat())
    before = case(number).pending
    do(number, person, act)
    do(number, "chief.1", back)
    after = case(number).pending
    assert {k: v for k, v in after["supervise"].items() if k != "at"} == {
        k: v for k, v in before["supervise"].items() if k != "at"
    }
    assert datetime.fromisoformat(after["supervise"]["at"]) == NOW
    assert Timer.objects.get(case__number=number, kind="reply").due_at == at("03-18 10:00")
    assert _last_facts(number)["renewed"] == ["supervise"]
    do(number, "chief.1", "reply")
    assert _told(number, "mayor.1")[-1] == f"督办已回复：{case(number).title}"


def test_what_was_replied_to_is_not_demanded_anew() -> None:
    number = new("check/passed")
    do(number, "mayor.1", "supervise")
    do(number, "chief.1", "reply")
    do(number, "chief.1", "close")
    do(number, "chief.1", "reopen")
    assert case(number).pending == {} and "renewed" not in _last_facts(number)


@pytest.mark.parametrize(
    ("person", "code"),
    [("collector.01", None), ("mayor.1", None), ("hotline.1", "not-allowed"), ("@body", "not-allowed")],
)
def test_who_urges(person: str, code: str | None) -> None:
    assert refusal(new("handle/handling"), person, "urge") == code


def _urges(number: str) -> int:
    return int(
        sql.value(
            "SELECT count(*) FROM flow_record r JOIN flow_case c ON c.id = r.case_id WHERE c.number = %s AND act = 'urge'",
            [number],
        )
    )


def test_one_person_urges_once_in_ten_minutes() -> None:
    number = new("handle/handling")
    since = case(number).last_at
    do(number, "mayor.1", "urge", now=since)
    for _again in range(14):
        assert refusal(number, "mayor.1", "urge", now=since + timedelta(minutes=9)) == "just-urged"
    assert _urges(number) == 1
    assert "urge" not in offers(number, "mayor.1", now=since + timedelta(minutes=9))
    assert "urge" in offers(number, "mayor.1", now=since + timedelta(minutes=10))
    do(number, "head.1", "urge", now=since + timedelta(minutes=9))  # another person has words of their own
    do(number, "mayor.1", "urge", now=since + timedelta(minutes=10))
    assert _urges(number) == 3


def test_another_step_is_another_matter() -> None:
    number = new("handle/to_sign")
    since = case(number).last_at
    do(number, "mayor.1", "urge", now=since)
    do(number, "@body", "sign", now=since + timedelta(minutes=1))
    assert refusal(number, "mayor.1", "urge", now=since + timedelta(minutes=2)) is None


def test_how_soon_one_may_urge_again_is_the_citys() -> None:
    policy = Policy.objects.get(name="limits")
    policy.value = {**policy.value, "urge_again_min": 0}
    policy.save()
    bump("policies")
    number = new("handle/handling")
    do(number, "mayor.1", "urge")
    assert refusal(number, "mayor.1", "urge") is None


# Photos ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "person", "act", "least"),
    [
        ("handle/handling", "@body", "answer", 1),
        ("check/checking", "@asked", "check_answer", 1),
        ("file/verifying", "@asked", "verify_answer", 0),
    ],
)
def test_an_act_needs_photos_as_the_policy_says(step: str, person: str, act: str, least: int) -> None:
    number = new(step)
    assert offers(number, person)[act]["photos"] == {"min": least, "max": 9}
    assert refusal(number, person, act, pictures=0) == ("photo-required" if least else None)
    assert refusal(number, person, act, pictures=1) is None
    assert refusal(number, person, act, pictures=10) == "validation"


def test_photos_hang_on_the_act_they_came_with() -> None:
    number = new("feedback/answered")
    told = public.view(who("head.1"), loaded(number), NOW)
    answer = next(line["record"] for line in told["timeline"] if line["act"] == "answer")
    assert [(a["stage"], a["record_id"] == answer) for a in told["attachments"]] == [
        ("report", False),
        ("handle", True),
    ]


def test_what_was_arbitrated_ends_with_the_case_it_was_arbitrated_for() -> None:
    number = new("dispatch/arbitrating")
    do(number, "commander.1", "arbitrate")
    do(number, "chief.1", "void")
    do(number, "chief.1", "reopen")
    walk(number, "dispatch/filed")
    do(number, "dispatcher.1", "dispatch", to="D31")
    found = case(number)
    assert (found.settled_body, found.returns) == (False, 0)
    assert {"recall"} <= set(offers(number, "dispatcher.1")) and {"return"} <= set(offers(number, "@body"))
    do(number, "@body", "return")
    assert where(number) == "dispatch/returned"


def test_an_arbitration_outlives_a_reopening_after_the_closing() -> None:
    number = new("dispatch/arbitrating")
    do(number, "commander.1", "arbitrate")
    walk(number, "evaluate/closed")
    do(number, "chief.1", "reopen")
    assert case(number).settled_body
