"""Call systems and other hotlines: signed calls, none twice; screen pop, recordings, orders in both directions."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from tests.town import NOW, do, loaded, report, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow import pulse
from baoji.kernel.flow.models import Record
from baoji.kernel.identity.models import Person
from baoji.kernel.notices.models import Notice
from baoji.kernel.wire.signed import signature
from baoji.systems.urban import public
from baoji.systems.urban.actions import handover_posting
from baoji.systems.urban.api.hotline_schemas import json_schema
from baoji.systems.urban.models import Call, Handover, HandoverIn, HandoverOut, Policy
from baoji.systems.urban.queries.handovers import messages_for

pytestmark = pytest.mark.django_db
CALLS, ORDERS = "/api/v1/hotline/calls", "/api/v1/hotline/handovers"
INSIDE = {"type": "Point", "coordinates": [107.1485, 34.3605]}


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.HOTLINE_SECRET = "call secret"
    settings.HANDOVER = {
        "12345": {"secret": "other secret", "url": ""},
        "110": {"secret": "third", "url": ""},
    }


def send(
    client: Client,
    path: str,
    body: Any,
    *,
    key: str = "hotline",
    secret: str = "call secret",
    at: int = 0,
    method: str = "POST",
    **headers: str,
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    at = at or int(time.time())
    sent = {
        "Baoji-Key": key,
        "Baoji-Timestamp": str(at),
        "Baoji-Signature": signature(secret, at, method, path, raw),
    } | headers
    if method == "GET":
        return client.get(path, headers=sent)
    return client.post(path, raw, content_type="application/json", headers=sent)


def ring(**more: Any) -> dict[str, Any]:
    return {"call": "c-1", "event": "ringing", "phone": "13991700123", "seat": "hotline.1"} | more


# Signatures ----------------------------------------------------------------------


def test_the_signature_is_what_the_docs_say() -> None:
    """What `openssl dgst -sha256 -hmac s3cret` makes of the example in docs/hotline.md."""
    mark = signature("s3cret", 1_790_000_000, "POST", CALLS, b'{"call":"8001-1"}')
    assert mark == "v1=2129c61fb7b50b7c0fc15813444d8a480ae7e06155c2993217dfd8531179644d"


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(minutes=9), timedelta(days=27_000)])
def test_a_call_that_has_yet_to_ring_rings_now(client: Client, ahead: timedelta) -> None:
    """By that time the number is erased."""
    now = timezone.now()
    assert send(client, CALLS, ring(at=(now + ahead).isoformat())).status_code == 200
    assert abs(Call.objects.get().rang_at - now) < timedelta(minutes=1)


def test_the_call_systems_clock_may_be_off_by_as_much_as_a_signature_may(client: Client) -> None:
    at = timezone.now() + timedelta(minutes=4)
    assert send(client, CALLS, ring(at=at.isoformat())).status_code == 200
    assert Call.objects.get().rang_at == at


def test_a_call_rings_at_a_seat(client: Client) -> None:
    answer = send(client, CALLS, ring())
    assert answer.status_code == 200, answer.content
    row = Call.objects.get()
    assert answer.json() == {"call": "c-1", "id": row.pk}
    assert (row.number, row.phone, row.seat.code, row.answered_at) == (
        "c-1",
        "13991700123",
        "hotline.1",
        None,
    )


@pytest.mark.parametrize(
    ("more", "code", "status"),
    [
        ({"secret": "guessed"}, "bad-signature", 401),
        ({"key": "12345"}, "bad-signature", 401),
        ({"key": ""}, "bad-signature", 401),
        ({"Baoji-Signature": ""}, "bad-signature", 401),
        ({"Baoji-Signature": "v1=é"}, "bad-signature", 401),
        ({"Baoji-Timestamp": "soon"}, "bad-signature", 401),
        ({"at": int(time.time()) - 301}, "bad-timestamp", 401),
        ({"at": int(time.time()) + 100_000}, "bad-timestamp", 401),
    ],
)
def test_nobody_else_rings(client: Client, more: dict[str, Any], code: str, status: int) -> None:
    answer = send(client, CALLS, ring(), **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Call.objects.exists()


def test_a_signature_is_for_one_body_and_one_address(client: Client) -> None:
    at = int(time.time())
    for path, body in ((ORDERS, json.dumps(ring()).encode()), (CALLS, json.dumps(ring(call="c-2")).encode())):
        mark = signature("call secret", at, "POST", path, body)
        answer = send(client, CALLS, ring(), at=at, **{"Baoji-Signature": mark})
        assert answer.json()["code"] == "bad-signature"


def test_the_same_signed_call_again_is_refused(client: Client) -> None:
    at = int(time.time())
    assert send(client, CALLS, ring(), at=at).status_code == 200
    again = send(client, CALLS, ring(), at=at)
    assert (again.status_code, again.json()["code"]) == (409, "replayed")
    assert send(client, CALLS, ring(), at=at + 1).status_code == 200, (
        "signed anew it is the same event, and harmless"
    )
    assert Call.objects.count() == 1


def test_a_refused_call_may_be_sent_again_once_it_is_right(client: Client, settings: Any) -> None:
    at = int(time.time())
    assert send(client, CALLS, ring(seat="nobody.1"), at=at).status_code == 422
    assert send(client, CALLS, ring(seat="nobody.1"), at=at).status_code == 422, (
        "nothing was done, nothing is remembered"
    )


def test_without_a_secret_there_is_no_door(client: Client, settings: Any) -> None:
    settings.HOTLINE_SECRET = ""
    answer = send(client, CALLS, ring(), secret="")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-configured")


# Calls ---------------------------------------------------------------------------


def test_events_add_up_in_any_order(client: Client) -> None:
    early = (timezone.now() - timedelta(minutes=3)).isoformat()
    send(client, CALLS, ring(event="answered"))
    send(client, CALLS, {"call": "c-1", "event": "ended"})
    send(client, CALLS, ring(at=early))
    send(client, CALLS, {"call": "c-1", "event": "recording", "recording": "https://calls.example/1.mp3"})
    row = Call.objects.get()
    assert row.answered_at and row.ended_at and row.recording == "https://calls.example/1.mp3"
    assert row.rang_at < row.answered_at and row.phone == "13991700123"


def test_a_call_of_an_extension_is_the_seats(client: Client) -> None:
    Policy.objects.update_or_create(name="hotline", defaults={"value": {"seats": {"8002": "hotline.2"}}})
    bump("policies")
    assert send(client, CALLS, ring(seat="8002")).status_code == 200
    assert Call.objects.get().seat.code == "hotline.2"


@pytest.mark.parametrize(
    "body",
    [
        {"call": "c-1", "event": "ended"},
        ring(seat="dispatcher.1"),
        ring(seat=""),
        ring(event="danced"),
        ring(phone="1399170012x"),
        ring(event="recording"),
        ring(event="recording", recording="javascript:alert(1)"),
        ring(at="2026-03-17 10:00"),
        ring(call=""),
        [],
        b"{",
    ],
)
def test_what_is_wrong_is_said(client: Client, body: Any) -> None:
    answer = send(client, CALLS, body)
    assert answer.status_code in {404, 422}, answer.content
    assert answer.json()["detail"] and not Call.objects.exists()


def test_the_page_is_told_through_the_event_stream(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The topic is the seat's own, which its ticket lets it hear."""
    told: list[Any] = []
    monkeypatch.setattr(pulse, "call", told.append)
    send(client, CALLS, ring())
    assert told == [[f"person:{Person.objects.get(code='hotline.1').pk}"]]


