"""No person acts on both sides of one case; departments do not learn who called, reported, verified or checked."""

import orjson
import pytest
from tests.town import NOW, case, do, event, loaded, may, new, refusal, report, walk, who

from baoji.kernel.flow.models import Record
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db


def test_who_accepted_does_not_dispatch() -> None:
    number = report()
    do(number, "both.1", "accept")
    walk(number, "dispatch/filed")
    assert refusal(number, "both.1", "dispatch") == "not-allowed"
    assert refusal(number, "dispatcher.2", "dispatch") is None


def test_who_dispatched_does_not_ask_for_the_check() -> None:
    number = new("dispatch/filed")
    do(number, "both.1", "dispatch")
    walk(number, "check/to_check")
    assert refusal(number, "both.1", "check_request") == "not-allowed"
    assert refusal(number, "acceptor.2", "check_request") is None


def test_a_person_of_two_posts_may_act_on_two_cases() -> None:
    first, second = report(), new("dispatch/filed")
    do(first, "both.1", "accept")
    assert refusal(second, "both.1", "dispatch") is None


def test_acting_for_somebody_is_written_down() -> None:
    number = new("dispatch/filed")
    do(number, "deputy.1", "dispatch")
    record = Record.objects.get(case__number=number, act="dispatch")
    assert (record.by_id, record.on_behalf_of_id) == (who("deputy.1").id, who("dispatcher.1").id)
    assert (record.post, record.side) == ("dispatcher", "command")


def test_the_sides_hold_through_a_deputy() -> None:
    """deputy.2 is an acceptor and stands in for the handler of D29."""
    number = report()
    do(number, "deputy.2", "accept")
    walk(number, "handle/to_sign")
    assert refusal(number, "deputy.2", "sign") == "not-allowed"
    other = new("handle/to_sign")
    do(other, "deputy.2", "sign")
    walk(other, "check/to_check")
    assert refusal(other, "deputy.2", "check_request") == "not-allowed"
    assert set(loaded(other).case.people["department"]) >= {who("deputy.2").id, who("handler.D29").id}


def test_the_sides_hold_after_a_merge() -> None:
    kept, merged = new("dispatch/filed"), report()
    do(merged, "both.1", "accept")
    do(merged, "acceptor.1", "merge", into=kept)
    assert refusal(kept, "both.1", "dispatch") == "not-allowed"
    assert refusal(kept, "dispatcher.1", "dispatch") is None


def test_who_merges_is_kept_apart_too() -> None:
    kept, merged = new("dispatch/filed"), new("file/accepted")
    do(merged, "both.1", "merge", into=kept)
    assert refusal(kept, "both.1", "dispatch") == "not-allowed"
    busy = new("dispatch/filed")
    do(busy, "both.1", "dispatch")
    assert refusal(new("file/accepted"), "both.1", "merge", into=busy) == "not-allowed"


def test_who_handled_the_target_does_not_take_a_case_out_of_it() -> None:
    """both.1 is an acceptor and a dispatcher; deputy.2 an acceptor who stands in for the handler of D29."""
    kept, merged = new("dispatch/filed"), report()
    do(merged, "acceptor.1", "merge", into=kept)
    assert may(merged, "both.1", "unmerge")
    do(kept, "both.1", "dispatch")
    do(kept, "deputy.2", "sign")
    for person in ("both.1", "deputy.2"):
        assert not may(merged, person, "unmerge")
        assert refusal(merged, person, "unmerge") == "not-allowed"
    assert refusal(merged, "chief.1", "unmerge") is None


def test_who_takes_a_case_out_has_acted_on_both() -> None:
    kept, merged = new("dispatch/filed"), report()
    do(merged, "acceptor.1", "merge", into=kept)
    do(merged, "both.1", "unmerge")
    assert refusal(kept, "both.1", "dispatch") == "not-allowed"
    assert refusal(kept, "dispatcher.1", "dispatch") is None


@pytest.mark.parametrize(("act", "person"), [("urge", "both.1"), ("opinion", "both.1")])
def test_words_belong_to_neither_side(act: str, person: str) -> None:
    number = report()
    do(number, person, "accept")
    walk(number, "handle/handling")
    assert refusal(number, person, act) is None
    do(number, person, act)
    assert who(person).id not in loaded(number).case.people["command"]


