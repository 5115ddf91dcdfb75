"""Somebody holds a case from outside, a forgotten `psql`: its acts are refused in words, and nothing else waits for it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from tests.town import NOW, case, desk, new, program, where, who, words

from baoji.kernel.base import sql
from baoji.kernel.flow.models import Timer
from baoji.systems.urban.actions import timers
from baoji.systems.urban.actions.lost_timers import set_lost
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.pages.staff import batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """As `wait_no_longer`, in less time."""
    sql.execute("SET lock_timeout = '200ms'")
    yield
    sql.execute("RESET lock_timeout")


@contextmanager
def held(statement: str, *params: object) -> Iterator[None]:
    """Another session that has begun something and does not end it."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(statement, params)
            yield
    finally:
        other.rollback()
        other.close()


def held_case(number: str) -> AbstractContextManager[None]:
    return held("SELECT 1 FROM flow_case WHERE number = %s FOR UPDATE", number)


def told(number: str) -> int:
    return int(
        sql.value(
            "SELECT count(*) FROM notices_notice WHERE link = %s AND kind = 'near'", [f"/cases/{number}"]
        )
    )


def test_an_act_on_a_held_case_is_refused_in_words_and_goes_through_afterwards() -> None:
    number = new("collect/reported")
    acceptor, address = program("acceptor.1"), f"/api/v1/cases/{number}/acts/accept"
    with held_case(number):
        answer = acceptor.post(address, b"{}", content_type="application/json", HTTP_IDEMPOTENCY_KEY="k")
        assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "held")
        assert answer.json()["detail"].startswith("没有保存：需要的内容一直被别处占用")
        assert acceptor.get(f"/api/v1/cases/{number}").status_code == 200, "reading waits for nobody"
    assert where(number) == "collect/reported"
    again = acceptor.post(address, b"{}", content_type="application/json", HTTP_IDEMPOTENCY_KEY="k")
    assert again.status_code == 200 and where(number) == "file/accepted"


def test_a_page_says_so_too() -> None:
    number = new("collect/reported")
    browser = desk("acceptor.1")
    browser.raise_request_exception = False
    with held_case(number):
        answer = browser.post(f"/cases/{number}/acts/accept", {"version": case(number).version})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "没有保存：需要的内容一直被别处占用" in words(answer)
    assert where(number) == "collect/reported"


def test_of_a_batch_the_others_are_dispatched() -> None:
    numbers = [new("dispatch/filed") for _n in range(3)]
    with held_case(numbers[1]):
        told = batch.dispatch(who("dispatcher.1"), numbers, "", "")
    assert [one["ok"] for one in told] == [True, False, True]
    assert told[1]["text"] == "没有保存：需要的内容一直被别处占用"
    assert [where(number) for number in numbers][1] == "dispatch/filed"


def test_the_timers_of_a_held_case_are_passed_over_and_fire_once_it_is_free() -> None:
    first, second = new("handle/handling"), new("handle/handling")
    near = case(first).near_at
    assert near is not None and Timer.objects.filter(kind="near", due_at__lte=near).count() == 2
    with held_case(first):
        while fire_due(near, 1):
            pass
        assert (told(first), told(second) > 0) == (0, True)
        assert Timer.objects.filter(case__number=first, kind="near", due_at=near).exists(), "as it was"
    assert fire_due(near) == 1 and told(first) > 0


def test_a_timer_that_needs_what_else_is_held_is_passed_over_too() -> None:
    first, second = new("handle/handling"), new("handle/handling")
    near = case(first).near_at
    assert near is not None
    with held("SELECT 1 FROM flow_timer WHERE case_id = %s FOR UPDATE", case(first).pk):
        assert fire_due(near) == 1
        assert (told(first), told(second) > 0) == (0, True)
    assert fire_due(near) == 1 and told(first) > 0


def test_a_simulation_waits_for_a_case_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    """It plays the clock: what fires later than its time would have another past."""
    number = new("handle/handling")
    asked: list[bool] = []
    fire = timers._fire
    monkeypatch.setattr(
        timers, "_fire", lambda *timer, waits: asked.append(waits) or fire(*timer, waits=waits)
    )
    near = case(number).near_at
    assert near is not None and fire_due(near, waits=True) == 1 and asked == [True]


def test_lost_timers_of_others_are_set_again_beside_a_held_case() -> None:
    first, second = new("handle/handling"), new("handle/handling")
    Timer.objects.filter(case__number__in=[first, second]).delete()
    with held_case(first):
        assert set_lost(NOW + timedelta(minutes=1)) == 1
        assert Timer.objects.filter(case__number=second).exists()
    assert set_lost(NOW + timedelta(minutes=1)) == 1
    assert Timer.objects.filter(case__number=first).exists()