# Orders in -----------------------------------------------------------------------


def order(**more: Any) -> dict[str, Any]:
    return {
        "type": "handover",
        "version": 1,
        "kind": "order",
        "sender_number": "SX2026-0001",
        "sent_at": "2026-03-17T10:00:00+08:00",
        "grade": "urgent",
        "reason": "属城市管理",
        "elements": {
            "time": "2026-03-17T09:30:00+08:00",
            "place": {"address": "经二路 9 号", "location": INSIDE},
            "people": {"caller": {"name": "刘女士", "phone": "13991700123"}, "involved": "烧烤店"},
            "event": "露天烧烤，油烟很大",
            "demand": "尽快取缔",
        },
    } | more


def hand_in(client: Client, message: Any, **more: Any) -> Any:
    return send(client, ORDERS, message, **({"key": "12345", "secret": "other secret"} | more))


def test_an_order_with_a_place_becomes_a_case_with_both_numbers(client: Client) -> None:
    answer = hand_in(client, order())
    assert answer.status_code == 201, answer.content
    number = answer.json()["receiver_number"]
    found = loaded(number)
    assert (found.case.source, found.case.stage) == ("hotline", "collect")
    assert found.extra["description"] == "露天烧烤，油烟很大\n诉求：尽快取缔\n涉及：烧烤店"
    assert (found.extra["caller_name"], found.extra["caller_phone"]) == ("刘女士", "13991700123")
    row = Handover.objects.get()
    assert (row.platform, row.their_number, row.state, row.case.number) == (
        "12345",
        "SX2026-0001",
        "accepted",
        number,
    )
    ack = HandoverOut.objects.get().body
    assert (ack["kind"], ack["sender_number"], ack["receiver_number"], ack["accepted"]) == (
        "acknowledgement",
        number,
        "SX2026-0001",
        True,
    )


