"""Returns, arbitration, recall, referral; what a body does inside its own tree; co-handlers; alarms."""

import pytest
from tests.town import NOW, case, do, loaded, new, offers, refusal, report, walk, where, who

from baoji.kernel.base.errors import Invalid, Stale
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Person
from baoji.kernel.notices.models import Notice
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.models import Duty
from baoji.systems.urban.queries.proposals import body_from

pytestmark = pytest.mark.django_db


def _holder(number: str) -> str | None:
    return organisations().code(case(number).holder_org_id)


def _told(number: str) -> list[tuple[str, str]]:
    """Who was told of the passing on, and how."""
    notices = Notice.objects.filter(kind="pass_on", link=f"/cases/{number}")
    return [(one.person.code, one.title.partition("：")[0]) for one in notices if one.person]


def _return(number: str, times: int) -> None:
    for n in range(times):
        do(number, "@body", "return")
        if n + 1 < times:
            do(number, "dispatcher.1", "dispatch")


@pytest.mark.parametrize(
    ("times", "step"), [(1, "dispatch/returned"), (2, "dispatch/returned"), (3, "dispatch/arbitrating")]
)
def test_the_third_return_is_arbitrated(times: int, step: str) -> None:
    number = new("handle/to_sign")
    _return(number, times)
    assert (where(number), case(number).returns) == (step, times)


def test_after_arbitration_there_is_neither_return_nor_recall() -> None:
    number = new("dispatch/arbitrating")
    do(number, "commander.1", "arbitrate")
    assert refusal(number, "@body", "return") == "too-many-returns"
    assert refusal(number, "dispatcher.1", "recall") == "arbitrated"
    do(number, "@body", "sign")
    assert refusal(number, "@body", "return") == "too-many-returns"


def test_the_system_arbitrates_to_the_territorial_body() -> None:
    number = new("dispatch/arbitrating")
    assert offers(number, "commander.1")["arbitrate"]["schema"]["properties"]["to"]["default"] == "P610302"
    do(number, "system", "arbitrate")
    assert (where(number), _holder(number)) == ("handle/to_sign", "P610302")


def test_no_return_after_the_first_answer() -> None:
    number = new("feedback/answered")
    do(number, "dispatcher.1", "send_back")
    assert refusal(number, "@body", "return") == "too-many-returns"


def test_referring_back_keeps_the_number_and_frees_the_body() -> None:
    number = new("dispatch/filed")
    before = case(number).case_number
    do(number, "dispatcher.1", "refer_back")
    assert (where(number), case(number).case_number) == ("file/accepted", before)
    walk(number, "handle/to_sign")
    assert case(number).case_number == before


def test_a_recalled_case_is_dispatched_anew() -> None:
    number = new("handle/to_sign")
    do(number, "dispatcher.1", "recall")
    found = case(number)
    assert (found.body_id, found.clock, found.clock_due_at) == (None, "none", None)
    assert refusal(number, "handler.D29", "sign") in {"not-allowed", "wrong-stage"}


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("D29", None),
        ("P610302", None),
        ("D29-S1", "validation"),
        ("JD", "validation"),
        ("nowhere", "validation"),
    ],
)
def test_a_case_is_dispatched_to_a_body(to: str, code: str | None) -> None:
    assert refusal(new("dispatch/filed"), "dispatcher.1", "dispatch", to=to) == code


@pytest.mark.parametrize(
    ("kind", "draft", "proposed"),
    [
        ("component", {}, "D29"),
        (
            "matrix",
            {
                "kind": "event",
                "component": None,
                "class_code": "0110",
                "condition": 1,
                "location": {"type": "Point", "coordinates": [107.1485, 34.3605]},
            },
            None,
        ),
    ],
)
def test_the_body_is_proposed(kind: str, draft: dict[str, object], proposed: str | None) -> None:
    offer = offers(new("dispatch/filed", **draft), "dispatcher.1")["dispatch"]
    default = offer["schema"]["properties"]["to"]["default"]
    assert default == proposed if proposed else default in organisations().by_code
    assert offer["reason"]


def test_of_several_duties_the_nearest_area_answers() -> None:
    """The city's row is the oldest, as in the files: it must not win by that."""
    Duty.objects.filter(kind="event", class_code="0110").delete()
    near = {
        "610300": "D29",
        "610302": "P610302",
        "610302001000": "D38",
        "610302001001": "D02",
    }
    for area, body in near.items():
        org = organisations().by_code[body]
        Duty.objects.create(kind="event", class_code="0110", area=area, organisation_id=org.id)
    bump("duty")
    for place, area in {
        "610302001001002": "610302001001",
        "610302001002001": "610302001000",
        "610302002001001": "610302",
        "610303001001001": "610300",
    }.items():
        found = body_from(None, place, "event", "0110", NOW.date())
        assert found is not None and organisations().code(found.org_id) == near[area], place


