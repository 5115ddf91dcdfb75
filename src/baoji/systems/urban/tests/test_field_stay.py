"""守候 told late: the phone's time as claimed, the arrival as received, each turn once, and nothing that somebody did lost."""

import zipfile
from contextlib import nullcontext
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import NOW, do, photo, program, report, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.evidence.keys import signing_key
from baoji.kernel.evidence.verification.verify import verify
from baoji.systems.urban import public
from baoji.systems.urban.actions.field_watch import SEES
from baoji.systems.urban.tests.evidence_case import exported, phone_of, picture, report_with
from baoji.systems.urban.tests.test_field_deliveries import Collector
from baoji.systems.urban.tests.test_field_protocol import DEATHS, Died

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ONE, TWO = "collector.01", "collector.02"


def critical() -> str:
    number = report(condition=1)
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [number])
    sql.execute(SEES, [who(TWO).id, number])  # asked to look at it once
    for code in (ONE, TWO):
        public.start_duty(by=who(code), now=NOW)
    return number


def tell(
    number: str, code: str, act: str, at: int | None, arrives: int, name: UUID | None = None, **more: Any
) -> public.Delivered:
    """A turn pressed `at` minutes after NOW, arriving `arrives` minutes after it."""
    claimed = None if at is None else NOW + at * MINUTE
    name = name or uuid4()
    parcel = public.Parcel(name, f"{act} {at} {more}", [], None, claimed)
    turn = public.Turn(number, act, more.get("to", ""), more.get("fenced", False))
    return public.deliver_turn(by=who(code), parcel=parcel, turn=turn, now=NOW + arrives * MINUTE)


def minutes(at: datetime | None) -> float | None:
    return None if at is None else (at - NOW) / MINUTE


def stays(number: str) -> list[tuple[str, float | None, float | None, str | None]]:
    rows = sql.tuples(
        "SELECT p.code, s.since, s.until, h.code FROM urban_stay s JOIN identity_person p ON p.id = s.person_id"
        " LEFT JOIN identity_person h ON h.id = s.handed_to_id WHERE s.number = %s ORDER BY s.since, s.until NULLS LAST, s.id",
        [number],
    )
    return [(code, minutes(since), minutes(until), to) for code, since, until, to in rows]


def opinions(number: str) -> list[str]:
    rows = sql.tuples(
        "SELECT r.opinion FROM flow_record r JOIN flow_case c ON c.id = r.case_id"
        " WHERE c.number = %s AND r.act = 'opinion' ORDER BY r.n",
        [number],
    )
    return [row[0] for row in rows]


def test_a_watch_told_later_counts_from_when_it_was_and_says_when_that_was_heard() -> None:
    number = critical()
    assert tell(number, ONE, "start", 5, 40).answer["at"] == NOW + 5 * MINUTE
    tell(number, ONE, "hand_over", 25, 41, to=TWO)
    tell(number, TWO, "end", 45, 46)
    assert stays(number) == [(ONE, 5, 25, TWO), (TWO, 25, 45, None)]
    (first, second) = public.own_stays(who(TWO)) or [None, None]  # nobody stays any more
    assert first is None and second is None
    (late, passed, soon) = opinions(number)
    assert late.startswith("到场守候（手机记的时间 ") and passed.startswith("守候交给")
    assert soon == "未围挡，结束守候（没有确认到场）"
    kept = sql.tuples("SELECT captured_at, delivered_at FROM urban_delivery WHERE kind = 'stay' ORDER BY 2")
    assert [(minutes(a), minutes(b)) for a, b in kept] == [(5, 40), (25, 41), (45, 46)]


def test_the_phone_reads_both_times() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 40)
    (mine,) = public.own_stays(who(ONE))
    (watch,) = mine["history"]
    assert (minutes(watch["since"]), minutes(watch["since_received"])) == (5, 40)
    assert (watch["until"], watch["until_received"], mine["status"]) == (None, None, "open")


@pytest.mark.parametrize(("claimed", "counts"), [(None, 40), (-60, 0), (900, 40), (-2_000_000, 40)])
def test_a_wrong_clock_moves_no_watch_out_of_what_is_known(claimed: int | None, counts: int) -> None:
    number = critical()
    created = minutes(sql.value("SELECT created_at FROM flow_case WHERE number = %s", [number])) or 0
    tell(number, ONE, "start", claimed, 40)
    assert stays(number)[0][:2] == (ONE, max(counts, created) if counts == 0 else counts)