def test_the_same_order_again_is_the_same_case(client: Client) -> None:
    first, second = hand_in(client, order()), hand_in(client, order(), at=int(time.time()) + 1)
    assert second.status_code == 200 and second.json() == first.json()
    assert (Handover.objects.count(), HandoverIn.objects.count()) == (1, 1)
    other = hand_in(client, order(reason="另一件"), at=int(time.time()) + 2)
    assert (other.status_code, other.json()["code"]) == (409, "number-conflict")
    police = send(client, ORDERS, order(), key="110", secret="third")
    assert police.status_code == 201, "a number is the platform's own"


def without_place(**more: Any) -> dict[str, Any]:
    message = order(**more)
    message["elements"]["place"] = {"address": "火车站附近"}
    return message


def test_an_order_without_a_place_waits_for_a_seat(client: Client) -> None:
    answer = hand_in(client, without_place())
    assert answer.status_code == 202 and answer.json() == {"receiver_number": None, "state": "waiting"}
    assert Notice.objects.get(kind="handover").post == "hotline"
    assert public.handovers_waiting() == 1


def test_a_place_outside_the_city_is_for_a_person_to_judge(client: Client) -> None:
    message = order()
    message["elements"]["place"]["location"] = {"type": "Point", "coordinates": [116.39, 39.91]}
    assert hand_in(client, message).status_code == 202


def test_a_seat_declines_with_a_reason(client: Client) -> None:
    hand_in(client, without_place())
    row = Handover.objects.get()
    with pytest.raises(Invalid):
        public.decline_handover(by=who("hotline.1"), handover=row.pk, reason="不", now=NOW)
    with pytest.raises(NotAllowed):
        public.decline_handover(by=who("dispatcher.1"), handover=row.pk, reason="不属于城市管理", now=NOW)
    public.decline_handover(by=who("hotline.1"), handover=row.pk, reason="不属于城市管理", now=NOW)
    told = HandoverOut.objects.get().body
    assert (told["accepted"], told["reason"], told["sender_number"]) == (False, "不属于城市管理", None)
    with pytest.raises(Refused):
        public.decline_handover(by=who("hotline.1"), handover=row.pk, reason="不属于城市管理", now=NOW)


