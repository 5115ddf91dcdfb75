"""Messages to people outside: what goes over the wire, what is tried again, what is never sent twice knowingly."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection, transaction

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.turns import turn
from baoji.kernel.notices import delivery
from baoji.kernel.notices.actions import can_send, send
from baoji.kernel.notices.delivery import MOST_ATTEMPTS, NotYet, attempt, clear_away, forgotten, masked
from baoji.kernel.notices.models import Outgoing
from baoji.kernel.notices.queries import outgoing
from baoji.kernel.notices.senders import Message, Outcome, files, gateway

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
PHONE = "13991700123"


class Gateway(ThreadingHTTPServer):
    """Answers what it is told to and remembers what it was sent; `stalls` never answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, str]] = []
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.elsewhere = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send"


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        status, words = self.server.answers.pop(0) if self.server.answers else (200, '{"code": 0}')
        self.send_response(status)
        if self.server.elsewhere:
            self.send_header("Location", self.server.elsewhere)
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, *words: Any) -> None:
        pass


@pytest.fixture
def door(settings: Any) -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    settings.SMS_URL = server.url
    yield server
    server.shutdown()
    server.server_close()


def queue(once: str = "a", **more: Any) -> int:
    given: dict[str, Any] = {
        "channel": "sms",
        "to": PHONE,
        "text": "井盖请处置：“急”\n第二行",
        "at": NOW,
    } | more
    send(once, **given)
    return Outgoing.objects.get(once=once).pk


def state(id_: int) -> tuple[str, int]:
    row = Outgoing.objects.get(pk=id_)
    return row.state, row.attempts


def test_the_body_is_json_with_every_sign_in_its_place(door: Gateway, settings: Any) -> None:
    settings.SMS_HEADER = "X-Key: s3cret"
    attempt(queue(), NOW)
    headers, body = door.seen[0]
    found = json.loads(body)
    ref = Outgoing.objects.get().ref
    assert found == {"to": PHONE, "text": "井盖请处置：“急”\n第二行", "id": ref}
    assert headers["X-Key"] == "s3cret" and headers["Idempotency-Key"] == ref
    assert headers["Content-Type"] == "application/json; charset=utf-8"