def test_the_same_again_is_the_same_and_another_content_is_not() -> None:
    number, name = critical(), uuid4()
    first = tell(number, ONE, "start", 5, 40, name)
    again = tell(number, ONE, "start", 5, 55, name)
    assert (first.status, again.status) == (201, 200)
    assert (
        again.answer["number"] == first.answer["number"]
        and again.answer["receipt"] == first.answer["receipt"]
    )
    with pytest.raises(Refused) as caught:
        tell(number, ONE, "end", 6, 56, name)
    assert caught.value.code == "idempotency-conflict"
    assert len(opinions(number)) == 1


def test_somebody_else_began_meanwhile_and_both_are_in_the_record() -> None:
    """One was there at 5 without a line, Two came at 30 with one: each has the time they stood there."""
    number = critical()
    tell(number, TWO, "start", 30, 30)
    late = tell(number, ONE, "start", 5, 40)
    assert late.status == 409 and who(TWO).name in late.answer["reason"]
    assert stays(number) == [(ONE, 5, 30, TWO), (TWO, 30, None, None)]
    assert "没有接上" in opinions(number)[-1]
    assert tell(number, ONE, "hand_over", 30, 41, to=TWO).status == 201  # they meant the same
    assert tell(number, ONE, "end", 42, 42).status == 409


def test_somebody_took_over_meanwhile() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    assert tell(number, TWO, "take", 20, 20).status == 201
    assert sql.value("SELECT count(*) FROM notices_notice WHERE title LIKE '%%接替了您的守候%%'") == 1
    late = tell(number, ONE, "end", 25, 60)
    assert late.status == 409 and late.answer["reason"].endswith(f"起{who(TWO).name}在守候")
    assert stays(number) == [(ONE, 5, 20, TWO), (TWO, 20, None, None)]


def test_the_photo_of_a_fence_that_came_too_late_hangs_on_the_case(collector_two: Collector) -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    tell(number, TWO, "take", 20, 20)
    first = Collector(ONE)
    body = {"number": number, "act": "end", "fenced": True, "media": [first.shoot(7)]}
    body["captured_at"] = (timezone.now() - 5 * MINUTE).isoformat()
    name = uuid4()
    answer = first.put("stays", name, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "task-gone")
    assert answer.json()["receipt"]["body"]["envelopes"]
    assert first.put("stays", name, body).json() == answer.json()
    photos = sql.value(
        "SELECT count(*) FROM flow_attachment a JOIN flow_record r ON r.id = a.record_id JOIN flow_case c ON c.id = a.case_id"
        " WHERE c.number = %s AND r.act = 'opinion' AND a.envelope_id IS NOT NULL",
        [number],
    )
    assert photos == 1
    ended = collector_two.put(
        "stays", uuid4(), {"number": number, "act": "end", "fenced": True, "media": [collector_two.shoot(8)]}
    )
    assert ended.status_code == 201 and ended.json()["at"]


@pytest.fixture
def collector_two() -> Collector:
    return Collector(TWO)


def test_the_case_was_closed_meanwhile() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    do(number, "acceptor.1", "reject")
    (mine,) = public.own_stays(who(ONE))
    assert mine["status"] == "rejected"
    passed = tell(number, ONE, "hand_over", 30, 50, to=TWO)
    assert passed.status == 409 and "不用守候了" in passed.answer["reason"]
    assert stays(number) == [(ONE, 5, 30, None)]  # nobody has to stay, so the watch has ended
    assert tell(number, TWO, "start", 31, 51).status == 409
    assert [words.split("，")[1][:4] for words in opinions(number)[1:]] == ["没有接上", "没有接上"]


def test_who_stays_at_a_closed_case_leaves_it() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    do(number, "acceptor.1", "reject")
    assert tell(number, ONE, "end", 30, 30).status == 201
    assert opinions(number)[-1] == "案卷已办结，离开现场"
    assert public.own_stays(who(ONE)) == []


def test_what_cannot_be_done_at_all_is_refused_and_can_be_mended() -> None:
    number = critical()
    tell(number, ONE, "start", 5, 5)
    for act, more, code in (
        ("hand_over", {"to": "nobody"}, "validation"),
        ("end", {"fenced": True}, "photo-required"),
    ):
        with pytest.raises(Refused) as caught:
            tell(number, ONE, act, 6, 6, **more)
        assert caught.value.code == code
    assert stays(number) == [(ONE, 5, None, None)]