@pytest.mark.parametrize(
    ("step", "ended"),
    [
        ("evaluate/closed", "closed"),
        ("evaluate/settled", "answered"),
        ("collect/rejected", "not_accepted"),
        ("file/declined", "not_filed"),
        ("dispatch/void", "void"),
    ],
)
def test_the_platform_is_told_what_it_came_to(client: Client, step: str, ended: str) -> None:
    number = hand_in(client, order()).json()["receiver_number"]
    sql.execute(
        "UPDATE urban_report SET kind = 'event', class_code = '0129' WHERE case_id = (SELECT id FROM flow_case WHERE number = %s)",
        [number],
    )
    walk(number, step, now=loaded(number).case.last_at)
    told = HandoverOut.objects.get(kind="result").body
    assert (told["sender_number"], told["receiver_number"], told["ended"]) == (number, "SX2026-0001", ended)
    assert told["text"] and told["sequence"] == 1
    assert Handover.objects.get().state == "done"


def test_a_case_opened_again_has_a_second_result(client: Client) -> None:
    number = hand_in(client, order()).json()["receiver_number"]
    now = loaded(number).case.last_at
    do(number, "acceptor.1", "reject", now=now)
    do(number, "chief.1", "reopen", now=now)
    do(number, "chief.1", "decline", now=now)
    assert [row.body["sequence"] for row in HandoverOut.objects.filter(kind="result").order_by("id")] == [
        1,
        2,
    ]


def test_an_order_that_was_merged_twice_has_the_result_of_the_whole(client: Client) -> None:
    number = hand_in(client, order()).json()["receiver_number"]
    now = loaded(number).case.last_at
    between, whole = report(now=now), report(now=now)
    do(number, "acceptor.1", "merge", into=between, now=now)
    do(between, "acceptor.1", "merge", into=whole, now=now)
    walk(whole, "evaluate/closed", now=now)
    told = HandoverOut.objects.get(kind="result").body
    assert (told["sender_number"], told["receiver_number"], told["ended"]) == (
        number,
        "SX2026-0001",
        "closed",
    )


def test_platforms_fetch_their_own_messages_in_order(client: Client) -> None:
    hand_in(client, order())
    hand_in(client, order(sender_number="SX2026-0002"), at=int(time.time()) + 1)
    send(client, ORDERS, order(), key="110", secret="third")
    path = f"{ORDERS}?limit=1"
    first = send(client, path, None, key="12345", secret="other secret", method="GET").json()
    assert [item["message"]["receiver_number"] for item in first["items"]] == ["SX2026-0001"]
    path = f"{ORDERS}?after={first['next']}"
    rest = send(client, path, None, key="12345", secret="other secret", method="GET").json()
    assert [item["message"]["receiver_number"] for item in rest["items"]] == ["SX2026-0002"]
    assert send(client, path, None, key="12345", secret="wrong", method="GET").status_code == 401


UNDER_WAY = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"


@pytest.mark.django_db(transaction=True)
def test_who_reads_on_misses_no_message_of_a_slower_transaction() -> None:
    """The first of two messages is still being written when the second one is there already."""
    orders = [Handover.objects.create(direction="out", platform="110", order={}, at=NOW) for _n in range(2)]

    def read() -> list[int]:
        try:
            return [item["message"]["n"] for item in messages_for("110", 0, 10)]
        finally:
            connection.close()

    def quicker() -> None:
        with transaction.atomic():
            handover_posting.queue(orders[1].pk, "110", {"kind": "order", "n": 2}, NOW)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            handover_posting.queue(orders[0].pk, "110", {"kind": "order", "n": 1}, NOW)
            pool.submit(quicker).result(30)
            reading, until = pool.submit(read), time.monotonic() + 30
            while not (reading.done() or sql.value(UNDER_WAY)) and time.monotonic() < until:
                continue
        assert reading.result(30) == [1, 2]


# Orders out ----------------------------------------------------------------------


@pytest.fixture
def ours() -> str:
    return report(
        "hotline.1", pictures=0, caller_name="王先生", caller_phone="13991700124", now=timezone.now()
    )


def out(number: str, by: str = "hotline.1", platform: str = "110", reason: str = "有人打架，属公安") -> int:
    return public.hand_over(by=who(by), number=number, platform=platform, reason=reason, now=timezone.now())


