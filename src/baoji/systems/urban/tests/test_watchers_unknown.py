"""Who stays at a dangerous place (守候) is known to supervision and to who relieves them there, never to a department."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.town import NOW, desk, do, new, program, who

from baoji.kernel.base import sql
from baoji.systems.urban import public
from baoji.systems.urban.tests.test_field_stay import MINUTE, ONE, TWO, tell

pytestmark = pytest.mark.django_db
CREW, HANDLER = "crew.D29.1", "handler.D29"


@pytest.fixture
def watched() -> str:
    """A 特急 case that a crew works on; one collector began the watch, another took it over and handed it back."""
    number = new("handle/handling", condition=1)
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [number])
    for code in (ONE, TWO):
        public.start_duty(by=who(code), now=NOW)
        sql.execute(
            "INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source) SELECT id, %s, created_at, status,"
            " topic, area, source FROM flow_case WHERE number = %s ON CONFLICT DO NOTHING",
            [who(code).id, number],
        )
    do(number, "@body", "pass_on", to=CREW)
    assert tell(number, ONE, "start", 5, 5).status == 201
    assert tell(number, TWO, "take", 15, 15).status == 201
    assert tell(number, TWO, "hand_over", 25, 25, to=ONE).status == 201
    return number


def names() -> set[str]:
    return {who(ONE).name, who(TWO).name}


def told(response: Any) -> str:
    """As it is read: JSON is sent in UTF-8 as it stands."""
    return str(response.content.decode())


def names_in(text: str) -> set[str]:
    return {name for name in names() if name in text}


def test_a_crew_reads_that_somebody_stays_and_not_who(watched: str) -> None:
    found = told(program(CREW).get("/api/v1/field/tasks"))
    assert watched in found and "现场人员" in found and not names_in(found)


def test_who_works_on_the_case_reads_the_watch_without_names(watched: str) -> None:
    for person in (CREW, HANDLER):
        found = told(program(person).get(f"/api/v1/cases/{watched}"))
        assert "接替现场人员守候" in found and "守候交给现场人员" in found and not names_in(found), person
        assert not names_in(told(desk(person).get(f"/cases/{watched}"))), person
    assert names_in(told(program("chief.1").get(f"/api/v1/cases/{watched}"))) == names()
    assert names_in(told(program(ONE).get(f"/api/v1/cases/{watched}"))), "who relieves them knows them"


@pytest.mark.parametrize(
    ("tail", "body"), [("end", {"fenced": False}), ("hand-over", {"to": TWO}), ("hand-over", {"to": ONE})]
)
@pytest.mark.parametrize("person", [CREW, HANDLER])
def test_a_refusal_does_not_tell_either(watched: str, person: str, tail: str, body: dict[str, Any]) -> None:
    answer = program(person).post(
        f"/api/v1/field/stays/{watched}/{tail}", body, content_type="application/json"
    )
    assert answer.status_code in {403, 422} and not names_in(told(answer))


def test_nor_what_is_noted_of_a_turn_that_was_not_theirs(watched: str) -> None:
    parcel = public.Parcel(uuid4(), "x", [], None, NOW + 30 * MINUTE)
    turn = public.Turn(watched, "end", "", False)
    delivered = public.deliver_turn(by=who(HANDLER), parcel=parcel, turn=turn, now=NOW + timedelta(hours=1))
    assert delivered.status == 409 and not names_in(str(delivered.answer))
    assert not names_in(told(program(HANDLER).get(f"/api/v1/cases/{watched}")))


def test_paper_to_give_away_names_nobody_in_the_street(watched: str) -> None:
    assert not names_in(told(desk("chief.1").get(f"/cases/{watched}/print")))
    assert names_in(told(desk("chief.1").get(f"/cases/{watched}/print?full=1"))) == names()
