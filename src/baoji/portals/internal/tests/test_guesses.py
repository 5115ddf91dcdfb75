"""One password tried on many people is slowed by where it comes from; an office that types well is not."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from tests.town import words

from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Person
from baoji.kernel.wire import rates
from baoji.portals.internal import guesses
from baoji.portals.internal.tests.conftest import WORD

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"
FAILURES, MINUTES = 8, 10


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds that the buckets count; a small limit of the city's."""
    now = [1000.0]
    monkeypatch.setattr(rates, "monotonic", lambda: now[0])
    set_policy(address_failures=FAILURES, address_minutes=MINUTES)
    guesses.forget()
    yield now
    guesses.forget()


def set_policy(**value: int) -> None:
    _policies().update_or_create(name="sign_in", defaults={"value": value})
    bump("policies")


def _policies() -> Any:
    return apps.get_model("urban", "Policy")._default_manager


def tries(code: str, password: str = "spring-2026-sale", peer: str = HERE, **more: Any) -> Any:
    return Client(REMOTE_ADDR=peer).post("/sign-in/", {"code": code, "password": password}, **more)


def sign_in(client: Client, code: str, password: str = WORD) -> Any:
    return client.post("/sign-in/", {"code": code, "password": password})


def spray(number: int, **more: Any) -> list[int]:
    return [tries(f"person.{n}", **more).status_code for n in range(number)]


def test_one_password_on_many_people_is_slowed(person: Person) -> None:
    assert spray(FAILURES + 2) == [422] * FAILURES + [429] * 2
    answer = tries(person.code, WORD)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= MINUTES * 60 / FAILURES
    assert "从这个网络输错的密码太多。请 2 分钟后再试" in words(answer)
    assert f'value="{person.code}"' in words(answer)
    assert "sessionid" not in answer.cookies


def test_another_address_goes_on(person: Person) -> None:
    spray(FAILURES)
    assert tries(person.code, WORD).status_code == 429
    assert tries(person.code, WORD, ELSEWHERE).status_code == 302


def test_what_it_was_told_to_wait_is_enough(person: Person, clock: list[float]) -> None:
    spray(FAILURES)
    clock[0] += int(tries(person.code, WORD)["Retry-After"])
    assert tries(person.code, WORD).status_code == 302
    clock[0] += MINUTES * 60
    assert spray(FAILURES + 1)[-2:] == [422, 429]


@pytest.mark.thorough
def test_an_office_that_types_well_is_not_hindered(person: Person) -> None:
    spray(FAILURES - 1)
    assert {tries(person.code, WORD).status_code for _n in range(200)} == {302}
    assert tries("nobody").status_code == 422, "the last wrong one is still free"


@pytest.mark.parametrize("code", ["dispatcher.1", "nobody.at.all"])
def test_one_who_keeps_mistyping_does_not_shut_the_office_out(person: Person, code: str) -> None:
    """And the answer is the same for a code that nobody has."""
    assert [tries(code).status_code for _n in range(FAILURES + 5)] == [422] * (FAILURES + 5)
    other = Person.objects.get(code="chief.1")
    other.set_password(WORD)
    other.save()
    assert tries(other.code, WORD).status_code == 302


def test_who_has_signed_in_in_this_browser_before_is_let_through_and_nobody_else(person: Person) -> None:
    known = Client(REMOTE_ADDR=HERE)
    assert sign_in(known, person.code).status_code == 302
    known.post("/sign-out/")
    spray(FAILURES)
    other = Person.objects.get(code="chief.1")
    other.set_password(WORD)
    other.save()
    assert sign_in(known, other.code).status_code == 429, "the browser is known for one code"
    assert sign_in(Client(REMOTE_ADDR=HERE), person.code).status_code == 429, "another browser is not known"
    assert sign_in(known, person.code).status_code == 302


def test_a_known_browser_has_the_accounts_lock_all_the_same(person: Person) -> None:
    known = Client(REMOTE_ADDR=HERE)
    sign_in(known, person.code)
    spray(FAILURES)
    assert [sign_in(known, person.code, "not-this-one").status_code for _n in range(5)] == [422] * 5
    assert sign_in(known, person.code).status_code == 422


@pytest.mark.parametrize("cookie", ["dispatcher.1", "a.b.c", "", "é.é"])
def test_nobody_makes_a_browser_known_by_hand(person: Person, cookie: str) -> None:
    spray(FAILURES)
    client = Client(REMOTE_ADDR=HERE)
    client.cookies[guesses.COOKIE] = cookie
    assert sign_in(client, person.code).status_code == 429


def test_a_desk_that_several_share_knows_them_all_and_not_by_name(person: Person) -> None:
    known = Client(REMOTE_ADDR=HERE)
    people = list(Person.objects.filter(is_active=True).order_by("code")[: guesses.MOST_KNOWN + 1])
    for one in people:
        one.set_password(WORD)
        one.save()
        assert sign_in(known, one.code).status_code == 302
    kept = known.cookies[guesses.COOKIE]
    assert len(kept.value.split(".")) == guesses.MOST_KNOWN and people[1].code not in kept.value
    assert kept["httponly"] and kept["path"] == "/sign-in/"
    spray(FAILURES)
    assert [sign_in(known, one.code).status_code for one in people] == [429, *[302] * guesses.MOST_KNOWN]


def test_one_press_of_the_demo_makes_no_browser_known(person: Person) -> None:
    client = Client(REMOTE_ADDR=HERE)
    client.post("/sign-in/demo/", {"code": person.code})
    client.post("/sign-out/")
    spray(FAILURES)
    assert sign_in(client, person.code).status_code == 429


def test_nothing_is_looked_at_beyond_the_limit(person: Person) -> None:
    spray(FAILURES)
    for _n in range(6):
        tries(person.code)
    person.refresh_from_db()
    assert (person.failed_sign_ins, person.locked_until) == (0, None)


def test_a_header_makes_nobody_somebody_else(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.1.0.0/16")]
    headers = [{"X-Forwarded-For": f"198.51.100.{n}"} for n in range(FAILURES + 1)]
    assert [tries(f"p.{n}", headers=said).status_code for n, said in enumerate(headers)][-1] == 429
    proxied = [tries(f"p.{n}", peer="10.1.0.1", headers=said).status_code for n, said in enumerate(headers)]
    assert proxied == [422] * (FAILURES + 1), "a trusted proxy's visitors count each alone"


def test_a_subscribers_network_of_the_sixth_version_is_one() -> None:
    found = [tries(f"p.{n}", peer=f"2001:db8:0:1::{n}").status_code for n in range(1, FAILURES + 2)]
    assert found == [422] * FAILURES + [429]
    assert tries("p.9", peer="2001:db8:0:2::1").status_code == 422


def test_one_press_of_the_demo_is_not_meant() -> None:
    spray(FAILURES)
    assert tries("nobody").status_code == 429
    client = Client(REMOTE_ADDR=HERE)
    assert client.post("/sign-in/demo/", {"code": "chief.1"}).status_code == 302
    assert client.get("/")["Location"] == "/work/"


def test_the_lock_of_an_account_is_the_citys_too(person: Person) -> None:
    set_policy(failures=2, lock_minutes=40)
    answer = tries(person.code)
    assert "连续输错 2 次，要等 40 分钟再试" in words(answer)
    tries(person.code)
    assert tries(person.code, WORD).status_code == 422
    person.refresh_from_db()
    assert person.locked_until is not None


def test_a_city_that_says_nothing_has_the_limits_as_shipped() -> None:
    _policies().filter(name="sign_in").delete()
    bump("policies")
    assert spray(51) == [422] * 50 + [429]