def test_the_body_is_a_form_where_the_template_is_one(door: Gateway, settings: Any) -> None:
    settings.SMS_BODY = "account=baoji&mobile={to}&content={text}&sendid={id}&at={at}"
    attempt(queue(text="a=b&c {to} 井盖"), NOW)
    headers, body = door.seen[0]
    assert {name: values[0] for name, values in parse_qs(body.decode()).items()} == {
        "account": "baoji",
        "mobile": PHONE,
        "content": "a=b&c {to} 井盖",
        "sendid": Outgoing.objects.get().ref,
        "at": "2026-03-17T02:00:00+00:00",
    }
    assert headers["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_what_was_accepted_is_not_sent_again_and_its_words_are_gone(door: Gateway) -> None:
    id_ = queue()
    attempt(id_, NOW)
    attempt(id_, NOW)
    row = Outgoing.objects.get(pk=id_)
    assert len(door.seen) == 1
    assert (row.state, row.attempts, row.body, row.recipient) == ("sent", 1, "", "139****0123")


def test_the_same_deed_queues_one_message(door: Gateway) -> None:
    assert queue("x") == queue("x") and Outgoing.objects.count() == 1
    jobs = sql.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.deliver'")
    assert jobs == 1


@pytest.mark.parametrize("answer", [(500, "oops"), (503, ""), (429, ""), (408, "")])
def test_a_busy_gateway_is_asked_again_with_the_same_id(door: Gateway, answer: tuple[int, str]) -> None:
    door.answers = [answer]
    id_ = queue()
    with pytest.raises(NotYet):
        attempt(id_, NOW)
    assert state(id_) == ("waiting", 1)
    attempt(id_, NOW)
    assert state(id_) == ("sent", 2)
    ids = [headers["Idempotency-Key"] for headers, _body in door.seen]
    assert len(ids) == 2 and len(set(ids)) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refusal_is_not_tried_again(door: Gateway, status: int) -> None:
    id_ = queue()
    to = Outgoing.objects.get(pk=id_).recipient
    door.answers = [(status, f"no such number {to}")]
    attempt(id_, NOW)
    assert state(id_) == ("refused", 1)
    assert Outgoing.objects.get(pk=id_).said.endswith(f"no such number {masked(to)}"), (
        "the number is forgotten"
    )


def test_a_gateway_that_says_200_to_everything_is_judged_by_its_words(door: Gateway, settings: Any) -> None:
    settings.SMS_OK = r'"code"\s*:\s*0\b'
    door.answers = [(200, '{"code": 1021, "msg": "余额不足"}'), (200, '{"code": 0}')]
    id_ = queue()
    with pytest.raises(NotYet, match="余额不足"):
        attempt(id_, NOW)
    attempt(id_, NOW)
    assert state(id_) == ("sent", 2)


def test_the_secret_follows_no_redirect(door: Gateway, settings: Any) -> None:
    settings.SMS_HEADER = "X-Key: s3cret"
    door.answers, door.elsewhere = [(302, "")], door.url
    id_ = queue()
    attempt(id_, NOW)
    assert len(door.seen) == 1 and state(id_) == ("refused", 1)


def test_nobody_listening_is_tried_again_and_in_the_end_given_up(settings: Any) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/"
    id_ = queue()
    for _n in range(MOST_ATTEMPTS - 1):
        with pytest.raises(NotYet):
            attempt(id_, NOW)
    attempt(id_, NOW)
    assert state(id_) == ("given_up", MOST_ATTEMPTS)
    attempt(id_, NOW)
    assert state(id_) == ("given_up", MOST_ATTEMPTS)


def test_a_gateway_that_never_answers_is_left_after_a_while(
    door: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(_Handler, "do_POST", lambda self: threading.Event().wait(1))
    id_ = queue()
    with pytest.raises(NotYet, match="timed out|TimeoutError"):
        attempt(id_, NOW)
    assert state(id_) == ("waiting", 1)


def test_what_nobody_waits_for_any_more_is_not_sent(door: Gateway) -> None:
    id_ = queue()
    attempt(id_, NOW + timedelta(hours=25))
    assert state(id_)[0] == "refused" and door.seen == []


def test_what_a_dead_worker_left_is_found_and_old_rows_go(door: Gateway) -> None:
    left, sent = queue("left"), queue("sent")
    attempt(sent, NOW)
    assert forgotten(NOW + timedelta(minutes=5)) == []
    assert forgotten(NOW + timedelta(minutes=11)) == [left]
    assert clear_away(NOW + timedelta(days=179)) == 0
    assert clear_away(NOW + timedelta(days=181)) == 1
    assert not Outgoing.objects.filter(pk=sent).exists()


@contextmanager
def twin(holding: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Another worker, by a connection of its own, that holds something as long as this goes on."""
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        with holding():
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(10)
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_message(door: Gateway) -> None:
    id_ = queue()

    @contextmanager
    def row_held() -> Iterator[None]:
        with transaction.atomic():
            sql.row("SELECT id FROM notices_outgoing WHERE id = %s FOR UPDATE", [id_])
            yield

    with twin(row_held):
        attempt(id_, NOW)  # returns at once: the twin has it
        assert door.seen == []
    attempt(id_, NOW)
    assert len(door.seen) == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_gateway(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold back the journal's seals, and with them everybody's live updates, as long as a gateway hangs."""
    id_, seen = queue(), []

    def asked(message: Message) -> Outcome:
        seen.append((connection.in_atomic_block, sql.value("SELECT pg_current_xact_id_if_assigned()")))
        return Outcome(True)

    monkeypatch.setattr(delivery, "sender_for", lambda channel: asked)
    attempt(id_, NOW)
    assert seen == [(False, None)] and state(id_) == ("sent", 1)


@pytest.mark.django_db(transaction=True)
def test_who_finds_a_message_in_another_workers_hands_leaves_it(door: Gateway) -> None:
    id_ = queue()

    @contextmanager
    def in_hand() -> Iterator[None]:
        with turn("notices.outgoing", id_) as is_ours:
            assert is_ours
            yield

    with twin(in_hand):
        attempt(id_, NOW)
        assert door.seen == [] and state(id_) == ("waiting", 0)
    attempt(id_, NOW)
    assert len(door.seen) == 1


def test_the_demonstration_writes_lines_that_its_operator_can_read(settings: Any, tmp_path: Path) -> None:
    settings.SMS_URL, settings.SMTP_URL, settings.DEMO, settings.DATA = "", "", True, tmp_path
    attempt(queue("a", text="第一条"), NOW)
    attempt(queue("b", channel="mail", to="a@example.org", subject="标题", text="第二条"), NOW)
    assert [(one["channel"], one["to"], one["text"]) for one in files.last(5)] == [
        ("mail", "a@example.org", "第二条"),
        ("sms", PHONE, "第一条"),
    ]
    assert files.path().stat().st_mode & 0o077 == 0


def test_without_a_sender_nothing_is_promised(settings: Any) -> None:
    settings.SMS_URL, settings.SMTP_URL, settings.DEMO = "", "", False
    assert not can_send("sms") and not can_send("mail")
    with pytest.raises(Refused) as refused:
        queue()
    assert refused.value.code == "no-sender"


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        ("sms", "1399"),
        ("sms", "1399170012x"),
        ("sms", "13991700123\n"),
        ("mail", "a@b, c@d"),
        ("mail", "a\n@b.cn"),
    ],
)
def test_odd_addresses_are_refused(settings: Any, channel: str, to: str) -> None:
    settings.DEMO = True
    with pytest.raises(Refused):
        queue(channel=channel, to=to)


def test_the_list_masks_addresses_and_has_no_words(door: Gateway) -> None:
    for n in range(3):
        queue(f"m{n}")
    rows, following = outgoing(limit=2)
    assert [row["recipient"] for row in rows] == ["139****0123"] * 2 and following is not None
    assert "body" not in rows[0]
    assert len(outgoing(before=following)[0]) == 1
    assert masked("zhang@example.org") == "z***@example.org" and masked("12319") == "****"
