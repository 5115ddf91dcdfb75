"""All pairs of steps and acts: an allowed one is reached and leads where the table says; every other is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.town import case, do, new, rebuff, refusal, report, retire, walk, where

from baoji.kernel.flow.declare import Act
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.models import Holding
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
STEPS = [step.key for step in FLOW.steps]
LOUD: dict[str, Any] = {"condition": 1}  # 特急, with a milestone
# Who stands for a letter on the case at hand.
PEOPLE = {
    "R": "@reporter",
    "A": "acceptor.1",
    "C": "chief.1",
    "K": "@asked",
    "D": "dispatcher.1",
    "M": "commander.1",
    "H": "@body",
    "W": "crew.D29.1",
    "O": "handler.D38",
    "L": "head.1",
    "V": "head.1",
    "S": "system",
}


def _ask_extension(number: str) -> None:
    do(number, "@body", "extend_request")


def _extend_once(number: str) -> None:
    _ask_extension(number)
    do(number, "dispatcher.1", "extend_decide")
    _ask_extension(number)


def _appeal(number: str) -> None:
    do(number, "@body", "appeal")


def _appeal_granted(number: str) -> None:
    _appeal(number)
    do(number, "dispatcher.2", "appeal_decide")


def _everybody_acted(number: str, side: str, post: str) -> None:
    """As if everybody who holds such a post had acted on the case."""
    found = case(number)
    held = Holding.objects.filter(post__kind=post).values_list("person_id", flat=True)
    found.people[side] = sorted({*found.people.get(side, []), *held})
    Case.objects.filter(pk=found.pk).update(people=found.people)


def _appeal_without_dispatchers(number: str) -> None:
    _everybody_acted(number, "command", "dispatcher")
    _appeal(number)


def _appeal_without_acceptors(number: str) -> None:
    _everybody_acted(number, "supervision", "acceptor")
    _appeal_granted(number)


def _return_twice(number: str) -> None:
    there = where(number)
    for _n in range(2):
        do(number, "@body", "return")
        do(number, "dispatcher.1", "dispatch")
    walk(number, there)


def _not_fixed_once(number: str) -> None:
    Case.objects.filter(number=number).update(reporter_reopenings=1)


# What must have happened before some acts, by (act, letter) or act.
BEFORE: dict[str, Callable[[str], Any]] = {
    "extend_decide D": _ask_extension,
    "extend_decide M": _extend_once,
    "suspend_decide M": lambda number: do(number, "@body", "suspend_request"),
    "appeal_decide D": _appeal,
    "appeal_decide A": _appeal_granted,
    "appeal_decide M": _appeal_without_dispatchers,
    "appeal_decide C": _appeal_without_acceptors,
    "reply": lambda number: do(number, "mayor.1", "supervise"),
    "urge": lambda number: do(number, "mayor.1", "supervise"),
    "return third": _return_twice,
    "tell": lambda number: do(number, "@reporter", "ask"),
    "also_not_fixed": _not_fixed_once,
}
# Outcomes that the table names, and the facts that bring them about.
OUTCOMES: dict[tuple[str, str], dict[str, Any]] = {
    ("suspend_decide", ""): {"grant": False},
    ("suspend_decide", "granted"): {"grant": True},
}


def _ready(step: str, act: Act, letter: str) -> str:
    number = report(**LOUD) if act.name in {"milestone", "take"} else report()
    if letter == "O":
        walk(number, "dispatch/filed")
        do(number, "dispatcher.1", "dispatch", co_handlers=["D38"])
    if letter == "W":
        do(walk(number, "handle/to_sign"), "@body", "pass_on", to="D29-C1")
    walk(number, step)
    if act.name == "recall" and step != "handle/to_sign":
        retire("D29")
    before = BEFORE.get(f"{act.name} {letter}") or BEFORE.get(act.name)
    if before:
        before(number)
    return number


def _person(act: Act, letter: str) -> str:
    others = {"D": "dispatcher.2", "A": "acceptor.2", "C": "chief.2"}
    return others.get(letter, PEOPLE[letter]) if act.name == "appeal_decide" else PEOPLE[letter]


def _can_stand(step: str, letter: str) -> bool:
    """Whether this letter exists at the step: nobody is asked, no body is responsible before dispatch, no crew before it holds."""
    if letter == "K":
        return FLOW.step(step).holder == "asked"
    if letter in "HWO":
        return FLOW.step(step).holder == "body" or (letter == "H" and step == "evaluate/closed")
    return True


ALLOWED = [
    pytest.param(step, act, letter, id=f"{step}-{act.name}-{letter}")
    for step in STEPS
    for act in FLOW.acts_at(step)
    for letter in act.who
    if _can_stand(step, letter)
]


def _expected(act: Act, step: str, outcome: str) -> str:
    to = act.to[outcome]
    return {"=": step, "<": "file/accepted" if step == "file/merged" else "collect/reported"}.get(to, to)


@pytest.mark.parametrize(("step", "act", "letter"), ALLOWED)
def test_an_allowed_pair_leads_where_the_table_says(step: str, act: Act, letter: str) -> None:
    if act.name == "take" and not _at_desk(step, letter):
        number = _ready(step, act, letter)
        assert refusal(number, _person(act, letter), "take") == "already-taken"
        return
    number = _ready(step, act, letter)
    facts: dict[str, Any] = {"address": "经二路 9 号"} if act.name == "correct" else {}
    outcome = next((o for o in ("", "granted", step.split("/")[0]) if o in act.to), "")
    if (act.name, outcome) in OUTCOMES:
        facts |= OUTCOMES[act.name, outcome]
    doing = do(number, _person(act, letter), act.name, **facts)
    assert where(number) == _expected(act, step, outcome)
    assert (doing.left, doing.to) == (step, where(number))


def _at_desk(step: str, letter: str) -> bool:
    holder = FLOW.step(step).holder
    desks = {"acceptor": "A", "chief": "C", "dispatcher": "D", "commander": "M", "body": "HW", "asked": "K"}
    return letter in desks[holder]


@pytest.mark.parametrize(
    ("act", "step", "facts", "to"),
    [
        ("suspend_decide", "handle/handling", {"grant": True}, "handle/suspended"),
        ("check_answer", "check/checking", {"fixed": False}, "handle/handling"),
    ],
)
def test_another_outcome_leads_elsewhere(act: str, step: str, facts: dict[str, Any], to: str) -> None:
    number = new(step)
    if act == "suspend_decide":
        do(number, "@body", "suspend_request")
    do(number, "commander.1" if act == "suspend_decide" else "@asked", act, **facts)
    assert where(number) == to


@pytest.mark.parametrize("step", ["handle/to_sign", "handle/handling"])
def test_the_third_return_goes_to_the_commander(step: str) -> None:
    number = new(step)
    _return_twice(number)
    do(number, "@body", "return")
    assert where(number) == "dispatch/arbitrating"


OF_LEADERS = {act.name for act in FLOW.acts if set(act.who) & set("LVR")}


@pytest.mark.parametrize("step", STEPS)
def test_every_other_pair_is_refused(step: str) -> None:
    """Whose act it is elsewhere is told that this is not the time, anybody else that it is not theirs."""
    number = new(step)
    absent = FLOW.names - {act.name for act in FLOW.acts_at(step)}
    posts = {
        (act.name, PEOPLE[letter])
        for act in FLOW.acts
        if act.name in absent
        for letter in act.who
        if letter in "ACDMLS"
    }
    assert {
        (act, post): code for act, post in posts if (code := rebuff(number, post, act)) != "wrong-stage"
    } == {}
    # A department that has nothing to do with the case does not even learn that it is there.
    codes = {
        rebuff(number, person, act)
        for act in absent
        for person in ("handler.D29", "crew.D29.1", "collector.04")
    }
    assert codes <= {"wrong-stage", "not-allowed", "not-there"}
    assert {rebuff(number, "mayor.1", act) for act in absent - OF_LEADERS} <= {"not-allowed"}
    assert where(number) == step


def test_an_act_that_nobody_knows_is_not_there() -> None:
    assert refusal(new("file/accepted"), "chief.1", "forget") == "not-there"
