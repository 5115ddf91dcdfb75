"""守候 handed over: the watch is the other's at once, and that they are there they say themselves (到场), late or in any order."""

import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.db.migrations import RunSQL
from tests.town import NOW, desk, do, photo, program, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.evidence.keys import signing_key
from baoji.kernel.evidence.verification.verify import verify
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.watches import watch
from baoji.systems.urban.queries.field_own import stays_at
from baoji.systems.urban.queries.watches import handed_watches, open_watches
from baoji.systems.urban.tests.evidence_case import exported, phone_of, picture, report_with
from baoji.systems.urban.tests.test_field_deliveries import Collector
from baoji.systems.urban.tests.test_field_stay import (
    MINUTE,
    ONE,
    TWO,
    critical,
    minutes,
    opinions,
    stays,
    tell,
)

pytestmark = pytest.mark.django_db
THREE = "collector.03"


@pytest.fixture
def number() -> str:
    """Of a place at which ONE stays since 5, handed to TWO at 10."""
    number = critical()
    tell(number, ONE, "start", 5, 5)
    tell(number, ONE, "hand_over", 10, 10, to=TWO)
    return number


def arrivals(number: str) -> list[tuple[str, float | None, float | None]]:
    """Who, since when theirs, since when there."""
    rows = sql.tuples(
        "SELECT p.code, s.since, s.arrived_at FROM urban_stay s JOIN identity_person p ON p.id = s.person_id"
        " WHERE s.number = %s ORDER BY s.since, s.until NULLS LAST, s.id",
        [number],
    )
    return [(code, minutes(since), minutes(arrived)) for code, since, arrived in rows]


def titles(code: str) -> list[str]:
    rows = sql.tuples(
        "SELECT title FROM notices_notice WHERE person_id = %s AND kind = 'stay' ORDER BY id", [who(code).id]
    )
    return [row[0] for row in rows]


def handed(code: str, at: int) -> list[tuple[str, str, float | None, float | None]]:
    return [
        (one["number"], one["who"], minutes(one["since"]), minutes(one["arrived_at"]))
        for one in handed_watches(who(code), NOW + at * MINUTE)
    ]


def test_who_begins_is_there_and_who_is_handed_it_not_yet(number: str) -> None:
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, None)]
    assert [words[:4] for words in opinions(number)] == ["到场守候", "守候交给"]
    (mine,) = public.own_stays(who(TWO))
    assert (mine["arrived_at"], [row["arrived_at"] for row in mine["history"]]) == (
        None,
        [NOW + 5 * MINUTE, None],
    )
    assert handed(ONE, 11) == [(number, who(TWO).name, 10, None)]
    assert handed(TWO, 11) == []


def test_they_say_it_once_and_whoever_was_there_hears_it(number: str) -> None:
    name = uuid4()
    first = tell(number, TWO, "start", 28, 29, name)
    assert (first.status, first.answer["at"]) == (201, NOW + 28 * MINUTE)
    assert tell(number, TWO, "start", 28, 40, name).status == 200
    assert tell(number, TWO, "start", 35, 41).answer["at"] == NOW + 28 * MINUTE  # pressed twice is there once
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, 28)]
    assert stays(number) == [(ONE, 5, 10, TWO), (TWO, 10, None, None)]
    assert opinions(number)[2:] == ["到场守候"]
    assert titles(ONE) == [f"{who(TWO).name}已到场守候：{number}"]
    assert handed(ONE, 41) == [(number, who(TWO).name, 10, 28)]
    assert handed(ONE, 28 + 121) == []


@pytest.mark.parametrize(
    ("claimed", "counts"), [(None, 40), (2, 10), (900, 40), (-2_000_000, 40), (10, 10), (39, 39)]
)
def test_the_phones_time_counts_within_what_is_known(number: str, claimed: int | None, counts: int) -> None:
    assert tell(number, TWO, "start", claimed, 40).answer["at"] == NOW + counts * MINUTE
    assert arrivals(number)[1] == (TWO, 10, counts)


