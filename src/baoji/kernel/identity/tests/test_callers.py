"""Who somebody is to the house: posts by the day, deputies by the hour, tokens; kept, and forgotten when it changes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity import callers
from baoji.kernel.identity.callers import Caller, caller, caller_by_code, caller_by_token, digest, new_token
from baoji.kernel.identity.models import Delegation, Holding, Person, Token
from baoji.kernel.organisations.models import Organisation, Post
from baoji.kernel.worktime.calendar import SHANGHAI

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 17, 10, 0, tzinfo=SHANGHAI)
TODAY, DAY, MINUTE = NOW.date(), timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the time: `clock(NOW)`. What is kept goes by minutes of this clock."""

    def set_to(now: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now)
        monkeypatch.setattr(callers, "monotonic", now.timestamp)

    set_to(NOW)
    return set_to


def who(code: str) -> Caller:
    found = caller_by_code(code)
    assert found is not None, code
    return found


def nobody() -> Person:
    return Person.objects.get(code="nobody.1")


def post(kind: str = "chief", organisation: str = "JD") -> Post:
    return Post.objects.get(kind=kind, organisation__code=organisation)


def hold(since: date | None = None, until: date | None = None, **which: str) -> None:
    Holding.objects.create(person=nobody(), post=post(**which), since=since, until=until)
    bump("people")


def stand_in(
    deputy: str, principal: str, starts_at: datetime = NOW - DAY, ends_at: datetime = NOW + DAY
) -> None:
    people = {code: Person.objects.get(code=code) for code in (deputy, principal)}
    Delegation.objects.create(
        deputy=people[deputy], principal=people[principal], starts_at=starts_at, ends_at=ends_at
    )
    bump("people")


def held(code: str = "nobody.1") -> set[tuple[str, str | None]]:
    """(post, for whom) of what somebody holds now."""
    names = dict(Person.objects.values_list("id", "code"))
    return {(h.kind, names[h.principal] if h.principal else None) for h in who(code).holds}


# Posts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY - DAY, TODAY + DAY, True),
        (TODAY + DAY, None, False),
        (None, TODAY - DAY, False),
        (TODAY - 3 * DAY, TODAY - DAY, False),
    ],
)
def test_a_post_is_held_from_its_first_day_to_its_last(
    since: date | None, until: date | None, holds: bool
) -> None:
    hold(since, until)
    assert held() == ({("chief", None)} if holds else set())


def test_a_day_begins_at_midnight_in_the_city(clock: Any) -> None:
    """Two in the morning in Baoji is still yesterday in the database's UTC."""
    hold(since=TODAY)
    hold(until=TODAY - DAY, kind="acceptor")
    clock(NOW.replace(hour=2))
    assert held() == {("chief", None)}
    clock(NOW.replace(hour=23, minute=59) - DAY)
    assert held() == {("acceptor", None)}


def test_a_hold_knows_its_place_in_the_tree() -> None:
    hold(kind="section_head", organisation="D29-S1")
    [found] = who("nobody.1").holds
    section, body = (Organisation.objects.get(code=code) for code in ("D29-S1", "D29"))
    assert (found.org_id, found.body_id, found.side) == (section.pk, body.pk, "department")
    assert found.path[-1] == section.pk and body.pk in found.path


def test_somebody_who_is_no_longer_active_is_nobody() -> None:
    found = who("chief.1")
    Person.objects.filter(code="chief.1").update(is_active=False)
    bump("people")
    assert caller_by_code("chief.1") is None and caller(found.id or 0) is None


def test_nobody_is_called_by_an_unknown_code_or_number() -> None:
    assert caller_by_code("chief.99") is None and caller(0) is None


# Deputies -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "stands_in"),
    [
        (NOW - DAY, NOW + DAY, True),
        (NOW, NOW + MINUTE, True),
        (NOW - MINUTE, NOW, True),
        (NOW + MINUTE, NOW + DAY, False),
        (NOW - DAY, NOW - MINUTE, False),
    ],
)
def test_a_deputy_stands_in_within_the_window_only(
    starts_at: datetime, ends_at: datetime, stands_in: bool
) -> None:
    stand_in("nobody.1", "chief.1", starts_at, ends_at)
    assert held() == ({("chief", "chief.1")} if stands_in else set())


def test_a_deputy_has_what_the_principal_holds_today() -> None:
    Holding.objects.filter(person__code="chief.1").update(until=TODAY - DAY)
    stand_in("nobody.1", "chief.1")
    assert held() == set()


def test_own_posts_come_before_those_held_for_others() -> None:
    hold(kind="acceptor")
    stand_in("nobody.1", "chief.1")
    stand_in("nobody.1", "acceptor.2")
    found = who("nobody.1")
    assert [h.principal is None for h in found.holds] == [True, False, False]
    assert (found.own_kinds(), found.kinds()) == ({"acceptor"}, {"acceptor", "chief"})


def test_a_deputy_hands_nothing_on() -> None:
    stand_in("nobody.1", "deputy.1")  # who stands in for the dispatcher, and holds no post
    assert held() == set()