def test_supervision_closes_after_the_check_only() -> None:
    assert refusal(new("feedback/answered"), "chief.1", "close") == "wrong-stage"
    assert refusal(new("check/to_check"), "chief.1", "close", kind="normal") == "validation"
    assert (
        refusal(new("check/to_check"), "chief.1", "close", kind="forced", opinion="现场封闭，无法核查")
        is None
    )
    assert refusal(new("check/passed"), "chief.1", "close") is None


# Who reported, called, verified and checked ----------------------------------

CALLER = {"caller_name": "雷秀兰", "caller_phone": "13909170000"}
HIDDEN = ("collector.", "hotline.1", "雷秀兰", "13909170000")


def _told(number: str, person: str) -> str:
    return orjson.dumps(public.view(who(person), loaded(number), NOW)).decode()


def _checked_case() -> str:
    """Called in, verified, handled, re-checked by another collector who also wrote a word, and urged."""
    number = report("hotline.1", **CALLER, pictures=0)
    walk(number, "file/verified")
    walk(number, "check/checking")
    do(number, "@asked", "opinion")
    do(number, "acceptor.1", "check_request")
    do(number, "@asked", "check_answer")
    return number


@pytest.mark.parametrize("person", ["handler.D29", "section.D29-S1", "crew.D29.1"])
def test_departments_do_not_learn_who_called_or_looked(person: str) -> None:
    told = _told(_checked_case(), person)
    names = [who(f"collector.0{n}").name for n in range(1, 7)] + [who("hotline.1").name]
    assert [word for word in (*HIDDEN, *names) if word in told] == []


def test_departments_do_not_learn_whose_report_was_merged() -> None:
    number, second = new("file/accepted"), report("collector.03", pictures=1)
    do(second, "acceptor.1", "merge", into=number)
    walk(number, "handle/handling")
    assert [word for word in HIDDEN if word in _told(number, "handler.D29")] == []


def test_the_holder_of_a_case_being_checked_is_not_named_to_departments() -> None:
    number = new("check/checking")
    assert public.view(who("handler.D29"), loaded(number), NOW)["holder"] == "collector"


@pytest.mark.parametrize(
    ("person", "sees_caller"),
    [
        ("acceptor.1", True),
        ("chief.1", True),
        ("hotline.1", True),
        ("head.1", True),
        ("dispatcher.1", False),
        ("commander.1", False),
        ("handler.D29", False),
        ("officer.001", False),
        ("mayor.1", False),
    ],
)
def test_the_caller_is_shown_to_supervision_only(person: str, sees_caller: bool) -> None:
    number = walk(report("hotline.1", **CALLER, pictures=0), "handle/handling")
    told = _told(number, person)
    assert ("雷秀兰" in told, "13909170000" in told) == (sees_caller, sees_caller)


@pytest.mark.parametrize("person", ["dispatcher.1", "mayor.1"])
def test_the_title_of_a_call_without_a_class_names_nobody(person: str) -> None:
    said = "雷秀兰 139 0917 0000 说路灯不亮，回电 0917-3261234\n在经二路口"
    number = event("hotline.1", class_code="", condition=None, description=said, **CALLER, pictures=0)
    assert case(number).title == "*** *** 说路灯不亮，回电 ***"
    listed = public.cases(who(person), public.Filters(), now=NOW)
    told = _told(number, person) + orjson.dumps([public.line(row, NOW) for row in listed.rows]).decode()
    assert [word for word in ("雷秀兰", "0917") if word in told] == [] and "路灯不亮" in told
    assert public.cases(who(person), public.Filters(words="雷秀兰"), now=NOW).rows == []
    assert said in public.view(who("acceptor.1"), loaded(number), NOW)["description"]


def test_command_sees_who_reported_and_a_reporter_sees_himself_only() -> None:
    number = new("check/passed")
    assert public.view(who("dispatcher.1"), loaded(number), NOW)["reporter"] == "collector.01"
    own = public.view(who("collector.01"), loaded(number), NOW)
    assert own["reporter"] == "collector.01"
    assert own["timeline"][0]["by"] == "collector.01"
    assert [line["by"] for line in own["timeline"] if line["act"] == "check_answer"] == [None]


def test_a_collector_sees_what_concerns_him() -> None:
    number = report("collector.01")
    assert refusal(number, "collector.02", "opinion") == "not-there"
    assert refusal(number, "collector.01", "opinion") is None
