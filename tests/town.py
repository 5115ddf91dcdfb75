"""The cast: a small town whose people do the ordinary acts. Rows are laid in `town_rows`, once for all tests.

`who("dispatcher.1")` is a person, `report()` a new case's number, `do(number, "acceptor.1", "accept")` an act with
what the system proposes, `walk(number, "check/to_check")` many of them, `refusal(...)` the code of a refusal.
`desk("chief.1")` is a browser that person is signed in with, `program("chief.1")` one that calls with a token.
"""

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import SYSTEM, Caller, caller, caller_by_code, new_token
from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.records.actions import keep
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban import public
from baoji.systems.urban.public import Draft

NOW = datetime(2026, 3, 17, 10, 0, tzinfo=SHANGHAI)  # a Tuesday, in office hours, far from any holiday
COVER = "6103020102000001"  # 污水井盖 maintained by D29, in the first unit grid
OTHER_COVER = "6103030102000002"  # another, in the last unit grid
EVENT_PLACE = {"type": "Point", "coordinates": [107.1485, 34.3605]}
# What a person would write where the system proposes nothing.
WORDS: dict[str, Any] = {
    "reason": "情况属实，请按此办理",
    "opinion": "已到现场办理",
    "grant": True,
    "found": True,
    "fixed": True,
    "closing_condition": "已恢复原状",
    "address": "经二路 9 号",
}

# The road to each step: the step before it, and the acts that lead from there. `@body`, `@asked` and `@reporter` are
# whoever that is on the case at hand; `@other` is the number of another new case.
Leg = tuple[str, str, dict[str, Any]]
ROADS: dict[str, tuple[str, list[Leg]]] = {
    "collect/rejected": ("collect/reported", [("acceptor.1", "reject", {})]),
    "collect/void": ("collect/reported", [("@reporter", "withdraw", {})]),
    "collect/merged": ("collect/reported", [("acceptor.1", "merge", {"into": "@other"})]),
    "evaluate/settled": ("collect/reported", [("acceptor.1", "settle", {})]),
    "file/accepted": ("collect/reported", [("acceptor.1", "accept", {})]),
    "file/declined": ("file/accepted", [("chief.1", "decline", {})]),
    "file/void": ("file/accepted", [("chief.1", "void", {})]),
    "file/merged": ("file/accepted", [("chief.1", "merge", {"into": "@other"})]),
    "file/verifying": ("file/accepted", [("acceptor.1", "verify_request", {})]),
    "file/verified": ("file/verifying", [("@asked", "verify_answer", {})]),
    "dispatch/filed": ("file/accepted", [("chief.1", "file", {})]),
    "dispatch/void": ("dispatch/filed", [("chief.1", "void", {})]),
    "handle/to_sign": ("dispatch/filed", [("dispatcher.1", "dispatch", {})]),
    "dispatch/returned": ("handle/to_sign", [("@body", "return", {})]),
    "dispatch/arbitrating": (
        "dispatch/returned",
        [
            ("dispatcher.1", "dispatch", {}),
            ("@body", "return", {}),
            ("dispatcher.1", "dispatch", {}),
            ("@body", "return", {}),
        ],
    ),
    "handle/handling": ("handle/to_sign", [("@body", "sign", {})]),
    "handle/void": ("handle/handling", [("chief.1", "void", {})]),
    "handle/suspended": (
        "handle/handling",
        [("@body", "suspend_request", {}), ("commander.1", "suspend_decide", {})],
    ),
    "feedback/answered": ("handle/handling", [("@body", "answer", {})]),
    "feedback/void": ("feedback/answered", [("chief.1", "void", {})]),
    "check/to_check": ("feedback/answered", [("dispatcher.1", "review", {})]),
    "check/void": ("check/to_check", [("chief.1", "void", {})]),
    "check/checking": ("check/to_check", [("acceptor.1", "check_request", {})]),
    "check/passed": ("check/checking", [("@asked", "check_answer", {})]),
    "evaluate/closed": ("check/passed", [("chief.1", "close", {})]),
}


def sign_in(client: Client, code: str) -> Client:
    """The client, signed in as this person."""
    client.force_login(Person.objects.get(code=code))
    return client


def desk(code: str) -> Client:
    """A browser at this person's desk."""
    return sign_in(Client(), code)


def program(code: str) -> Client:
    """A program that calls with a token of this person's."""
    return Client(HTTP_AUTHORIZATION=f"Bearer {new_token(who(code).id or 0, 'test')}")


def words(response: Any) -> str:
    """The page as it was sent, with single spaces."""
    return re.sub(r"\s+", " ", response.content.decode())


def who(code: str) -> Caller:
    if code == "system":
        return SYSTEM
    found = caller_by_code(code)
    assert found is not None, f"nobody in town is called {code}"
    return found


def retire(code: str) -> None:
    """From yesterday on this organisation and all below it are no more."""
    gone = Organisation.objects.get(code=code)
    day = timezone.localdate() - timedelta(days=1)
    Organisation.objects.filter(path__contains=[gone.pk]).update(valid_to=day)
    for topic in ("organisations", "people"):
        bump(topic)


