"""上班 and 下班 told late: by one phone or two, in any order, any number of times, with a clock that may be wrong."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import NOW, case, desk, new, program, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.evidence.tests.phone import Phone
from baoji.systems.urban import public
from baoji.systems.urban.actions.field_shift import end_forgotten
from baoji.systems.urban.tests.test_field_protocol import DEATHS, Died

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ONE, TWO = "collector.01", "collector.02"
EIGHT = NOW - 2 * HOUR  # NOW is ten in the morning


def clock(hour: float) -> datetime:
    """So many hours into the day of NOW; beyond 24 into the next."""
    return NOW + (hour - 10) * HOUR


def tell(
    act: str,
    pressed: float | datetime | None,
    arrives: float,
    *,
    code: str = ONE,
    name: UUID | None = None,
    after: UUID | None = None,
    words: public.Signed | None = None,
) -> public.Delivered:
    claimed = clock(pressed) if isinstance(pressed, int | float) else pressed
    parcel = public.Parcel(name or uuid4(), f"{act} {pressed} {after}", [], words, claimed)
    turn = public.DutyTurn(act == "on", after)
    return public.deliver_duty(by=who(code), parcel=parcel, turn=turn, now=clock(arrives))


def hour(at: datetime | None) -> float | None:
    return None if at is None else round((at - clock(0)) / HOUR, 3)


def duties(code: str = ONE) -> list[tuple[float | None, float | None, bool]]:
    rows = sql.tuples(
        "SELECT started_at, ended_at, by_rule FROM urban_duty_time WHERE person_id = %s ORDER BY started_at",
        [who(code).id],
    )
    return [(hour(start), hour(end), rule) for start, end, rule in rows]


def at_place(*hours: float, code: str = ONE, now: float = 99) -> tuple[int, dict[str, int]]:
    points = [public.Point(clock(one), 107.1485, 34.3605, 8.0) for one in hours]
    return public.keep_positions(by=who(code), points=points, now=clock(now))


def kept() -> list[tuple[float | None, float | None]]:
    """Of each position its time and the beginning of the duty that it belongs to."""
    rows = sql.tuples(
        "SELECT p.at, d.started_at FROM urban_position p JOIN urban_duty_time d ON d.id = p.duty_id ORDER BY p.at"
    )
    return [(hour(at), hour(start)) for at, start in rows]


def test_a_shift_told_at_its_end_counts_from_when_it_was_and_both_times_stand() -> None:
    begun = uuid4()
    first = tell("on", 8, 9.5, name=begun)
    assert (first.status, hour(first.answer["at"]), hour(first.answer["since"])) == (201, 8, 8)
    assert first.answer["why"] == "" and first.answer["receipt"]["body"]["report"] == str(begun)
    last = tell("off", 17, 18, after=begun)
    assert (hour(last.answer["at"]), last.answer["since"], hour(last.answer["until"])) == (17, None, 17)
    assert duties() == [(8, 17, False)]
    rows = sql.tuples("SELECT begins, said_at, at, received_at FROM urban_duty_press ORDER BY at")
    assert [(begins, hour(a), hour(b), hour(c)) for begins, a, b, c in rows] == [
        (True, 8, 8, 9.5),
        (False, 17, 17, 18),
    ]
    journal = sql.value("SELECT count(*) FROM audit_entry WHERE subject = 'urban.duty'")
    assert journal == 2


def test_the_phone_and_the_desk_read_both_times() -> None:
    tell("on", 8, 9.5)
    told = public.duty(who(ONE), clock(10))
    assert (hour(told["since"]), hour(told["since_received"]), told["ended_by_rule"]) == (8, 9.5, None)
    (row,) = [one for one in public.on_duty() if one["code"] == ONE]
    assert (hour(row["started_at"]), hour(row["started_received"])) == (8, 9.5)


def test_the_desk_says_when_it_heard_of_a_beginning_that_was_told_late() -> None:
    now = timezone.now()
    for code, late in ((ONE, HOUR), (TWO, MINUTE)):
        parcel = public.Parcel(uuid4(), code, [], None, now - late)
        public.deliver_duty(by=who(code), parcel=parcel, turn=public.DutyTurn(True), now=now)
    seen = desk("chief.1").get("/street/").content.decode()
    assert seen.count("收到）") == 1
    assert "收到）" in seen.split(who(ONE).name)[1][:400]


def test_an_end_that_arrives_before_its_beginning_is_joined_to_it() -> None:
    begun, ended = uuid4(), uuid4()
    first = tell("off", 17, 17.1, name=ended, after=begun)
    assert first.status == 201 and "还没有收到这一班的上班" in first.answer["why"]
    assert duties() == []
    late = tell("on", 8, 18, name=begun)
    assert (late.answer["since"], hour(late.answer["until"])) == (None, 17)
    assert duties() == [(8, 17, False)]
    again = tell("off", 17, 19, name=ended, after=begun).answer
    assert (again["why"], again["receipt"]) == (first.answer["why"], first.answer["receipt"])


def test_the_same_again_is_the_same_and_another_content_is_not() -> None:
    name = uuid4()
    first = tell("on", 8, 9, name=name)
    again = tell("on", 8, 20, name=name)
    assert (first.status, again.status) == (201, 200)
    assert again.answer["receipt"] == first.answer["receipt"]
    with pytest.raises(Refused) as caught:
        tell("off", 8, 20, name=name)
    assert caught.value.code == "idempotency-conflict"
    assert duties() == [(8, None, False)]


# A wrong clock


@pytest.mark.parametrize("wild", [-3 * 365 * 24, 5 * 24, 3 * 365 * 24, 14, -31 * 24])
def test_a_clock_that_is_off_makes_no_impossible_shift(wild: float) -> None:
    begun = uuid4()
    first = tell("on", 8 + wild, 9, name=begun)
    assert hour(first.answer["at"]) == 9 and "按 03-17 09:00 算" in first.answer["why"]
    tell("off", 17 + wild, 18, after=begun)
    assert duties() == [(9, 18, False)]


def test_an_instant_of_no_calendar_is_kept_as_the_arrival() -> None:
    answer = tell("on", datetime(1601, 1, 1, tzinfo=NOW.tzinfo), 9).answer
    assert hour(answer["at"]) == 9 and "手机时钟不可信" in answer["why"]


def test_nobody_pressed_before_the_ticket_that_the_phone_held() -> None:
    """A clock set back by a day within what is believed: the signed ticket of half past eight says better."""
    phone = Phone(who(ONE)).enrol(clock(7), by=who("chief.1"))
    phone.contact(clock(8.5))
    signed = phone.seal(phone.says(clock(-15), kind="report", sha256=None, size=None, mime=None, role=None))
    answer = tell("on", -15, 10, words=public.Signed(*signed)).answer
    assert hour(answer["at"]) == 8.5
    assert "手机记的时间是 03-16 09:00，按 03-17 08:30 算" in answer["why"]
    assert duties() == [(8.5, None, False)]


def test_a_forged_ticket_moves_nothing() -> None:
    phone = Phone(who(ONE)).enrol(clock(7), by=who("chief.1"))
    phone.contact(clock(7))
    assert phone.ticket is not None
    phone.ticket = {**phone.ticket, "body": {**phone.ticket["body"], "issued": 1}}
    stranger = Phone(who(TWO)).enrol(clock(7), by=who("chief.1"))
    stranger.contact(clock(9))
    for held in (phone, stranger):
        said = held.says(clock(8), kind="report", sha256=None, size=None, mime=None, role=None)
        tell("on", 8, 10, words=public.Signed(*held.seal(said)))
    assert duties() == [(8, None, False)]


def test_presses_of_one_phone_keep_their_order_also_where_its_clock_jumped_back() -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    tell("on", 8, 8, name=first)
    tell("off", 7, 12, name=second, after=first)  # the clock was set back by hours in between
    tell("on", 7.5, 12.5, name=third, after=second)
    (shift, now) = duties()
    assert shift == (8, 8, False) and now[:2] == (8, None)
    assert public.on_duty_since(who(ONE)) is not None


# The rule


def test_who_forgets_to_end_is_off_duty_by_the_rule_and_is_told() -> None:
    number = new("check/checking")
    holder = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    tell("on", 8, 8, code=holder)
    assert end_forgotten(clock(23.9)) == 0 and duties(holder) == [(8, None, False)]
    with patch("baoji.systems.urban.actions.field_shift.pass_tasks_on") as passed:
        assert end_forgotten(clock(24.2)) == 1
        assert end_forgotten(clock(24.3)) == 0
    assert passed.call_count == 1
    assert duties(holder) == [(8, 24, True)]
    told = public.duty(who(holder), clock(33))
    assert told["since"] is None
    assert (hour(told["ended_by_rule"]["until"]), told["ended_by_rule"]["hours"]) == (24, 16)
    assert public.duty(who(holder), clock(33 + 8 * 24))["ended_by_rule"] is None
    title = sql.value(
        "SELECT title FROM notices_notice WHERE kind = 'duty' AND person_id = %s", [who(holder).id]
    )
    assert title == "03-17 08:00 上班后满 16 小时没有下班，03-18 00:00 自动下班"


def test_an_end_pressed_before_the_rule_counts_when_it_arrives_after() -> None:
    begun = uuid4()
    tell("on", 8, 8, name=begun)
    end_forgotten(clock(24.2))
    late = tell("off", 17, 33, after=begun)
    assert (late.status, late.answer["why"], hour(late.answer["until"])) == (201, "", 17)
    assert duties() == [(8, 17, False)]


def test_an_end_pressed_after_the_rule_is_explained_and_kept() -> None:
    begun = uuid4()
    tell("on", 8, 8, name=begun)
    end_forgotten(clock(24.2))
    late = tell("off", 25, 33, after=begun)
    assert late.answer["why"] == "这一班满 16 小时没有下班，03-18 00:00 已自动下班"
    assert duties() == [(8, 24, True)]
    assert sql.value("SELECT count(*) FROM urban_duty_press WHERE NOT begins") == 1


def test_the_rule_holds_without_the_worker() -> None:
    begun = uuid4()
    answer = tell("on", 8, 40, name=begun).answer
    assert answer["since"] is None and hour(answer["until"]) == 24
    assert "已自动下班" in answer["why"]


# Two phones of one person


def test_two_phones_make_one_shift() -> None:
    assert tell("on", 8, 8).answer["why"] == ""
    again = tell("on", 8.5, 10).answer
    assert hour(again["since"]) == 8 and again["why"] == "03-17 08:00 起已经在上班"
    assert tell("on", 7.5, 11).answer["why"] == ""
    assert duties() == [(7.5, None, False)]
    tell("off", 12, 12)
    late = tell("off", 13, 14).answer
    assert late["why"] == "这一班 03-17 12:00 已经下班"
    assert duties() == [(7.5, 12, False)]


def test_a_late_end_of_one_phone_does_not_end_what_the_other_began_after_it() -> None:
    begun = uuid4()
    tell("on", 8, 8, name=begun)
    at_place(9, 11, 12.5, 14)
    tell("on", 13, 13)  # the other phone; the server does not know yet that the first has ended
    late = tell("off", 12, 15, after=begun).answer
    assert late["why"] == "03-17 13:00 又上班了" and hour(late["since"]) == 13
    assert duties() == [(8, 12, False), (13, None, False)]
    assert kept() == [(9, 8), (11, 8), (14, 13)]  # of the break nothing is kept


def test_two_shifts_become_one_where_a_press_between_them_arrives_late() -> None:
    tell("on", 8, 8)
    end_forgotten(clock(24.2))
    tell("on", 25, 25)
    at_place(10, 26)
    assert duties() == [(8, 24, True), (25, None, False)]
    tell("on", 20, 27)  # the second phone said at eight in the evening that work goes on
    assert duties() == [(8, None, False)]
    assert kept() == [(10, 8), (26, 8)]


def test_the_ends_of_others_end_nothing() -> None:
    tell("on", 8, 8)
    tell("off", 9, 9, code=TWO)
    assert duties() == [(8, None, False)] and duties(TWO) == []


def test_somebody_at_a_desk_has_no_duty() -> None:
    for act in ("on", "off"):
        with pytest.raises(Refused) as caught:
            tell(act, 8, 9, code="handler.D01")
        assert caught.value.code == "not-allowed"
    assert sql.value("SELECT count(*) FROM urban_delivery WHERE kind = 'duty'") == 0


def test_the_track_of_a_shift_that_was_begun_without_a_line_is_kept() -> None:
    assert at_place(8.5, 9) == (0, {"off_duty": 2})
    begun = uuid4()
    tell("on", 8, 10, name=begun)
    tell("off", 9.5, 10, after=begun)
    assert at_place(8.5, 9, 9.6) == (2, {"off_duty": 1})


def test_tasks_are_passed_on_with_the_end_and_named_again_when_it_is_sent_again() -> None:
    number = new("check/checking")
    code = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    name = uuid4()
    tell("on", 9, 9, code=code)
    first = tell("off", 9.9, 10, code=code, name=name)
    assert first.answer["passed"] == [number]
    assert case(number).holder_person_id != who(code).id
    assert tell("off", 9.9, 10.5, code=code, name=name).answer["passed"] == [number]


def test_through_the_door() -> None:
    phone = Phone(who(ONE)).enrol(NOW, by=who("chief.1"))
    sender = program(ONE)
    now, name = timezone.now(), uuid4()
    phone.contact(now - HOUR)
    said = phone.says(now - 30 * MINUTE, kind="report", sha256=None, size=None, mime=None, role=None)
    envelope, sig = phone.seal(said | {"report": str(name), "ext": {"turn": "on"}})
    body: dict[str, Any] = {
        "act": "start",
        "captured_at": (now - 30 * MINUTE).isoformat(),
        "envelope": b64encode(envelope).decode(),
        "sig": b64encode(sig).decode(),
    }
    first = sender.put(f"/api/v1/field/duty/{name}", body, content_type="application/json")
    assert first.status_code == 201 and first.json()["receipt"]["body"]["envelopes"], first.content
    again = sender.put(f"/api/v1/field/duty/{name}", body, content_type="application/json")
    assert (again.status_code, again.json()) == (200, first.json())
    told = sender.get("/api/v1/field/me").json()
    assert datetime.fromisoformat(told["since"]) == datetime.fromisoformat(first.json()["at"])
    assert told["since"] < told["since_received"]
    assert sender.get("/api/v1/field/duty").json()["since"] == told["since"]
    ended = sender.put(
        f"/api/v1/field/duty/{uuid4()}", {"act": "end", "after": str(name)}, content_type="application/json"
    ).json()
    assert ended["since"] is None and ended["why"] == ""
    wrong = sender.put(f"/api/v1/field/duty/{uuid4()}", {"act": "pause"}, content_type="application/json")
    assert wrong.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_both_phones_at_the_same_moment_make_one_shift() -> None:
    names = [uuid4() for _n in range(3)]
    start = Barrier(2 * len(names))

    def press(name: UUID) -> int:
        try:
            start.wait(10)
            return tell("on", 8, 9, name=name).status
        finally:
            connection.close()

    with ThreadPoolExecutor(2 * len(names)) as pool:  # each is sent twice at once
        told = list(pool.map(press, [*names, *names]))
    assert sorted(told) == [200] * len(names) + [201] * len(names)
    assert duties() == [(8, None, False)]
    assert sql.value("SELECT count(*) FROM urban_duty_press") == len(names)


# Any order


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),  # which phone
        st.sampled_from(["on", "off"]),
        st.integers(1, 600),  # minutes after the press before it
        st.integers(0, 900),  # minutes until it arrives
        st.lists(st.sampled_from([death for death in DEATHS if death]), max_size=2),
        st.integers(1, 3),  # how often it is sent
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.thorough
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_presses_of_two_phones_in_any_order_make_the_shifts_that_were_pressed(
    steps: list[tuple[int, str, int, int, list[str], int]],
) -> None:
    sql.execute("DELETE FROM urban_position")
    for table in ("urban_duty_time", "urban_duty_press"):
        sql.execute(f"DELETE FROM {table}")
    pressed, last, queue = 0, {0: None, 1: None}, []
    for phone, act, later, waits, deaths, times in steps:
        pressed += later
        name = uuid4()
        queue.append((pressed + waits, pressed, act, name, last[phone], deaths, times))
        last[phone] = name
    end = max(row[0] for row in queue)
    for arrives, at, act, name, after, deaths, times in sorted(queue, key=lambda row: row[0]):
        for death in deaths:
            with patch(death, side_effect=Died), pytest.raises(Died):
                tell(act, 10 + at / 60, 10 + arrives / 60, name=name, after=after)
        answers = [
            tell(act, 10 + at / 60, 10 + (arrives + n) / 60, name=name, after=after) for n in range(times)
        ]
        assert [one.status for one in answers] == [201, *[200] * (times - 1)]
        assert len({one.answer["receipt"]["sig"] for one in answers}) == 1
        at_place(10 + at / 60 + 0.001, now=10 + arrives / 60)
    end_forgotten(clock(10 + end / 60))
    assert duties() == _as_pressed([(row[1], row[2]) for row in queue], end)
    assert sql.value("SELECT count(*) FROM urban_duty_press") == len(queue)
    assert _stray_positions() == 0


def _as_pressed(presses: list[tuple[int, str]], now: int) -> list[tuple[float, float | None, bool]]:
    """A second, slower telling of the rule: minute by minute."""
    found: list[list[Any]] = []
    on, last = False, 0
    acts = dict(presses)
    for minute in range(now + 1):
        if on and minute > last + 960:
            found[-1][1:] = [last + 960, True]
            on = False
        if acts.get(minute) == "on":
            last = minute
            if not on:
                found.append([minute, None, False])
            on = True
        elif acts.get(minute) == "off" and on:
            found[-1][1] = minute
            on = False
    return [
        (round(10 + a / 60, 3), None if b is None else round(10 + b / 60, 3), rule) for a, b, rule in found
    ]


def _stray_positions() -> int:
    return int(
        sql.value(
            "SELECT count(*) FROM urban_position p JOIN urban_duty_time d ON d.id = p.duty_id"
            " WHERE p.at > d.ended_at OR p.at < d.started_at - interval '10 minutes'"
        )
    )
