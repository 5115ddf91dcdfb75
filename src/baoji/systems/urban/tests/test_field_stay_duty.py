"""守候 and duty: a dangerous place is handed to somebody who is there to watch it, or those who see to it hear that nobody is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.town import NOW, do, program, who

from baoji.kernel.base import sql
from baoji.systems.urban import public
from baoji.systems.urban.actions.field_shift import end_forgotten
from baoji.systems.urban.tests.test_field_deliveries import Collector
from baoji.systems.urban.tests.test_field_stay import MINUTE, ONE, TWO, critical, opinions, stays, tell

pytestmark = pytest.mark.django_db
THREE = "collector.03"
NAMED = "SELECT post, title, urgent FROM notices_notice WHERE kind = 'stay' AND post <> '' ORDER BY post"


@pytest.fixture
def number() -> str:
    """Of a dangerous place at which ONE stays; ONE and TWO are on duty."""
    number = critical()
    tell(number, ONE, "start", 5, 5)
    return number


def told() -> list[tuple[str, str, bool]]:
    return sql.tuples(NAMED)  # type: ignore[return-value]


def both(title: str) -> list[tuple[str, str, bool]]:
    return [("chief", title, True), ("commander", title, True)]


def off(code: str, at: int = 10) -> None:
    public.end_duty(by=who(code), now=NOW + at * MINUTE)


# Handing over -----------------------------------------------------------------


@pytest.mark.parametrize("door", ["PUT", "POST"])
def test_nobody_off_duty_is_given_a_watch_and_who_is_on_duty_is_named(number: str, door: str) -> None:
    public.start_duty(by=who(THREE), now=NOW)
    off(TWO)
    client = program(ONE)
    body: dict[str, Any] = {"to": TWO}
    address = f"/api/v1/field/stays/{number}/hand-over"
    if door == "PUT":
        body |= {"number": number, "act": "hand_over", "captured_at": timezone.now().isoformat()}
        address = f"/api/v1/field/stays/{uuid4()}"
    send = client.put if door == "PUT" else client.post
    refused = send(address, body, content_type="application/json")
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "validation")
    assert who(TWO).name in problem["errors"]["to"][0]
    assert [one["code"] for one in problem["relief"]] == [THREE]
    assert stays(number) == [(ONE, 5, None, None)]
    assert send(address, body | {"to": THREE}, content_type="application/json").status_code in {201, 204}
    assert [code for code, _since, until, _to in stays(number) if until is None] == [THREE]


def test_what_was_handed_over_hours_ago_is_taken_and_the_chief_hears_that_nobody_is_on_duty(
    number: str,
) -> None:
    off(TWO)
    name = uuid4()
    for arrives in (60, 61):
        assert tell(number, ONE, "hand_over", 25, arrives, name, to=TWO).status in {201, 200}
    assert stays(number) == [(ONE, 5, 25, TWO), (TWO, 25, None, None)]
    one, two = who(ONE).name, who(TWO).name
    assert told() == both(f"{one}把守候交给了不在班的{two}：{number}")


def test_a_late_hand_over_to_somebody_on_duty_is_nobody_elses_business(number: str) -> None:
    assert tell(number, ONE, "hand_over", 25, 60, to=TWO).status == 201
    assert told() == []


WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"


@pytest.mark.django_db(transaction=True)
def test_of_a_hand_over_and_the_end_of_that_duty_at_the_same_moment_one_knows_of_the_other() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)

    def leave() -> list[str]:
        try:
            return public.end_duty(by=who(TWO), now=NOW + 10 * MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            public.hand_stay_over(by=who(ONE), number=number, to=TWO, now=NOW + 9 * MINUTE)
            leaving = pool.submit(leave)
            while not leaving.done() and not sql.value(WAITS):
                pass
        leaving.result(30)
    assert told() == both(f"{who(TWO).name}已下班，交来的守候还没有确认到场：{number}")


# The end of a duty ------------------------------------------------------------


def test_who_leaves_a_watch_to_nobody_is_told_so_and_so_is_the_chief_once(number: str) -> None:
    client = program(ONE)
    for _time in range(2):
        answer = client.post("/api/v1/field/duty/end", {}, content_type="application/json").json()
        assert answer["stays"] == [number]
    assert told() == both(f"{who(ONE).name}已下班，还在守候：{number}")
    assert (
        client.get("/api/v1/field/stays").json()["items"][0]["number"] == number
    )  # theirs, until it is handed over


def test_a_phone_that_tells_it_later_reads_it_in_the_answer(number: str) -> None:
    phone = Collector(ONE)
    name, body = uuid4(), {"act": "end"}
    first = phone.put("duty", name, body).json()
    assert first["stays"] == [number] and number in first["why"] and "值班长" in first["why"]
    assert phone.put("duty", name, body).json() == first
    assert len(told()) == 2
    again = phone.put("duty", uuid4(), {"act": "start"}).json()
    assert (again["stays"], again["why"]) == ([], "")
    assert tell(number, ONE, "hand_over", 30, 30, to=TWO).status == 201
    assert phone.put("duty", uuid4(), body).json()["stays"] == []
    assert len(told()) == 2


def test_the_rule_that_ends_a_forgotten_duty_tells_it_too(number: str) -> None:
    assert end_forgotten(NOW + timedelta(hours=17)) == 2
    assert told() == both(f"{who(ONE).name}已下班，还在守候：{number}")


def test_a_dangerous_place_stays_one_while_its_case_is_suspended(number: str) -> None:
    """挂账 puts the repair off, not the danger: the phone does not say that one may go, and the watch is handed on."""
    put_off = (
        "UPDATE flow_case SET status = 'suspended', stage = 'handle', step = 'suspended' WHERE number = %s"
    )
    sql.execute(put_off, [number])
    client = program(ONE)
    (mine,) = client.get("/api/v1/field/stays").json()["items"]
    assert (mine["number"], mine["status"]) == (number, "open")
    ended = client.post("/api/v1/field/duty/end", {}, content_type="application/json").json()
    assert ended["stays"] == [number]
    assert told() == both(f"{who(ONE).name}已下班，还在守候：{number}")
    assert tell(number, ONE, "hand_over", 20, 20, to=TWO).status == 201
    assert [one["who"] for one in client.get("/api/v1/field/stays").json()["handed"]] == [who(TWO).name]
    assert tell(number, TWO, "start", 30, 30).status == 201
    assert tell(number, TWO, "end", 40, 40).status == 201
    assert "未围挡，离开现场" in opinions(number)[-1] and "已办结" not in opinions(number)[-1]


def test_nobody_has_to_stay_at_a_case_that_ended(number: str) -> None:
    do(number, "acceptor.1", "reject")
    assert (
        program(ONE).post("/api/v1/field/duty/end", {}, content_type="application/json").json()["stays"] == []
    )
    assert told() == []


# A case of somebody else ------------------------------------------------------


def test_a_turn_at_a_case_that_is_not_theirs_is_kept_and_not_said_to_be_in_its_record(number: str) -> None:
    stranger, before = Collector(THREE), opinions(number)
    body = {"number": number, "act": "take", "media": [stranger.shoot(1)]}
    name = uuid4()
    answers = [stranger.put("stays", name, body) for _time in range(2)]
    assert {answer.status_code for answer in answers} == {409}
    assert {answer.json()["detail"] for answer in answers} == {"没有这件案卷。照片和记录已收下保存"}
    assert len(answers[0].json()["receipt"]["body"]["envelopes"]) == 1
    assert opinions(number) == before
    own = program(TWO).put(
        f"/api/v1/field/stays/{uuid4()}", {"number": number, "act": "start"}, content_type="application/json"
    )
    assert own.status_code == 409 and own.json()["detail"].endswith("您做的已记在案卷里")
    assert "没有接上" in opinions(number)[-1]