# Inside the body ------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("D29-S1", None),
        ("D29-C2", None),
        ("D38", "validation"),
        ("D02", "validation"),
        ("D38-S1", "validation"),
        ("D29", "validation"),
        ("section.D29-S1", None),
        ("crew.D29.2", None),
        ("handler.D29", "validation"),  # it lies there
        ("crew.D33.1", "validation"),
        ("chief.1", "validation"),
        ("collector.04", "validation"),
        ("nobody.1", "validation"),
        ("crew.D29.77", "validation"),
    ],
)
def test_a_case_is_passed_on_inside_the_body_only(to: str, code: str | None) -> None:
    assert refusal(new("handle/handling"), "@body", "pass_on", to=to) == code


def test_a_case_goes_down_and_up_again_and_the_body_stays_responsible() -> None:
    number = new("handle/to_sign")
    do(number, "@body", "pass_on", to="D29-S1")
    assert refusal(number, "section.D29-S2", "sign") in {"not-there", "not-allowed"}
    do(number, "section.D29-S1", "sign")
    assert _holder(number) == "D29-S1", "signing leaves the case with whoever holds it"
    do(number, "section.D29-S1", "pass_on", to="D29-C1")
    assert refusal(number, "crew.D29.2", "answer") == "not-there"
    do(number, "crew.D29.1", "pass_on", to="D29")
    assert (_holder(number), organisations().code(case(number).body_id)) == ("D29", "D29")
    assert refusal(number, "crew.D29.1", "answer") == "not-allowed"


def test_a_case_is_passed_on_to_a_person_where_they_work() -> None:
    number = new("handle/handling")
    do(number, "@body", "pass_on", to="crew.D29.1")
    assert _holder(number) == "D29-C1"
    told = public.view(who("handler.D29"), loaded(number), NOW)["timeline"][-1]
    assert (told["act"], told["receiver"], told["receiver_organisation"]) == (
        "pass_on",
        "crew.D29.1",
        "D29-C1",
    )
    assert _told(number) == [("crew.D29.1", "案卷转给了您")]
    assert refusal(number, "crew.D29.2", "answer") == "not-there"
    do(number, "crew.D29.1", "answer")
    assert where(number) == "feedback/answered"


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("D29", "案卷已在这里"),
        ("handler.D29", "案卷已在这里"),
        ("D38", "只能转给本单位的科室和班组"),
        ("crew.D33.1", "本单位没有这个科室、班组或人员"),
        (["D29-C1"], "本单位没有这个科室、班组或人员"),
        (29, "本单位没有这个科室、班组或人员"),
    ],
)
def test_why_it_goes_nowhere_is_said(to: object, sentence: str) -> None:
    number = new("handle/handling")
    with pytest.raises(Invalid) as refused:
        do(number, "@body", "pass_on", to=to)
    assert refused.value.errors["to"] == [sentence]


def test_to_a_section_nobody_in_particular_is_told() -> None:
    number = new("handle/handling")
    do(number, "@body", "pass_on", to="D29-S1")
    told = public.view(who("handler.D29"), loaded(number), NOW)["timeline"][-1]
    assert (told["receiver"], told["receiver_name"], _told(number)) == ("D29-S1", None, [])


@pytest.mark.thorough
def test_all_that_is_offered_to_pass_on_to_is_taken_and_nothing_else() -> None:
    number = new("handle/handling")
    offered = {
        one["const"] for one in offers(number, "@body")["pass_on"]["schema"]["properties"]["to"]["oneOf"]
    }
    assert {"D29-S1", "D29-C1", "section.D29-S1", "crew.D29.1"} <= offered
    people = set(Person.objects.values_list("code", flat=True))
    taken = {
        code
        for code in offered | organisations().by_code.keys() | people
        if refusal(number, "@body", "pass_on", to=code) is None
    }
    assert taken == offered


def test_whoever_works_there_no_more_gets_no_case() -> None:
    Person.objects.filter(code="crew.D29.1").update(is_active=False)
    bump("people")
    number = new("handle/handling")
    assert refusal(number, "@body", "pass_on", to="crew.D29.1") == "validation"


def test_a_crew_answers_for_the_body() -> None:
    number = new("handle/handling")
    do(number, "@body", "pass_on", to="D29-C1")
    assert refusal(number, "crew.D29.1", "extend_request") == "not-allowed"
    do(number, "crew.D29.1", "answer")
    assert where(number) == "feedback/answered"