def test_a_desk_has_no_watches() -> None:
    number = critical()
    client = program("handler.D01")
    body = {"number": number, "act": "start"}
    answer = client.put(f"/api/v1/field/stays/{uuid4()}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "task-gone")
    assert stays(number) == []


def test_a_signed_turn_is_in_the_export_of_its_case(tmp_path: Path, settings: Any) -> None:
    """What the phone signed about a watch goes out with the case, and holds."""
    settings.DATA = tmp_path
    phone = phone_of(ONE)
    number, name = report_with(phone, picture(10)), uuid4()
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [number])
    said = phone.says(NOW + 6 * MINUTE, kind="report", sha256=None, size=None, mime=None, role=None)
    sealed = phone.seal(said | {"report": str(name), "task": number, "ext": {"turn": "start"}})
    parcel = public.Parcel(name, "start", [], public.Signed(*sealed), NOW + 6 * MINUTE)
    turn = public.Turn(number, "start")
    answer = public.deliver_turn(by=who(ONE), parcel=parcel, turn=turn, now=NOW + 9 * MINUTE).answer
    assert answer["receipt"]["body"]["envelopes"] == [sha256(sealed[0]).hexdigest()]
    link_all(NOW + 11 * MINUTE)
    made = exported(number, tmp_path)
    found = verify(made.path, [signing_key("server").kid])
    assert found.holds, found.failures
    with zipfile.ZipFile(made.path) as kept:
        assert kept.read(f"envelopes/{sha256(sealed[0]).hexdigest()}.json") == sealed[0]


TURNS = st.lists(
    st.tuples(
        st.sampled_from([ONE, TWO]),
        st.sampled_from(["start", "start", "take", "hand_over", "end", "fence"]),
        st.integers(0, 30),  # how long after the one before it was pressed
        st.integers(0, 40),  # how long it waited for a line
        st.lists(st.sampled_from(DEATHS), max_size=2),  # what went wrong before it was heard
        st.integers(1, 3),  # how often it is sent in the end
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.thorough
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS)
def test_any_turns_of_two_people_in_any_order_leave_one_true_story(
    turns: list[tuple[str, str, int, int, list[str], int]],
) -> None:
    number, pressed = critical(), 0
    queued = []
    for code, act, after, waits, deaths, times in turns:
        pressed += after
        queued.append((pressed + waits, len(queued), code, act, pressed, deaths, times))
    arrivals = _in_order_of_each(queued)
    heard: dict[UUID, list[public.Delivered]] = {}
    for arrives, _n, code, act, at, deaths, times in arrivals:
        name = uuid4()
        for death in deaths:
            _dying(number, code, act, at, arrives, name, death)
        heard[name] = [_told(number, code, act, at, arrives + n, name) for n in range(times)]
        _one_story(number, arrives)
    for answers in heard.values():
        assert {one.answer["receipt"]["sig"] for one in answers} == {answers[0].answer["receipt"]["sig"]}
        assert {one.status for one in answers} <= ({201, 200} if answers[0].status == 201 else {409})
    rows = sql.tuples("SELECT name, status FROM urban_delivery WHERE name = ANY(%s)", [list(heard)])
    assert {row[0]: row[1] for row in rows} == {name: answers[0].status for name, answers in heard.items()}
    lost = sum(answers[0].status == 409 for answers in heard.values())
    assert sum("没有接上" in words for words in opinions(number)) == lost
    assert len(opinions(number)) <= len(heard)


def _in_order_of_each(queued: list[Any]) -> list[Any]:
    """By arrival, but what one phone kept goes out in the order in which it was pressed."""
    found, last = [], {}
    for arrives, n, code, *rest in queued:
        last[code] = max(arrives, last.get(code, 0))
        found.append((last[code], n, code, *rest))
    return sorted(found, key=lambda one: one[:2])


def _told(number: str, code: str, act: str, at: int, arrives: int, name: UUID) -> public.Delivered:
    more = {"to": TWO if code == ONE else ONE} if act == "hand_over" else {"fenced": act == "fence"}
    files = [(photo(), "photo")] if act == "fence" else []
    kept = (
        nullcontext()
        if not files
        else patch("baoji.systems.urban.actions.field_deliver._evidence", return_value=(files, []))
    )
    with kept:
        return tell(number, code, "end" if act == "fence" else act, at, arrives, name, **more)


def _dying(number: str, code: str, act: str, at: int, arrives: int, name: UUID, death: str) -> None:
    if not death or act == "fence":
        return
    with patch(death, side_effect=Died), pytest.raises(Died):
        _told(number, code, act, at, arrives, name)


def _one_story(number: str, arrived: int) -> None:
    """One watch after the other, nobody twice at once, no time after its delivery, and nobody there outside their watch."""
    rows = stays(number)
    there = sql.tuples("SELECT since, arrived_at, until FROM urban_stay WHERE number = %s", [number])
    for since, came, until in there:
        assert came is None or since <= came <= (until or NOW + arrived * MINUTE)
    for (_who, since, until, _to), (_other, following, _end, _next) in zip(rows, rows[1:], strict=False):
        assert since is not None and until is not None and following is not None
        assert since <= until <= following <= arrived
    assert sum(until is None for _code, _since, until, _to in rows) <= 1