def test_both_times_are_read(number: str) -> None:
    tell(number, TWO, "start", 20, 40)
    assert opinions(number)[-1].startswith("到场守候（手机记的时间 ")
    row = stays_at([number])[number][1]
    assert (minutes(row["since"]), minutes(row["since_received"])) == (10, 10)
    assert (minutes(row["arrived_at"]), minutes(row["arrived_received"])) == (20, 40)


def test_a_fence_with_its_photo_is_an_arrival_and_leaving_without_one_is_none() -> None:
    for fenced, arrived, words in (
        (True, 30, "已围挡，结束守候"),
        (False, None, "未围挡，结束守候（没有确认到场）"),
    ):
        number = critical()
        tell(number, ONE, "start", 5, 5)
        tell(number, ONE, "hand_over", 10, 10, to=TWO)
        files = [(photo(), "photo")] if fenced else []
        at = NOW + 30 * MINUTE
        public.end_stay(by=who(TWO), number=number, fenced=fenced, files=files, now=at)
        assert arrivals(number)[1] == (TWO, 10, arrived)
        assert opinions(number)[-1] == words


def test_who_ends_it_at_an_ended_case_never_said_that_they_were_there(number: str) -> None:
    do(number, "acceptor.1", "reject")
    assert tell(number, TWO, "end", 30, 30).status == 201
    assert opinions(number)[-1] == "案卷已办结，结束守候（没有确认到场）"


def test_it_is_handed_on_before_anybody_came_and_the_last_one_there_goes_on_reading_it(number: str) -> None:
    public.start_duty(by=who(THREE), now=NOW)
    tell(number, TWO, "hand_over", 15, 15, to=THREE)
    assert opinions(number)[-1] == f"守候交给{who(THREE).name}（没有确认到场）"
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, None), (THREE, 15, None)]
    assert handed(ONE, 16) == [(number, who(THREE).name, 15, None)]
    assert handed(TWO, 16) == []
    tell(number, THREE, "start", 25, 25)
    assert titles(ONE) == [f"{who(THREE).name}已到场守候：{number}"]
    assert handed(ONE, 26) == [(number, who(THREE).name, 15, 25)]


def test_the_watch_comes_back_to_who_handed_it_over_and_they_say_so_too(number: str) -> None:
    tell(number, TWO, "hand_over", 15, 15, to=ONE)
    assert arrivals(number)[-1] == (ONE, 15, None)
    tell(number, ONE, "start", 16, 16)
    assert arrivals(number)[-1] == (ONE, 15, 16)
    assert titles(ONE) == [f"请接替守候：{number}"]  # nobody tells them of themselves
    assert handed(ONE, 17) == [] and handed(TWO, 17) == []


def test_who_is_at_the_place_takes_over_from_somebody_who_never_came() -> None:
    number = critical()
    tell(number, TWO, "start", 5, 5)
    tell(number, TWO, "hand_over", 10, 10, to=ONE)
    refused = tell(number, TWO, "start", 12, 12)
    assert refused.status == 409
    assert refused.answer["reason"].endswith(f"已交给{who(ONE).name}，{who(ONE).name}尚未确认到场")
    assert tell(number, TWO, "take", 13, 13).status == 201
    assert arrivals(number) == [(TWO, 5, 5), (ONE, 10, None), (TWO, 13, 13)]


# Any order of delivery -----------------------------------------------------------


def test_a_beginning_that_comes_before_the_hand_over_is_overtaken_and_said_again() -> None:
    """ONE hands over at 10 without a line; TWO is there at 28 and says so; the hand-over arrives at 40."""
    number = critical()
    tell(number, ONE, "start", 5, 5)
    early = tell(number, TWO, "start", 28, 28)
    assert early.status == 409 and early.answer["reason"].endswith(f"起{who(ONE).name}在守候")
    assert tell(number, ONE, "hand_over", 10, 40, to=TWO).status == 201
    assert arrivals(number) == [
        (ONE, 5, 5),
        (TWO, 10, None),
    ]  # nothing that did not count is counted afterwards
    assert "到场守候，没有接上" in opinions(number)[1]
    assert tell(number, TWO, "start", 41, 41).status == 201
    assert arrivals(number)[-1] == (TWO, 10, 41)


