"""Each post has its own tools (`/field/me`), and the doors of the others are shut to it."""

from typing import Any
from uuid import uuid4

import pytest
from tests.town import COVER, NOW, new, program, where, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban import public
from baoji.systems.urban.tests.test_field_deliveries import Collector
from baoji.systems.urban.tests.test_field_stay import ONE, TWO, critical, opinions, stays, tell

pytestmark = pytest.mark.django_db
CLEANER, CREW = "cleaner.0001", "crew.D01.1"
MISSING = {"kind": "missing", "component": COVER, "words": "", "media": []}


def sent(code: str, way: str, address: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    answer = getattr(program(code), way)(f"/api/v1/field/{address}", body, content_type="application/json")
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


@pytest.mark.parametrize("code", [CLEANER, CREW, "dispatcher.1"])
def test_who_has_no_tool_for_corrections_corrects_nothing(code: str) -> None:
    for kind in ("missing", "moved", "class", "new"):
        body = MISSING | {"kind": kind}
        assert sent(code, "put", f"corrections/{uuid4()}", body) == (403, "not-allowed")
    assert sql.value("SELECT count(*) FROM urban_correction") == 0


@pytest.mark.parametrize("code", [ONE, "officer.001"])
def test_who_has_it_does(code: str) -> None:
    assert sent(code, "put", f"corrections/{uuid4()}", MISSING) == (204, "")


@pytest.mark.parametrize(("code", "status"), [(CLEANER, 403), (CREW, 200), (ONE, 200), ("acceptor.1", 403)])
def test_tasks_are_for_who_has_that_tool(code: str, status: int) -> None:
    assert program(code).get("/api/v1/field/tasks").status_code == status


@pytest.mark.parametrize(("code", "status"), [(CLEANER, 403), (CREW, 403), ("officer.001", 200)])
def test_watches_are_for_who_has_that_tool(code: str, status: int) -> None:
    assert program(code).get("/api/v1/field/stays").status_code == status


def test_who_has_no_tool_for_watches_begins_none_and_is_given_none() -> None:
    number, cleaner = critical(), who(CLEANER)
    sql.execute("UPDATE flow_case SET reporter_id = %s WHERE number = %s", [cleaner.id, number])
    public.start_duty(by=cleaner, now=NOW)
    assert sent(CLEANER, "post", f"stays/{number}/start") == (403, "not-allowed")
    late = tell(number, CLEANER, "start", 5, 40)
    assert (late.status, late.answer["was"]) == (409, "not-allowed")
    assert stays(number) == []
    assert "没有接上" in opinions(number)[-1]  # what they did is kept all the same
    tell(number, ONE, "start", 41, 41)
    assert [one["code"] for one in public.relief(who(ONE))] == [TWO]
    given = program(ONE).post(
        f"/api/v1/field/stays/{number}/hand-over", {"to": CLEANER}, content_type="application/json"
    )
    assert (given.status_code, [one["code"] for one in given.json()["relief"]]) == (422, [TWO])
    assert [(code, until) for code, _since, until, _to in stays(number)] == [(ONE, None)]


def test_a_watch_that_runs_can_be_ended_by_whoever_stays() -> None:
    """Of whom the post changed meanwhile, too."""
    number, cleaner = critical(), who(CLEANER)
    sql.execute("UPDATE flow_case SET reporter_id = %s WHERE number = %s", [cleaner.id, number])
    sql.execute(
        "INSERT INTO urban_stay (number, person_id, since, fenced) VALUES (%s, %s, %s, false)",
        [number, cleaner.id, NOW],
    )
    assert sent(CLEANER, "post", f"stays/{number}/end", {"fenced": False}) == (204, "")


def test_an_answer_counts_from_whoever_the_case_is_with() -> None:
    """A cleaner stands in for the collector who was asked: their app shows no tasks, their right is the case's."""
    number = new("check/checking")
    holder = sql.value("SELECT holder_person_id FROM flow_case WHERE number = %s", [number])
    sql.execute(
        "INSERT INTO identity_delegation (principal_id, deputy_id, starts_at, ends_at, reason)"
        " VALUES (%s, %s, now() - interval '1 day', now() + interval '1 day', '')",
        [holder, who(CLEANER).id],
    )
    bump("people")
    cleaner = Collector(CLEANER)
    body = {"number": number, "act": "check_answer", "facts": {"fixed": True, "opinion": "好了"}}
    answer = cleaner.put("answers", uuid4(), body | {"media": [cleaner.shoot(31)]})
    assert answer.status_code == 201
    assert answer.json()["receipt"]["body"]["envelopes"]
    assert where(number) == "check/passed"