def at(text: str) -> datetime:
    """`03-17 10:00` of 2026 in the town's time."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def photo(shade: int = 60) -> int:
    """The id of a kept photo."""
    made = BytesIO()
    Image.new("RGB", (8, 6), (90, 120, shade)).save(made, "JPEG")
    return keep(made.getvalue(), now=NOW).id


def photos(n: int) -> list[tuple[int, str]]:
    """Of so many photos, no two the same."""
    return [(photo(60 + 16 * nth), "photo") for nth in range(n)]


def report(by: str | None = "collector.01", *, now: datetime = NOW, pictures: int = 1, **draft: Any) -> str:
    """The task number of a new report: a sewage cover with two working days, unless told otherwise."""
    given: dict[str, Any] = {
        "kind": "component",
        "component": COVER,
        "condition": 3,
        "description": "井盖松动异响",
    } | draft
    taken = public.take_report(
        by=who(by) if by else None, draft=Draft(**given), now=now, files=photos(pictures)
    )
    return taken.number


def event(by: str | None = "collector.01", *, now: datetime = NOW, pictures: int = 1, **draft: Any) -> str:
    """The task number of a new report of an event without a component: rubbish beside its bin, four working hours."""
    given: dict[str, Any] = {
        "kind": "event",
        "component": None,
        "class_code": "0110",
        "condition": 1,
        "location": EVENT_PLACE,
        "description": "垃圾散落",
    }
    return report(by, now=now, pictures=pictures, **given | draft)


def loaded(number: str) -> Loaded:
    return public.load(number)


def case(number: str) -> Case:
    return loaded(number).case


def where(number: str) -> str:
    found = case(number)
    return f"{found.stage}/{found.step}"


def body(number: str) -> str:
    """The code of the responsible body's handler."""
    return f"handler.{organisations().code(case(number).body_id)}"


def player(number: str, name: str) -> str:
    """Whom `@body`, `@asked` and `@reporter` mean on this case; any other name is itself."""
    found = case(number)
    if name == "@body":
        return body(number)
    id_ = {"@asked": found.holder_person_id, "@reporter": found.reporter_id}.get(name)
    person = caller(id_) if id_ else None
    return person.code if person else name


def offers(number: str, person: str, now: datetime = NOW) -> dict[str, dict[str, Any]]:
    """What this person may do now, by act."""
    caller = who(player(number, person))
    return {offer["act"]: offer for offer in public.offered(caller, loaded(number), now)}


def may(number: str, person: str, act: str, now: datetime = NOW) -> bool:
    """Whether the act is offered to this person."""
    return act in offered_to(number, person, now)


def _value(name: str, schema: dict[str, Any], now: datetime) -> Any:
    if "default" in schema:
        return schema["default"]
    if "oneOf" in schema:
        return schema["oneOf"][0]["const"]
    if schema.get("format") == "date-time":
        return (now + timedelta(days=1)).isoformat()
    return report(now=now) if name == "into" else WORDS[name]


def do(
    number: str, person: str, act: str, *, now: datetime = NOW, pictures: int | None = None, **facts: Any
) -> Doing:
    """One act, with what the system proposes for facts that are not given and as many photos as are demanded."""
    person = player(number, person)
    offer = offers(number, person, now).get(act) if may(number, person, act, now) else None
    if offer is not None:
        needed = {
            name: schema
            for name, schema in offer["schema"]["properties"].items()
            if name in offer["schema"]["required"]
        }
        facts = {
            name: _value(name, schema, now) for name, schema in needed.items() if name not in facts
        } | facts
        pictures = offer["photos"]["min"] if pictures is None else pictures
    return public.perform(
        number=number, act=act, by=who(person), facts=facts, now=now, files=photos(pictures or 0)
    )


def refusal(number: str, person: str, act: str, **more: Any) -> str | None:
    """The code of the refusal; None if the act was accepted. Either way nothing has happened afterwards."""
    point = transaction.savepoint()
    try:
        do(number, person, act, **more)
    except Refused as refused:
        return refused.code
    finally:
        transaction.savepoint_rollback(point)
    return None


def offered_to(number: str, person: str, now: datetime = NOW) -> set[str]:
    """The names of the acts offered to this person."""
    case = loaded(number)
    return {
        offer.act.name
        for offer in public.offers(who(player(number, person)), case, max(now, case.case.last_at))
    }


def rebuff(number: str, person: str, act: str, *, now: datetime = NOW) -> str | None:
    """The code with which an act without any facts is refused; quick, for acts that nobody expects to be accepted."""
    try:
        public.perform(number=number, act=act, by=who(person), facts={}, now=now)
    except Refused as refused:
        return refused.code
    return None


def walk(number: str, to: str, *, now: datetime = NOW) -> str:
    """Drives a case along `ROADS` from where it stands to a step; the case's number."""
    legs: list[Leg] = []
    step, here = to, where(number)
    verified_first = public.policies()["verify_before_filing"].get(case(number).source, False)
    while step != here:
        assert step in ROADS, f"no road leads from {here} to {to}"
        before, leg = ROADS[step]
        step = (
            "file/verified"
            if step == "dispatch/filed" and (verified_first or here == "file/verified")
            else before
        )
        legs = leg + legs
    for person, act, facts in legs:
        given: dict[str, Any] = {
            name: report(now=now) if value == "@other" else value for name, value in facts.items()
        }
        do(number, person, act, now=now, **given)
    return number


def new(to: str, **draft: Any) -> str:
    """A fresh case that stands at a step."""
    return walk(report(**draft), to)