def test_a_county_hands_on_within_its_own_tree() -> None:
    number = new("dispatch/filed")
    do(number, "dispatcher.1", "dispatch", to="P610302")
    below = [
        org
        for org in organisations().below(organisations().by_code["P610302"].id)
        if org.kind == "street_office"
    ]
    street = below[0].code
    do(number, "handler.P610302", "pass_on", to=street)
    do(number, f"handler.{street}", "sign")
    do(number, f"handler.{street}", "answer")
    assert organisations().code(case(number).body_id) == "P610302"


def test_a_body_without_sections_is_not_offered_to_pass_on() -> None:
    Organisation.objects.filter(parent__code="D29").update(path=[])  # its sections and crews go elsewhere
    organisations.forget()
    number = new("handle/handling")
    assert refusal(number, "@body", "pass_on", to="D29-S1") == "nowhere-to-pass"


# 协办 ------------------------------------------------------------------------


def test_each_co_handler_answers_and_only_the_bodys_answer_moves_the_case() -> None:
    number = new("dispatch/filed")
    do(number, "dispatcher.1", "dispatch", co_handlers=["D38", "D02"])
    do(number, "@body", "sign")
    for person in ("handler.D38", "handler.D02"):
        do(number, person, "co_answer")
        assert where(number) == "handle/handling"
        assert refusal(number, person, "co_answer") == "already-answered"
        assert refusal(number, person, "answer") == "not-allowed"
    assert refusal(number, "@body", "co_answer") == "not-allowed"
    do(number, "@body", "answer")
    assert where(number) == "feedback/answered"


def _arbitrating(*co_handlers: str) -> str:
    number = new("dispatch/returned")
    for _n in range(2):
        do(number, "dispatcher.1", "dispatch", co_handlers=list(co_handlers))
        if _n == 1:
            do(number, "handler.D38", "co_answer")
        do(number, "@body", "return")
    return number


def _co_handlers(number: str) -> list[str | None]:
    shown = public.view(who("head.1"), loaded(number), NOW)
    told: list[str | None] = shown["co_handlers"]
    assert shown["timeline"][-1]["facts"]["co_handlers"] == told, "the record says the same"
    return told


@pytest.mark.parametrize(
    ("to", "left"),
    [("P610303", ["D38", "D02"]), ("D02", ["D38"]), ("D38", ["D02"]), ("D29", ["D38", "D02"])],
)
def test_an_arbitration_keeps_who_helps_but_for_who_becomes_responsible(to: str, left: list[str]) -> None:
    number = _arbitrating("D38", "D02")
    do(number, "commander.1", "arbitrate", to=to)
    assert _co_handlers(number) == left
    assert (_holder(number), organisations().code(case(number).body_id)) == (to, to)
    assert refusal(number, f"handler.{to}", "co_answer") in {"not-allowed", "wrong-stage"}


def test_after_an_arbitration_who_helps_answers_unless_they_have() -> None:
    number = _arbitrating("D38", "D02")
    do(number, "commander.1", "arbitrate", to="P610303")
    assert refusal(number, "handler.D38", "co_answer") == "already-answered"
    assert refusal(number, "handler.D02", "co_answer") is None


def test_a_dispatch_names_who_helps_anew() -> None:
    number = new("dispatch/filed")
    do(number, "dispatcher.1", "dispatch", co_handlers=["D38"])
    do(number, "@body", "return")
    do(number, "dispatcher.1", "dispatch", co_handlers=["D02"])
    assert _co_handlers(number) == ["D02"]


def test_the_body_is_not_its_own_co_handler() -> None:
    assert (
        refusal(new("dispatch/filed"), "dispatcher.1", "dispatch", to="D29", co_handlers=["D29"])
        == "validation"
    )


# 特急 ------------------------------------------------------------------------


@pytest.mark.parametrize(("condition", "code"), [(1, None), (3, "already-taken")])
def test_only_loud_cases_are_taken(condition: int, code: str | None) -> None:
    assert refusal(report(condition=condition), "acceptor.1", "take") == code


def test_an_alarm_is_taken_once_at_each_desk_by_that_desk() -> None:
    number = report(condition=1)
    assert refusal(number, "dispatcher.1", "take") == "already-taken"
    do(number, "acceptor.1", "take")
    assert refusal(number, "acceptor.2", "take") == "already-taken"
    walk(number, "dispatch/filed")
    assert case(number).taken_by_id is None, "it rings anew at the next desk"
    do(number, "dispatcher.1", "take")
    assert case(number).taken_by_id == who("dispatcher.1").id


def test_of_two_dispatchers_the_slower_one_is_told() -> None:
    number = new("dispatch/filed")
    seen = case(number).version
    do(number, "dispatcher.2", "dispatch")
    with pytest.raises(Stale):
        public.perform(
            number=number, act="dispatch", by=who("dispatcher.1"), facts={"to": "D29"}, now=NOW, version=seen
        )
    assert refusal(number, "dispatcher.1", "dispatch") == "wrong-stage"