def test_a_window_that_closes_is_noticed_within_a_minute(clock: Any) -> None:
    stand_in("nobody.1", "chief.1", ends_at=NOW + timedelta(seconds=30))
    assert held() == {("chief", "chief.1")}
    clock(NOW + MINUTE)
    assert held() == set()


def test_a_window_that_opens_is_noticed_within_a_minute(clock: Any) -> None:
    stand_in("nobody.1", "chief.1", starts_at=NOW + timedelta(seconds=30))
    assert held() == set()
    clock(NOW + MINUTE)
    assert held() == {("chief", "chief.1")}


# Tokens ---------------------------------------------------------------------------


def token(code: str = "chief.1", expires_at: datetime | None = None) -> str:
    return new_token(who(code).id or 0, "test", expires_at)


def code_of(text: str, now: datetime = NOW) -> str | None:
    found = caller_by_token(text, now)
    return found.code if found else None


def test_a_token_stands_for_its_person_and_only_its_hash_is_kept() -> None:
    made = token()
    assert code_of(made) == "chief.1"
    assert Token.objects.get().digest == digest(made) != made
    assert {code_of(other) for other in ("", made[:-1], made.upper(), digest(made))} == {None}


def test_a_token_ends_with_its_last_instant() -> None:
    made = token(expires_at=NOW + MINUTE)
    second = timedelta(seconds=1)
    assert [code_of(made, NOW + MINUTE + by) for by in (-second, 0 * second, second)] == [
        "chief.1",
        None,
        None,
    ]


def test_a_token_that_was_used_a_moment_ago_ends_all_the_same() -> None:
    made = token(expires_at=NOW + timedelta(seconds=5))
    assert code_of(made) == "chief.1"
    assert code_of(made, NOW + timedelta(seconds=6)) is None


def test_a_token_that_is_revoked_ends_at_once() -> None:
    made, other = token(), token("acceptor.1")
    assert (code_of(made), code_of(other)) == ("chief.1", "acceptor.1")
    Token.objects.filter(digest=digest(made)).update(revoked_at=NOW)
    bump("people")
    assert (code_of(made), code_of(other)) == (None, "acceptor.1")


def test_a_token_of_somebody_who_left_opens_nothing() -> None:
    made = token()
    assert code_of(made) == "chief.1"
    Person.objects.filter(code="chief.1").update(is_active=False)
    bump("people")
    assert code_of(made) is None


def test_a_token_made_after_it_was_tried_is_known() -> None:
    made = token()
    Token.objects.all().delete()
    assert code_of(made) is None
    Token.objects.create(digest=digest(made), person=Person.objects.get(code="chief.1"))
    assert code_of(made) == "chief.1"


# Kept -----------------------------------------------------------------------------


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the person's id each time somebody is looked up in the database."""
    looked: list[int] = []

    def load(person_id: int, really: Any = callers._load) -> Caller | None:
        looked.append(person_id)
        found: Caller | None = really(person_id)
        return found

    monkeypatch.setattr(callers, "_load", load)
    return looked


def test_a_person_is_looked_up_once(loads: list[int]) -> None:
    id_ = nobody().pk
    assert [caller(id_), caller(id_)] == [caller(id_)] * 2
    assert caller(0) is None and caller(0) is None, "somebody who is not there neither"
    assert loads == [id_, 0]


@pytest.mark.parametrize(("topic", "again"), [("people", 1), ("organisations", 1), ("classes", 0)])
def test_what_is_kept_is_forgotten_when_its_topic_changes(loads: list[int], topic: str, again: int) -> None:
    id_ = nobody().pk
    caller(id_)
    bump(topic)
    caller(id_)
    assert loads == [id_] * (1 + again)


def test_a_change_that_nobody_announced_is_seen_within_a_minute(clock: Any) -> None:
    assert held() == set()
    Holding.objects.create(person=nobody(), post=post())
    assert held() == set()
    clock(NOW + MINUTE)
    assert held() == {("chief", None)}


def test_what_is_kept_does_not_grow_without_end(loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_KEEP", 2)
    people = list(Person.objects.order_by("id").values_list("id", flat=True)[:4])
    for id_ in people:
        caller(id_)
    assert len(callers._people) <= 3
    assert caller(people[0]) is not None and loads == [*people, people[0]]


def test_whoever_is_read_while_a_change_is_announced_is_not_kept_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another thread sees the change between this one's reading and its keeping."""
    load, id_ = callers._load, nobody().pk

    def overtaken(person_id: int) -> Caller | None:
        read = load(person_id)
        monkeypatch.setattr(callers, "_load", load)
        Person.objects.filter(pk=person_id).update(is_active=False)
        bump("people")
        assert caller(person_id) is None
        return read

    monkeypatch.setattr(callers, "_load", overtaken)
    assert caller(id_) is not None, "as it was when it was asked"
    assert caller(id_) is None


def test_what_is_kept_may_be_begun_anew_at_any_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    load, made = callers._load, token()

    def overtaken(person_id: int) -> Caller | None:
        bump("people")
        callers._fresh()
        return load(person_id)

    monkeypatch.setattr(callers, "_load", overtaken)
    assert code_of(made) == "chief.1"