def test_taking_over_before_the_hand_over_comes_means_the_same() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    tell(number, TWO, "take", 28, 28)
    assert tell(number, ONE, "hand_over", 10, 40, to=TWO).status == 201
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 28, 28)]


def test_taking_over_that_crossed_the_hand_over_says_that_they_are_there(number: str) -> None:
    """TWO pressed 我来接替 at 20, before their phone had heard that the watch was theirs."""
    assert tell(number, TWO, "take", 20, 45).answer["at"] == NOW + 20 * MINUTE
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, 20)]
    assert opinions(number)[2].startswith("到场守候")


def test_a_third_took_over_before_the_arrival_was_heard_and_it_stands_all_the_same(number: str) -> None:
    """TWO was there at 20 without a line, ONE came back and took over at 30 with one."""
    tell(number, ONE, "take", 30, 30)
    late = tell(number, TWO, "start", 20, 45)
    assert late.status == 409
    assert stays(number) == [(ONE, 5, 10, TWO), (TWO, 10, 30, ONE), (ONE, 30, None, None)]
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, 20), (ONE, 30, 30)]
    assert "到场守候，没有接上" in opinions(number)[-1]


def test_an_arrival_after_the_watch_had_gone_to_another_is_in_the_words_only(number: str) -> None:
    tell(number, ONE, "take", 30, 30)
    assert tell(number, TWO, "start", 35, 45).status == 409
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, None), (ONE, 30, 30)]


def test_a_fence_told_too_late_says_that_they_had_come(number: str) -> None:
    tell(number, ONE, "take", 30, 30)
    two = Collector(TWO)
    body: dict[str, Any] = {"number": number, "act": "end", "fenced": True, "media": [two.shoot(3)]}
    now = NOW + 50 * MINUTE
    medium = body["media"][0]
    parcel = public.Parcel(uuid4(), "x", [public.Medium(medium["sha256"], "photo")], None, NOW + 22 * MINUTE)
    turn = public.Turn(number, "end", fenced=True)
    assert public.deliver_turn(by=who(TWO), parcel=parcel, turn=turn, now=now).status == 409
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, 22), (ONE, 30, 30)]


def test_nobody_took_over_before_the_other_had_come(number: str) -> None:
    """ONE took over at 15 without a line, TWO came at 20 with one: what was heard first stands, and no time goes backwards."""
    tell(number, TWO, "start", 20, 20)
    assert tell(number, ONE, "take", 15, 45).answer["at"] == NOW + 20 * MINUTE
    assert stays(number) == [(ONE, 5, 10, TWO), (TWO, 10, 20, ONE), (ONE, 20, None, None)]
    assert arrivals(number)[1] == (TWO, 10, 20)


def test_the_case_ended_before_the_arrival_was_heard(number: str) -> None:
    do(number, "acceptor.1", "reject")
    late = tell(number, TWO, "start", 20, 45)
    assert late.status == 409 and "不用守候了" in late.answer["reason"]
    assert arrivals(number)[-1] == (TWO, 10, 20)


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_are_one_arrival() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    tell(number, ONE, "hand_over", 10, 10, to=TWO)

    def press(at: int) -> int:
        try:
            return tell(number, TWO, "start", at, 40).status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, [20, 30])) == [201, 201]
    assert opinions(number)[2:] == [opinions(number)[2]]
    assert arrivals(number)[-1][2] in {20, 30}
    assert len(titles(ONE)) == 1


# What others hear and read ---------------------------------------------------------


def test_the_chief_hears_that_who_left_was_never_there(number: str) -> None:
    public.end_duty(by=who(TWO), now=NOW + 20 * MINUTE)
    heard = sql.tuples("SELECT title FROM notices_notice WHERE kind = 'stay' AND post = 'chief'")
    assert heard == [(f"{who(TWO).name}已下班，交来的守候还没有确认到场：{number}",)]


