"""Whom the system asks to go and look: by lot among those near and on shift, else next on the roster; for a check never
who reported or verified."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest
from tests.town import NOW, WORDS, at, case, do, loaded, new, offers, refusal, report, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump, forget_all
from baoji.kernel.identity.callers import caller
from baoji.systems.urban import public
from baoji.systems.urban.queries.proposals import draw_collector, kept_apart

pytestmark = pytest.mark.django_db
EAST = "6103030301000001"  # lies in the first grid of the third collector


def _drawn(number: str, act: str, now: datetime = NOW) -> str:
    found = draw_collector(case(number), act, now)
    assert found is not None
    return found[0].code


def _asked(number: str) -> str:
    person = caller(case(number).holder_person_id or 0)
    assert person is not None
    return person.code


@pytest.fixture
def reach() -> Iterator[Callable[..., None]]:
    """Sets the policy of the draw."""

    def put(**reach: int) -> None:
        sql.execute(
            "INSERT INTO urban_policy (name, value, title, source) VALUES ('draw', %s::jsonb, '', '')"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [orjson.dumps(reach).decode()],
        )
        bump("policies")

    yield put
    forget_all()


def _seen(act: str, now: datetime = NOW, cases: int = 40, **draft: Any) -> set[str]:
    """Who is drawn for many cases at one place."""
    one = case(new("file/accepted" if act == "verify_request" else "check/to_check", **draft))
    found = set()
    for n in range(cases):
        one.salt = f"{n:032x}"
        drawn = draw_collector(one, act, now)
        assert drawn is not None
        found.add(drawn.collector.code)
    return found


@pytest.mark.parametrize(
    ("now", "drawn"),
    [
        ("03-17 10:00", {"collector.01", "collector.02", "collector.03"}),  # on shift
        ("03-17 22:30", {"collector.05"}),  # the only one on the night shift, though far away
        ("03-18 03:30", {"collector.05"}),  # still, after midnight
        ("03-18 05:00", {"collector.01", "collector.02", "collector.03"}),  # the next to come on
    ],
)
def test_everybody_on_shift_is_drawn_and_nobody_else(now: str, drawn: set[str]) -> None:
    assert _seen("verify_request", at(now), by="officer.001") == drawn


def test_who_is_beyond_reach_is_not_drawn_unless_there_are_too_few(reach: Callable[..., None]) -> None:
    east = {"by": "officer.001", "component": EAST, "condition": 1}
    reach(near_m=150, wide_m=400, fewest=1, most=12)
    near = _seen("verify_request", **east)
    assert near < {"collector.01", "collector.02", "collector.03"}
    assert "collector.03" in near
    reach(near_m=1, wide_m=2, fewest=1, most=12)
    assert len(_seen("verify_request", **east)) == 3
    reach(near_m=1, wide_m=2, fewest=1, most=1)
    assert len(_seen("verify_request", **east)) == 1


def test_the_draw_is_even() -> None:
    one, counts = case(new("file/accepted", by="officer.001")), Counter[str]()
    for n in range(3000):
        one.salt = f"{n:032x}"
        drawn = draw_collector(one, "verify_request", NOW)
        assert drawn is not None
        counts[drawn.collector.code] += 1
    assert len(counts) == 3
    assert all(abs(n - 1000) < 100 for n in counts.values())  # about four standard deviations


def test_what_is_offered_is_accepted_and_the_record_says_among_whom() -> None:
    for _time in range(8):
        number = new("check/to_check")
        offer = offers(number, "acceptor.1")["check_request"]
        assert offer["reason"].startswith("从")
        doing = do(number, "acceptor.1", "check_request")
        assert _asked(number) == offer["schema"]["properties"]["collector"]["default"]
        draw = doing.record_facts["draw"]
        assert case(number).holder_person_id in draw["among"]
        assert who("collector.01").id not in draw["among"]  # reported it
        assert (draw["of"], "chosen" in draw) == (len(draw["among"]), False)
    told = public.view(who("acceptor.1"), public.load(number), NOW)["timeline"][-1]
    hidden = public.view(who("handler.D29"), public.load(number), NOW)["timeline"][-1]
    assert "draw" in told["facts"]
    assert "draw" not in hidden["facts"]


def test_an_offer_holds_although_a_shift_ends_meanwhile() -> None:
    """At 20:00 everybody goes home but the one who begins at 22."""
    number = new("check/to_check", now=at("03-17 19:40"))
    offer = offers(number, "acceptor.1", at("03-17 19:58"))["check_request"]
    drawn = offer["schema"]["properties"]["collector"]["default"]
    later = at("03-17 20:03")
    assert offers(number, "acceptor.1", later)["check_request"]["schema"]["properties"]["collector"][
        "default"
    ] == ("collector.05")
    assert drawn != "collector.05"
    assert refusal(number, "acceptor.1", "check_request", collector=drawn, now=at("03-17 20:30")) == (
        "validation"
    )
    assert refusal(number, "acceptor.1", "check_request", collector=drawn, now=later) is None


def test_another_choice_is_on_record() -> None:
    number = new("check/to_check")
    other = _not_drawn(number, "check_request")
    doing = do(number, "acceptor.1", "check_request", collector=other, reason="熟悉这一片")
    assert doing.record_facts["draw"]["chosen"] is True
    assert doing.record_facts["draw"]["among"]
    read = {
        one: public.view(who(one), public.load(number), NOW)["timeline"][-1]["opinion"]
        for one in ("acceptor.1", other, "handler.D29")
    }
    assert read == {"acceptor.1": "熟悉这一片", other: "熟悉这一片", "handler.D29": None}, "why leads to who"


def test_who_found_it_fixed_is_not_asked_again_after_rework() -> None:
    number = new("check/passed", by="officer.001")
    checked = sql.value("SELECT code FROM identity_person WHERE id = %s", [_checker(number)])
    do(number, "acceptor.1", "check_request")
    assert _asked(number) != checked
    assert {one for one in _others(number)} >= {checked}  # they may be asked, where a person wants it so


def _checker(number: str) -> int:
    return int(
        sql.value(
            "SELECT by_id FROM flow_record WHERE case_id = %s AND act = 'check_answer'", [case(number).pk]
        )
    )


def _others(number: str) -> list[str]:
    """Whom a person may ask although the lot fell on another."""
    apart = kept_apart(case(number), "check_request")
    return [f"collector.{n:02d}" for n in range(1, 7) if who(f"collector.{n:02d}").id not in apart]


def _not_drawn(number: str, act: str) -> str:
    drawn = _drawn(number, act)
    return next(code for code in ("collector.02", "collector.03") if code != drawn)


def test_who_reported_does_not_check() -> None:
    number = new("check/to_check")
    assert who("collector.01").id in kept_apart(case(number), "check_request")
    assert _drawn(number, "check_request") in {"collector.02", "collector.03"}
    assert (
        refusal(number, "acceptor.1", "check_request", collector="collector.01", reason="离现场最近")
        == "validation"
    )


def test_who_verified_does_not_check() -> None:
    number = walk(report("officer.001"), "file/verifying")
    verifier = _asked(number)
    walk(number, "file/verified")
    assert loaded(number).extra["verified_found"] is True
    walk(number, "check/to_check")
    assert (
        refusal(number, "acceptor.1", "check_request", collector=verifier, reason="离现场最近")
        == "validation"
    )


def test_who_reported_a_merged_case_does_not_check() -> None:
    kept, merged = new("file/accepted", by="officer.001"), new("file/accepted", by="collector.02")
    do(merged, "acceptor.1", "merge", into=kept)
    walk(kept, "check/to_check")
    assert {who("collector.02").id} <= kept_apart(case(kept), "check_request")


def test_the_stand_in_of_the_one_asked_does_not_check_what_he_reported() -> None:
    """deputy.3 stands in for collector.02."""
    number = new("check/checking", by="deputy.3")
    if _asked(number) != "collector.02":
        do(number, "acceptor.1", "check_request", collector="collector.02", reason="熟悉这一片")
    assert refusal(number, "deputy.3", "check_answer") in {"not-allowed", "wrong-stage"}
    other = new("check/checking")
    if _asked(other) != "collector.02":
        do(other, "acceptor.1", "check_request", collector="collector.02", reason="熟悉这一片")
    assert _asked(other) == "collector.02"
    doing = do(other, "deputy.3", "check_answer")
    assert doing.hold is not None
    assert doing.hold.principal == who("collector.02").id


@pytest.mark.parametrize(("reason", "code"), [("", "validation"), ("短", "validation"), ("熟悉这一片", None)])
def test_another_choice_needs_a_reason(reason: str, code: str | None) -> None:
    number = new("check/to_check")
    other = _not_drawn(number, "check_request")
    assert refusal(number, "acceptor.1", "check_request", collector=other, reason=reason) == code


def test_the_drawn_one_needs_none() -> None:
    assert refusal(new("check/to_check"), "acceptor.1", "check_request") is None


@pytest.mark.parametrize(
    ("step", "act", "answer"),
    [
        ("file/verifying", "verify_request", "verify_answer"),
        ("check/checking", "check_request", "check_answer"),
    ],
)
def test_asking_another_takes_it_from_the_first(step: str, act: str, answer: str) -> None:
    number = new(step)
    first = _asked(number)
    do(number, "acceptor.1", act)
    second = _asked(number)
    assert second != first
    assert refusal(number, first, answer) == "not-allowed"
    assert refusal(number, second, answer) is None


def test_only_collectors_are_asked() -> None:
    assert (
        refusal(
            new("check/to_check"),
            "acceptor.1",
            "check_request",
            collector="acceptor.2",
            reason="就在现场附近",
        )
        == "validation"
    )


def test_filing_although_nothing_was_found_needs_a_reason() -> None:
    number = new("file/verifying")
    do(number, "@asked", "verify_answer", found=False, opinion="没有看到")
    offer = offers(number, "chief.1")["file"]
    assert "reason" in offer["schema"]["required"]
    facts = {
        name: schema["default"]
        for name, schema in offer["schema"]["properties"].items()
        if "default" in schema
    }
    with pytest.raises(Exception, match="没有核实到问题"):
        public.perform(number=number, act="file", by=who("chief.1"), facts=facts, now=NOW)
    do(number, "chief.1", "file", reason=WORDS["reason"])
    assert where(number) == "dispatch/filed"


def test_the_reason_is_not_lost_on_the_way_back_to_filing() -> None:
    number = new("file/verifying")
    assert "reason" not in offers(new("file/accepted"), "chief.1")["file"]["schema"]["properties"]
    do(number, "@asked", "verify_answer", found=False, opinion="没有看到")
    do(number, "chief.1", "file", reason=WORDS["reason"])
    do(number, "dispatcher.1", "refer_back")
    assert where(number) == "file/accepted"
    schema = offers(number, "chief.1")["file"]["schema"]
    assert "reason" in schema["required"] and schema["properties"]["reason"]["minLength"] == 2
    assert refusal(number, "chief.1", "file", reason="") == "validation"
    do(number, "chief.1", "file", reason=WORDS["reason"])
    assert where(number) == "dispatch/filed"


@pytest.mark.parametrize(
    ("source", "code"),
    [("hotline.1", "verify-first"), (None, "verify-first"), ("collector.01", None), ("officer.001", None)],
)
def test_calls_and_citizens_are_verified_before_filing(source: str | None, code: str | None) -> None:
    number = walk(report(source), "file/accepted")
    assert refusal(number, "chief.1", "file", **{"class": "0102", "condition": 3}) == code
    walk(number, "file/verified")
    assert refusal(number, "chief.1", "file") is None
