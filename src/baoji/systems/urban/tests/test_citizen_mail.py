"""Mail to citizens: nothing before it was confirmed, one press ends it, and what became of a report."""

import re
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from typing import Any

import pytest
from django.test import Client
from tests.town import NOW, case, do, event, loaded, walk

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.notices.delivery import attempt
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_door import follow_by_mail
from baoji.systems.urban.actions.citizen_mail import due_digests, send_digest, tell_followers
from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.models import Policy
from baoji.systems.urban.pages.citizen import limits

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_gate")]
LATER = NOW + timedelta(days=1)


class Post(socketserver.StreamRequestHandler):
    """A mail server that takes everything."""

    def handle(self) -> None:
        self.say("220 town")
        data: list[bytes] | None = None
        for line in self.rfile:
            if data is not None:
                if line == b".\r\n":
                    self.server.letters.append(message_from_bytes(b"".join(data), policy=default))  # type: ignore[attr-defined]
                    data = None
                    self.say(self.taken())
                else:
                    data.append(line)
            elif line.upper().startswith(b"DATA"):
                data = []
                self.say("354 go on")
            elif line.upper().startswith(b"QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def taken(self) -> str:
        return "250 taken"

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def letters(settings: Any) -> Iterator[list[Mail]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post) as server:
        server.letters = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.SMTP_URL = f"smtp://127.0.0.1:{server.server_address[1]}"
        settings.PUBLIC_URL = "https://city.example"
        yield server.letters  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture(autouse=True)
def _the_towns_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    monkeypatch.setattr(limits, "letters", Bucket(1, 100))
    monkeypatch.setattr(limits, "codes", Bucket(1, 100))


def deliver() -> None:
    """What the worker does with queued messages."""
    for (id_,) in sql.tuples("SELECT id FROM notices_outgoing WHERE state = 'waiting' ORDER BY id"):
        attempt(id_, NOW)


def body(mail: Mail) -> str:
    return str(mail.get_content())  # type: ignore[attr-defined]


def token() -> str:
    return str(sql.value("SELECT token FROM urban_subscription ORDER BY id DESC LIMIT 1"))


def subscribed(client: Client, **given: str) -> str:
    client.post("/public/subscribe", {"mail": "wang@example.com", "area": "", "class": "", **given})
    client.post(f"/public/subscriptions/{token()}")
    return token()


def test_the_list_of_a_street_leads_to_a_subscription_to_that_street(client: Client) -> None:
    street = sql.value("SELECT code FROM organisations_division WHERE level = 'street' ORDER BY code LIMIT 1")
    for area in (street, street[:9], "610302"):
        form = client.get(f"/public/subscribe?area={area}").content.decode()
        assert f'<option value="{area}" selected>' in form, area
    assert " selected>" not in client.get("/public/subscribe?area=999999999").content.decode()


def filed() -> str:
    number = event()
    walk(number, "handle/handling")
    publish([case(number).pk], NOW)
    return number


def touched(number: str, moment: Any) -> None:
    sql.execute("UPDATE urban_public_case SET changed_at = %s WHERE case_id = %s", [moment, case(number).pk])


# subscriptions ----------------------------------------------------------------


def test_asking_sends_one_letter_and_nothing_else(client: Client, letters: list[Mail]) -> None:
    answer = client.post(
        "/public/subscribe", {"mail": "Wang@Example.com", "area": "610302", "class": "e0110"}
    )
    assert answer.status_code == 200 and "请看邮箱" in answer.content.decode()
    deliver()
    assert [str(mail["To"]) for mail in letters] == ["wang@example.com"]
    assert f"https://city.example/public/subscriptions/{token()}" in body(letters[0])
    touched(filed(), LATER)
    assert due_digests(LATER) == [], "not confirmed: nothing is due"


def test_asking_again_says_the_same_and_sends_no_second_letter(client: Client, letters: list[Mail]) -> None:
    pages = {
        re.sub(
            r"[0-9a-zA-Z]{32,}",
            "",
            client.post("/public/subscribe", {"mail": "wang@example.com"}).content.decode(),
        )
        for _n in range(3)
    }
    deliver()
    assert len(pages) == 1 and len(letters) == 1


def test_opening_the_link_confirms_nothing_a_press_does(client: Client, letters: list[Mail]) -> None:
    client.post("/public/subscribe", {"mail": "wang@example.com"})
    page = client.get(f"/public/subscriptions/{token()}").content.decode()
    assert "确认订阅" in page and public.subscription(token())["confirmed_at"] is None
    assert "已经订阅" in client.post(f"/public/subscriptions/{token()}").content.decode()
    assert public.subscription(token())["confirmed_at"] == NOW


def test_the_digest_comes_in_the_morning_with_what_changed(client: Client, letters: list[Mail]) -> None:
    subscribed(client, **{"class": "e0110"})
    deliver()
    letters.clear()
    number = filed()
    touched(number, NOW + timedelta(hours=2))
    early, morning = LATER.replace(hour=7), LATER.replace(hour=8, minute=17)
    assert due_digests(early) == []
    (due,) = due_digests(morning)
    assert send_digest(due, morning)
    (mail,) = letters
    text = body(mail)
    assert f"https://city.example/public/cases/{case(number).case_number}" in text and "暴露生活垃圾" in text
    leave = f"https://city.example/public/subscriptions/{token()}/leave"
    assert mail["List-Unsubscribe"].strip() == f"<{leave}>" and leave in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert due_digests(morning + timedelta(hours=1)) == []
    assert not send_digest(due, morning + timedelta(days=1)), "nothing changed: no letter"
    assert len(letters) == 1


def test_the_digest_holds_its_own_area_and_class(client: Client, letters: list[Mail]) -> None:
    subscribed(client, **{"class": "e0113"})
    touched(filed(), NOW + timedelta(hours=2))
    (due,) = due_digests(LATER)
    assert not send_digest(due, LATER)


def test_what_is_published_late_is_told_late_and_once(client: Client, letters: list[Mail]) -> None:
    """The worker stood still, and then again for two days."""
    subscribed(client)
    deliver()
    letters.clear()
    number = event()
    walk(number, "handle/handling")
    assert not send_digest(due_digests(LATER)[0], LATER)
    publish([case(number).pk], LATER + timedelta(hours=1))
    (due,) = due_digests(LATER + timedelta(days=3))
    assert send_digest(due, LATER + timedelta(days=3))
    assert str(case(number).case_number) in body(letters[0])
    assert not send_digest(due, LATER + timedelta(days=4)) and len(letters) == 1


def test_a_letter_that_was_queued_twice_is_one_and_what_came_meanwhile_is_in_the_next(
    client: Client, letters: list[Mail]
) -> None:
    subscribed(client)
    deliver()
    letters.clear()
    first = filed()
    (due,) = due_digests(LATER)
    assert send_digest(due, LATER)
    second = filed()
    touched(second, LATER + timedelta(minutes=5))
    assert not send_digest(due, LATER + timedelta(hours=1)), "by another worker"
    assert send_digest(due, LATER + timedelta(days=1))
    numbers = [str(case(number).case_number) for number in (first, second)]
    assert [[number in body(mail) for number in numbers] for mail in letters] == [
        [True, False],
        [False, True],
    ]


def test_what_is_only_written_anew_is_not_told_again(client: Client, letters: list[Mail]) -> None:
    """A policy of places that has changed, an upgrade."""
    subscribed(client)
    number = filed()
    (due,) = due_digests(LATER)
    assert send_digest(due, LATER)
    publish([case(number).pk], LATER)
    sql.execute("UPDATE urban_public_case SET version = 0")
    publish([case(number).pk], LATER)
    assert not send_digest(due, LATER + timedelta(days=1))
    walk(number, "evaluate/closed")
    publish([case(number).pk], LATER)
    assert send_digest(due, LATER + timedelta(days=2))


def test_a_letter_tried_again_is_the_same_letter_and_says_when_it_does_not_hold_all(
    client: Client, letters: list[Mail], monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(client)
    deliver()
    letters.clear()
    for _n in range(3):
        touched(filed(), NOW + timedelta(hours=2))
    (due,) = due_digests(LATER)
    answers = iter(["451 later", "250 taken"])
    monkeypatch.setattr(Post, "taken", lambda self: next(answers))
    monkeypatch.setattr("baoji.systems.urban.actions.citizen_mail.MOST_LISTED", 1)
    with pytest.raises(RuntimeError, match="451"):
        send_digest(due, LATER)
    assert send_digest(due, LATER + timedelta(minutes=3))
    assert len(letters) == 2 and len({mail["Message-ID"] for mail in letters}) == 1
    assert "：3 件公开案卷有变化" in body(letters[1])
    assert "上面是最新的 1 件，另外 2 件看网页：" in body(letters[1])


@pytest.mark.parametrize(("most", "said"), [(2, "至少 2 件公开案卷有变化"), (3, "：2 件公开案卷有变化")])
def test_a_letter_counts_what_it_does_not_list_and_leads_to_just_these(
    client: Client, letters: list[Mail], monkeypatch: pytest.MonkeyPatch, most: int, said: str
) -> None:
    subscribed(client, area="610302", **{"class": "e0110"})
    deliver()
    letters.clear()
    for _n in range(2):
        touched(filed(), NOW + timedelta(hours=2))
    for name, value in (("MOST_LISTED", 1), ("MOST_COUNTED", most)):
        monkeypatch.setattr(f"baoji.systems.urban.actions.citizen_mail.{name}", value)
    assert send_digest(due_digests(LATER)[0], LATER)
    text = body(letters[0])
    assert said in text and ("还有更多" in text) is (most == 2)
    (address,) = re.findall(r"/public/\?\S+", text)
    assert address == "/public/?area=610302&class=e0110" and client.get(address).status_code == 200


def test_a_letter_that_lists_all_says_no_more(
    client: Client, letters: list[Mail], monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(client)
    deliver()
    letters.clear()
    touched(filed(), NOW + timedelta(hours=2))
    monkeypatch.setattr("baoji.systems.urban.actions.citizen_mail.MOST_LISTED", 1)
    assert send_digest(due_digests(LATER)[0], LATER)
    assert "：1 件公开案卷有变化" in body(letters[0]) and "看网页" not in body(letters[0])


def test_a_digest_in_english(client: Client, letters: list[Mail]) -> None:
    client.cookies["django_language"] = "en"
    subscribed(client)
    deliver()
    letters.clear()
    touched(filed(), NOW + timedelta(hours=2))
    send_digest(due_digests(LATER)[0], LATER)
    assert "Exposed household waste" in body(letters[0])


def test_one_press_ends_it_and_the_address_is_gone(client: Client, letters: list[Mail]) -> None:
    """Also for the mail program that presses for its reader, without a cookie or a CSRF token (RFC 8058)."""
    leave = f"/public/subscriptions/{subscribed(client)}/leave"
    assert sql.value("SELECT count(*) FROM urban_subscription") == 1
    assert (
        "退订" in client.get(leave).content.decode()
        and sql.value("SELECT count(*) FROM urban_subscription") == 1
    )
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(leave, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and sql.value("SELECT count(*) FROM urban_subscription") == 0
    assert strict.post(leave).status_code == 200, "twice says the same"


def test_the_form_wants_a_csrf_token_everywhere_else() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/public/subscribe", {"mail": "wang@example.com"}).status_code == 403
    assert strict.post("/report/", {"what": "rubbish"}).status_code == 403
    assert strict.post("/follow/ABCDEFGHJK", {"act": "not_fixed"}).status_code == 403


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mail": ""}, "mail"),
        ({"mail": "no"}, "mail"),
        ({"area": "999999"}, "area"),
        ({"class": "e9999"}, "topic"),
    ],
)
def test_what_is_wrong_stands_at_its_field(letters: list[Mail], given: dict[str, str], field: str) -> None:
    sent = {"mail": "wang@example.com", "area": "", "class": "", **given}
    with pytest.raises(Invalid) as wrong:
        public.subscribe(sent["mail"], sent["area"], sent["class"], "", NOW)
    assert field in wrong.value.errors


def test_an_address_has_so_many_subscriptions(letters: list[Mail]) -> None:
    keys = [row.kind[0] + row.code for row in public.book().classes.values()][:11]
    for key in keys[:10]:
        public.subscribe("wang@example.com", "", key, "", NOW)
    with pytest.raises(Refused):
        public.subscribe("wang@example.com", "", keys[10], "", NOW)


def test_without_a_mail_server_nothing_is_offered(client: Client, settings: Any) -> None:
    settings.SMTP_URL, settings.DEMO = "", False
    assert "暂时不能订阅" in client.get("/public/subscribe").content.decode()
    assert 'name="mail"' not in client.get("/report/").content.decode()


# what became of a report ------------------------------------------------------


def reported(client: Client, mail: str = "li@example.com") -> tuple[str, str]:
    answer = client.post(
        "/report/", {"what": "rubbish", "key": "k", "lon": "107.1485", "lat": "34.3605", "mail": mail}
    )
    code = answer["Location"].split("/")[2].partition("?")[0]
    number = sql.value(
        "SELECT c.number FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE r.query_code = %s",
        [code],
    )
    return number, code


def tell(number: str, act: str) -> None:
    """What the worker does with the queued job."""
    queued = sql.value(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'urban.tell_followers' AND args->>'act' = %s",
        [act],
    )
    assert queued == 1, act
    for _run in range(2):  # a retry sends nothing twice
        tell_followers(case(number).pk, act, case(number).records)
    deliver()


def test_whoever_left_an_address_hears_what_became_of_it(client: Client, letters: list[Mail]) -> None:
    number, code = reported(client)
    do(number, "acceptor.1", "reject", reason="不在受理范围之内")
    tell(number, "reject")
    (mail,) = letters
    assert str(mail["To"]) == "li@example.com" and "没有受理" in str(mail["Subject"])
    assert f"https://city.example/follow/{code}" in body(mail) and "不在受理范围之内" not in body(mail)


def test_an_answer_is_told_to_who_asked_and_not_to_who_joined_in(client: Client, letters: list[Mail]) -> None:
    number, _code = reported(client)
    public.join_in(case(number).pk, "zhao@example.com", "", NOW)
    do(number, "acceptor.1", "tell", opinion="正在安排")
    tell(number, "tell")
    assert [str(mail["To"]) for mail in letters] == ["li@example.com"] and "正在安排" not in body(letters[0])


def test_nobody_is_written_to_who_left_nothing(client: Client, letters: list[Mail]) -> None:
    number = event(None, pictures=0)
    do(number, "acceptor.1", "reject")
    assert sql.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'urban.tell_followers'") == 0


def test_an_address_forgotten_gets_no_letter(client: Client, letters: list[Mail]) -> None:
    number, code = reported(client)
    client.post(f"/follow/{code}", {"act": "forget"})
    assert loaded(number) and not public.has_mail(case(number).pk)
    tell_followers(case(number).pk, "close", 2)
    deliver()
    assert letters == []


def test_a_letter_that_waits_does_not_go_to_an_address_that_was_forgotten_meanwhile(
    client: Client, letters: list[Mail]
) -> None:
    number, code = reported(client)
    do(number, "acceptor.1", "reject")
    tell_followers(case(number).pk, "reject", case(number).records)
    assert sql.value("SELECT count(*) FROM notices_outgoing WHERE state = 'waiting'") == 1
    client.post(f"/follow/{code}", {"act": "forget"})
    deliver()
    assert letters == []
    assert sql.value("SELECT recipient FROM notices_outgoing") == "l***@example.com"


def test_whose_report_was_merged_hears_that_and_what_became_of_the_whole(
    client: Client, letters: list[Mail]
) -> None:
    number, code = reported(client)
    target = event()
    do(number, "acceptor.1", "merge", into=target)
    tell(number, "merge")
    walk(target, "evaluate/closed")
    tell(target, "close")
    assert [str(mail["To"]) for mail in letters] == ["li@example.com"] * 2
    assert "合并" in str(letters[0]["Subject"]) and "已结案" in str(letters[1]["Subject"])
    assert f"/follow/{code}" in body(letters[1]), "their own code leads to where it went"
    page = client.get(f"/follow/{code}/").content.decode()
    assert "合并后的进度" in page and "没解决" in page


def test_what_the_acceptor_answers_one_reporter_is_not_sent_to_the_others(
    client: Client, letters: list[Mail]
) -> None:
    number, _code = reported(client)
    target = event()
    do(number, "acceptor.1", "merge", into=target)
    sql.execute("DELETE FROM procrastinate_jobs")
    tell_followers(case(target).pk, "tell", 2)
    deliver()
    assert letters == []


@pytest.mark.parametrize(("each", "heard"), [(0, []), (1, ["已受理", "已立案", "已派给"])])
def test_a_city_may_write_at_every_step(
    client: Client, letters: list[Mail], each: int, heard: list[str]
) -> None:
    Policy.objects.update_or_create(
        name="public", defaults={"title": "公开案卷", "value": {"letters_each_step": each}}
    )
    bump("policies")
    number, _code = reported(client)
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    walk(number, "handle/to_sign")
    queued = sql.tuples(
        "SELECT args->>'act', (args->>'record')::int FROM procrastinate_jobs WHERE task_name = 'urban.tell_followers' ORDER BY id"
    )
    for act, record in queued:
        tell_followers(case(number).pk, act, record)
    deliver()
    subjects = [str(mail["Subject"]) for mail in letters]
    assert len(subjects) == len(heard) and all(
        any(word in subject for subject in subjects) for word in heard
    ), subjects


# texts ------------------------------------------------------------------------


@pytest.fixture
def gateway(settings: Any) -> None:
    settings.SMS_URL, settings.PUBLIC_URL = "http://gateway.invalid/", "https://city.example"


def texts() -> list[tuple[str, str]]:
    return sql.tuples("SELECT recipient, body FROM notices_outgoing WHERE channel = 'sms' ORDER BY id")


def told_by_the_worker(number: str) -> None:
    """What it does about all that was queued, twice as after a crash."""
    queued = sql.tuples(
        "SELECT (args->>'case_id')::int, args->>'act', (args->>'record')::int FROM procrastinate_jobs"
        " WHERE task_name = 'urban.tell_followers' AND (args->>'case_id')::int = %s ORDER BY id",
        [case(number).pk],
    )
    for one in [*queued, *queued]:
        tell_followers(*one)


@pytest.mark.usefixtures("gateway")
def test_who_left_only_a_telephone_number_reads_of_the_end_in_a_text() -> None:
    number = event(None, pictures=0, caller_phone="13991700123")
    code = loaded(number).extra["query_code"]
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    walk(number, "check/passed")
    told_by_the_worker(number)
    assert texts() == [], "nothing before it has ended"
    do(number, "chief.1", "close")
    told_by_the_worker(number)
    ((to, text),) = texts()
    assert to == "13991700123" and "已结案" in text and f"https://city.example/follow/{code}" in text


@pytest.mark.usefixtures("gateway")
def test_a_city_may_send_no_texts(client: Client) -> None:
    promise = "留下的只用于核实和告诉您结果"
    assert promise in client.get("/report/").content.decode()
    Policy.objects.update_or_create(
        name="public", defaults={"title": "公开案卷", "value": {"texts_at_end": 0}}
    )
    bump("policies")
    number = event(None, pictures=0, caller_phone="13991700123")
    do(number, "acceptor.1", "reject", reason="同一处已有人报过")
    told_by_the_worker(number)
    assert texts() == []
    assert promise not in client.get("/report/").content.decode()


@pytest.mark.usefixtures("gateway")
def test_whose_report_was_merged_reads_of_the_whole_in_a_text() -> None:
    number, between, whole = (
        event(None, pictures=0, caller_phone="+8613991700123"),
        event(None, pictures=0),
        event(),
    )
    code = loaded(number).extra["query_code"]
    do(number, "acceptor.1", "merge", into=between)
    do(between, "acceptor.1", "merge", into=whole)
    walk(whole, "evaluate/closed")
    for one in (number, between, whole):
        told_by_the_worker(one)
    ((to, text),) = texts()
    assert to == "+8613991700123" and f"/follow/{code}" in text


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("by", "phone", "mail"),
    [
        (None, "13991700123", "li@example.com"),
        (None, "0917-3261234", ""),
        (None, "", ""),
        ("hotline.1", "13991700123", ""),
    ],
)
def test_who_has_a_letter_a_call_or_no_mobile_number_gets_no_text(
    by: str | None, phone: str, mail: str
) -> None:
    number = event(by, pictures=0, caller_phone=phone)
    if mail:
        follow_by_mail(case(number).pk, mail, NOW)
    do(number, "acceptor.1", "reject")
    told_by_the_worker(number)
    assert texts() == []


def test_without_a_gateway_no_text_is_promised_or_queued(client: Client, settings: Any) -> None:
    settings.SMS_URL, settings.DEMO = "", False
    number = event(None, pictures=0, caller_phone="13991700123")
    do(number, "acceptor.1", "reject")
    told_by_the_worker(number)
    page = client.get("/report/").content.decode()
    assert texts() == [] and "电话只用于核实" in page


@pytest.mark.usefixtures("gateway")
def test_with_a_gateway_it_is_said_what_the_number_is_for(client: Client) -> None:
    assert "留下的只用于核实和告诉您结果" in client.get("/report/").content.decode()