def answer_of(kind: str, number: str, **more: Any) -> dict[str, Any]:
    base = {
        "type": "handover",
        "version": 1,
        "kind": kind,
        "sent_at": "2026-03-17T10:00:00+08:00",
        "sender_number": "P-77",
        "receiver_number": number,
    }
    extra = {
        "acknowledgement": {"accepted": True},
        "result": {"ended": "closed", "text": "已处理", "ended_at": "2026-03-17T11:00:00+08:00"},
    }
    return base | extra[kind] | more


def police(client: Client, message: dict[str, Any], at: int = 0) -> Any:
    return send(client, ORDERS, message, key="110", secret="third", at=at)


def test_an_order_goes_out_with_all_five_elements(ours: str) -> None:
    out(ours)
    told = HandoverOut.objects.get().body
    assert (told["kind"], told["sender_number"], told["receiver_number"]) == ("order", ours, None)
    assert told["elements"]["people"]["caller"] == {"name": "王先生", "phone": "13991700124"}
    assert told["elements"]["event"] == "井盖松动异响" and told["elements"]["time"]
    assert told["elements"]["place"]["location"]["coordinates"][0] == pytest.approx(107.1485)
    assert where(ours) == "collect/reported", "it stays ours until it is settled"


def test_acknowledgement_and_result_come_back(client: Client, ours: str) -> None:
    out(ours)
    assert police(client, answer_of("acknowledgement", ours)).status_code == 200
    row = Handover.objects.get()
    assert (row.state, row.their_number) == ("accepted", "P-77")
    assert police(client, answer_of("result", ours), at=int(time.time()) + 1).json()["state"] == "done"
    row.refresh_from_db()
    assert row.result["text"] == "已处理"
    person = Person.objects.get(code="hotline.1").pk
    told = [
        (notice.person_id, notice.post) for notice in Notice.objects.filter(kind="handover").order_by("id")
    ]
    assert told == [(person, ""), (None, "acceptor")] * 2, "who ends it here hears of it too"
    words = list(
        Record.objects.filter(case__number=ours, act="opinion")
        .order_by("n")
        .values_list("opinion", flat=True)
    )
    assert words == [
        "转给 110 办理：有人打架，属公安",
        "110 已接收转办，对方编号 P-77",
        "110 已办结转办，对方编号 P-77：已处理",
    ]
    again = police(client, answer_of("acknowledgement", ours), at=int(time.time()) + 2)
    assert again.status_code == 200 and again.json()["state"] == "done"


def test_a_result_under_another_number_than_was_acknowledged_is_refused(client: Client, ours: str) -> None:
    out(ours)
    police(client, answer_of("acknowledgement", ours))
    refused = police(client, answer_of("result", ours, sender_number="P-78"), at=int(time.time()) + 1)
    assert refused.status_code == 404 and Handover.objects.get().state == "accepted"


def test_the_desk_that_handed_it_over_itself_is_told_once(client: Client, ours: str) -> None:
    out(ours, "acceptor.1")
    police(client, answer_of("acknowledgement", ours))
    assert Notice.objects.filter(kind="handover").count() == 1


def test_declined_it_stays_with_the_first_receiver(client: Client, ours: str) -> None:
    out(ours)
    message = answer_of("acknowledgement", ours, accepted=False, reason="不属公安")
    message.pop("sender_number")
    assert police(client, message).json()["state"] == "declined"
    out(ours, platform="12345")
    assert Handover.objects.filter(state="waiting").get().platform == "12345"


@pytest.mark.parametrize(
    "message",
    [
        lambda n: answer_of("acknowledgement", "T000000-1"),
        lambda n: answer_of("result", n),
        lambda n: answer_of("acknowledgement", n, sender_number=None),
        lambda n: answer_of("result", n, ended="somehow"),
        lambda n: {**answer_of("acknowledgement", n), "kind": "greeting"},
        lambda n: {**answer_of("acknowledgement", n), "version": 2},
    ],
)
def test_answers_to_nothing_or_in_other_words_are_refused(client: Client, ours: str, message: Any) -> None:
    out(ours)
    assert police(client, message(ours)).status_code in {404, 422}
    assert Handover.objects.get().state == "waiting"