def test_the_api_says_it_and_takes_it_at_once_too(number: str) -> None:
    two, one = program(TWO), program(ONE)
    (mine,) = two.get("/api/v1/field/stays").json()["items"]
    assert mine["arrived_at"] is None and mine["history"][1]["arrived_at"] is None
    for _time in range(2):
        answer = two.post(f"/api/v1/field/stays/{number}/start", {}, content_type="application/json")
        assert answer.status_code == 204
    (mine,) = two.get("/api/v1/field/stays").json()["items"]
    assert mine["arrived_at"] == mine["history"][1]["arrived_at"] is not None
    (said,) = one.get("/api/v1/field/stays").json()["handed"]
    assert (said["number"], said["who"], said["arrived_at"]) == (number, who(TWO).name, mine["arrived_at"])
    assert len(opinions(number)) == 3


def test_the_desk_reads_who_watches_where_first_those_who_are_not_there(number: str) -> None:
    other = critical()
    tell(other, ONE, "start", 3, 3)
    assert [one["number"] for one in open_watches()] == [number, other]
    tell(number, TWO, "start", 20, 20)
    assert [one["number"] for one in open_watches()] == [other, number]
    do(other, "acceptor.1", "reject")
    assert [one["number"] for one in open_watches()] == [number]


def test_watches_of_before_were_there_from_the_beginning(number: str) -> None:
    migration = import_module("baoji.systems.urban.migrations.0015_watch_arrival").Migration
    sql.execute("UPDATE urban_stay SET arrived_at = NULL")
    for operation in migration.operations:
        if isinstance(operation, RunSQL):
            sql.execute(operation.sql)
    assert arrivals(number) == [(ONE, 5, 5), (TWO, 10, 10)]


def shown(code: str, address: str) -> str:
    answer = desk(code).get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.mark.parametrize("address", ["/street/", "/cases/{number}"])
def test_the_desk_says_that_nobody_has_confirmed_and_then_that_they_have(number: str, address: str) -> None:
    two, address = who(TWO).name, address.format(number=number)
    before = shown("chief.1", address)
    assert f"已交给{two}，{two}尚未确认到场" in before and f"{two}在守候" not in before
    tell(number, TWO, "start", 28, 40)
    after = shown("chief.1", address)
    assert ("此前在场：" in before) == (address == "/street/") and "此前在场：" not in after
    assert "尚未确认到场" not in after and f"{two}在守候" in after
    assert re.search(r"10:10 交给 · .*10:28 到场（.*10:40 收到）", after)
    tell(number, TWO, "end", 50, 50)
    ended = shown("chief.1", address)
    assert f"{two}在守候" not in ended
    assert ("未围挡，结束守候" in ended) == (address != "/street/")


def test_departments_read_that_it_is_watched_and_not_by_whom(number: str) -> None:
    for row in stays_at([number])[number]:
        plain = watch(row, NOW + 20 * MINUTE, named=False)
        assert who(ONE).name not in str(plain) and who(TWO).name not in str(plain)


def test_a_signed_arrival_is_in_the_export_of_its_case_and_holds(tmp_path: Path, settings: Any) -> None:
    settings.DATA = tmp_path
    number, name = report_with(phone_of(ONE), picture(10)), uuid4()
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [number])
    public.start_duty(by=who(TWO), now=NOW)
    tell(number, ONE, "start", 5, 5)
    tell(number, ONE, "hand_over", 6, 6, to=TWO)
    phone = phone_of(TWO)
    said = phone.says(NOW + 7 * MINUTE, kind="report", sha256=None, size=None, mime=None, role=None)
    sealed = phone.seal(said | {"report": str(name), "task": number, "ext": {"turn": "start"}})
    parcel = public.Parcel(name, "start", [], public.Signed(*sealed), NOW + 7 * MINUTE)
    turn = public.Turn(number, "start")
    answer = public.deliver_turn(by=who(TWO), parcel=parcel, turn=turn, now=NOW + 9 * MINUTE).answer
    assert answer["at"] == NOW + 7 * MINUTE and arrivals(number)[-1] == (TWO, 6, 7)
    link_all(NOW + 11 * MINUTE)
    made = exported(number, tmp_path)
    found = verify(made.path, [signing_key("server").kid])
    assert found.holds, found.failures
    with ZipFile(made.path) as kept:
        assert kept.read(f"envelopes/{sha256(sealed[0]).hexdigest()}.json") == sealed[0]