def test_another_platform_answers_nothing_of_ours(client: Client, ours: str) -> None:
    out(ours)
    answer = send(client, ORDERS, answer_of("acknowledgement", ours), key="12345", secret="other secret")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("hotline.1", True),
        ("acceptor.1", True),
        ("chief.1", True),
        ("dispatcher.1", False),
        ("handler.D29", False),
        ("collector.01", False),
    ],
)
def test_who_hands_over(ours: str, person: str, may: bool) -> None:
    if may:
        assert out(ours, person)
    else:
        with pytest.raises(NotAllowed):
            out(ours, person)


def test_not_twice_not_without_a_reason_and_not_once_it_is_filed(ours: str) -> None:
    with pytest.raises(Invalid):
        out(ours, reason="转")
    with pytest.raises(Invalid):
        out(ours, platform="119")
    out(ours)
    with pytest.raises(Refused) as fault:
        out(ours, platform="12345")
    assert fault.value.code == "handed-over"
    other = walk(report("hotline.1", pictures=0), "dispatch/filed")
    with pytest.raises(Refused) as fault:
        out(other)
    assert fault.value.code == "wrong-stage"


def test_posting_is_signed_and_tried_again(ours: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HANDOVER = {"110": {"secret": "third", "url": "https://police.example/in?x=1"}}
    seen: list[tuple[str, bytes, dict[str, str]]] = []
    answers = [handover_posting.Answer(503, "busy"), handover_posting.Answer(200, "ok")]

    def post(url: str, body: bytes, headers: Any, timeout_s: float) -> Any:
        seen.append((url, body, dict(headers)))
        return answers.pop(0)

    monkeypatch.setattr(handover_posting, "post", post)
    out(ours)
    row = HandoverOut.objects.get()
    with pytest.raises(handover_posting.NotYet):
        handover_posting.attempt(row.pk, NOW)
    handover_posting.attempt(row.pk, NOW)
    handover_posting.attempt(row.pk, NOW)
    row.refresh_from_db()
    assert len(seen) == 2 and row.sent_at == NOW and row.attempts == 2
    url, body, headers = seen[0]
    assert headers["Baoji-Signature"] == signature(
        "third", int(headers["Baoji-Timestamp"]), "POST", "/in?x=1", body
    )
    assert json.loads(body)["sender_number"] == ours


def test_what_a_dead_worker_left_is_found(ours: str, settings: Any) -> None:
    settings.HANDOVER = {"110": {"secret": "third", "url": "https://police.example/in"}}
    out(ours)
    assert handover_posting.forgotten(timezone.now()) == []
    assert handover_posting.forgotten(timezone.now() + timedelta(minutes=11)) == [
        HandoverOut.objects.get().pk
    ]


def test_the_schema_in_the_docs_is_the_one_in_force() -> None:
    written = json.loads((Path(project.REPO) / "docs" / "handover.schema.json").read_text())
    assert written == json_schema()


def test_a_letter_that_cannot_be_kept_is_refused(client: Client) -> None:
    answer = send(client, CALLS, ring(call="5\u0000"))
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")
    assert "call" in answer.json()["errors"]


def test_who_does_the_work_does_not_learn_whom_to_call() -> None:
    said = "3号楼2单元门口井盖坏了，联系张三 13812345678"
    number = report("hotline.1", description=said, caller_name="张三", caller_phone="13812345678")
    walk(number, "handle/handling")
    for person, full in (
        ("acceptor.1", True),
        ("head.1", True),
        ("handler.D01", False),
        ("dispatcher.1", False),
    ):
        shown = json.dumps(public.view(who(person), loaded(number), NOW), default=str, ensure_ascii=False)
        assert ("13812345678" in shown, "3号楼2单元" in shown) == (full, True), person
