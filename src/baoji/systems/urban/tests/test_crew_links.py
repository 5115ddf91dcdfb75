"""Crews without accounts: a link opens one task for one phone; what it may, when it ends, and whose deed it is."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from tests.town import NOW, case, do, event, loaded, new, photos, report, sign_in, walk, where, who, words

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.flow.models import Record
from baoji.kernel.identity.models import Person
from baoji.kernel.notices.delivery import NotYet, attempt
from baoji.kernel.notices.models import Outgoing
from baoji.kernel.records.models import StoredFile
from baoji.systems.urban import access, public
from baoji.systems.urban.actions import crew_links, crew_token
from baoji.systems.urban.models import CrewLink
from baoji.systems.urban.queries.view import view

pytestmark = pytest.mark.django_db
PHONE = "13991700123"


@pytest.fixture
def number() -> str:
    return new("handle/handling")


def make(number: str, by: str = "", to: str = PHONE, **more: Any) -> crew_links.Made:
    given: dict[str, Any] = {"crew": "张师傅", "hours": 48, "now": NOW} | more
    return public.make_link(by=who(by or "handler.D29"), number=number, to=to, **given)


def answer(
    token: str, act: str = "answer", pictures: int = 1, now: Any = NOW, key: str = "", **facts: Any
) -> Any:
    return public.answer_by_link(
        token=token,
        act=act,
        facts={"opinion": "已换井盖"} | facts,
        files=photos(pictures),
        key=key,
        request_hash="h",
        now=now,
    )


def refused(token: str, **more: Any) -> str | None:
    try:
        answer(token, **more)
    except Refused as fault:
        return fault.code
    return None


def journal(link: int) -> list[str]:
    rows = sql.tuples(
        "SELECT verb FROM audit_entry WHERE subject = 'urban.crew_link' AND subject_id = %s ORDER BY id",
        [link],
    )
    return [row[0] for row in rows]


# The token -----------------------------------------------------------------------


def test_a_token_is_short_signed_and_says_its_end() -> None:
    secret = crew_token.fresh()
    token = crew_token.write(7, NOW, secret.nonce, "key")
    assert len(token) == crew_token.LENGTH and re.fullmatch(r"[\w-]+", token)
    assert crew_token.read(token, "key") == (7, NOW, secret.digest)
    assert crew_token.read(token, "other key") is None


def test_a_token_changed_by_one_letter_is_nobodys() -> None:
    token = crew_token.write(7, NOW, crew_token.fresh().nonce, "key")
    for n, letter in enumerate(token):
        changed = token[:n] + ("A" if letter != "A" else "B") + token[n + 1 :]
        assert crew_token.read(changed, "key") is None, n


@pytest.mark.parametrize("token", ["", "x", "＊" * 40, "!" * 40, "A" * 40, "A" * 41])
def test_odd_tokens_open_nothing(token: str) -> None:
    assert crew_token.read(token, "key") is None


# Making --------------------------------------------------------------------------


def test_a_handler_sends_one_task_to_one_phone(number: str, settings: Any) -> None:
    settings.PUBLIC_URL = "https://city.example"
    made = make(number)
    assert made.is_sent and made.ends_at == NOW + timedelta(hours=48)
    sent = Outgoing.objects.get()
    assert (sent.channel, sent.recipient) == ("sms", PHONE)
    assert f"https://city.example/crew/{made.token}" in sent.body and "污水井盖" in sent.body
    last = loaded(number).case
    line = Record.objects.filter(case_id=last.pk).latest("n")
    assert (line.act, line.opinion) == (
        "opinion",
        "已把任务链接发给处置班组（链接）张师傅，尾号 0123，03-19 10:00 前有效",
    )
    assert journal(made.id) == ["make"]


def test_only_a_hash_of_the_secret_is_kept(number: str) -> None:
    made = make(number)
    row = CrewLink.objects.get()
    assert made.token not in repr(vars(row))
    assert row.digest == crew_token.read(made.token, "test-only").digest  # type: ignore[union-attr]


def test_mail_does_as_well(number: str) -> None:
    make(number, to="crew@example.org")
    sent = Outgoing.objects.get()
    assert (sent.channel, sent.recipient, sent.subject) == (
        "mail",
        "crew@example.org",
        "处置任务：" + case(number).title,
    )


def test_without_a_gateway_the_handler_hands_the_link_on(number: str, settings: Any) -> None:
    settings.DEMO, settings.SMS_URL = False, ""
    assert not make(number).is_sent and not Outgoing.objects.exists()


@pytest.mark.parametrize(
    "person",
    [
        "dispatcher.1",
        "acceptor.1",
        "chief.1",
        "commander.1",
        "head.1",
        "operator.1",
        "crew.D29.1",
        "collector.01",
    ],
)
def test_nobody_else_may(number: str, person: str) -> None:
    with pytest.raises(NotAllowed):
        make(number, person)


@pytest.mark.parametrize("step", ["dispatch/filed", "handle/to_sign", "feedback/answered", "evaluate/closed"])
def test_only_while_there_is_something_to_answer(step: str) -> None:
    with pytest.raises(NotAllowed):
        make(new(step))


def test_a_stranger_department_does_not_learn_that_the_case_is_there(number: str) -> None:
    with pytest.raises(Refused) as fault:
        make(number, "handler.D38")
    assert fault.value.status in {403, 404}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"to": "139917001"}, "to"),
        ({"to": "a@b@c"}, "to"),
        ({"to": ""}, "to"),
        ({"crew": " "}, "crew"),
        ({"crew": "张" * 41}, "crew"),
        ({"hours": 5}, "hours"),
        ({"hours": 100_000}, "hours"),
    ],
)
def test_what_is_wrong_is_said_by_field(number: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as fault:
        make(number, **given)
    assert field in fault.value.errors


def test_a_second_link_to_the_same_phone_ends_the_first(number: str) -> None:
    first, second = make(number), make(number)
    assert CrewLink.objects.get(pk=first.id).ended_at == NOW
    assert public.open_link(first.token, NOW).caller is None
    assert public.open_link(second.token, NOW).caller is not None
    assert journal(first.id) == ["make", "end", "open"]


def test_who_was_sent_a_task_is_for_the_body_and_supervision_and_not_for_the_reporter(number: str) -> None:
    make(number)
    readers = {"handler.D29": True, "chief.1": True, "collector.01": False}
    assert Person.objects.get(pk=case(number).reporter_id).code == "collector.01"
    for person, sees in readers.items():
        shown = sign_in(Client(), person).get(f"/cases/{number}/crew")
        assert shown.status_code == 200 and (PHONE in shown.content.decode()) is sees, person


def test_there_is_an_end_to_how_many(number: str) -> None:
    for n in range(crew_links.MOST_LIVE):
        make(number, to=f"1399170012{n}")
    with pytest.raises(Refused) as fault:
        make(number, to="13991700129")
    assert fault.value.code == "too-many-links"


# Two axes ------------------------------------------------------------------------


@pytest.mark.parametrize("written", [PHONE, "+86 139-9170-0123"])
@pytest.mark.parametrize("other", ["@reporter", "collector.03", "dispatcher.1", "acceptor.1"])
def test_the_phone_of_somebody_of_another_side_gets_no_link(number: str, other: str, written: str) -> None:
    """The same answer for whoever reported this case and for their colleague who did not."""
    person = case(number).reporter_id if other == "@reporter" else Person.objects.get(code=other).pk
    assert case(number).reporter_id != Person.objects.get(code="collector.03").pk
    Person.objects.filter(pk=person).update(phone=written)
    with pytest.raises(NotAllowed, match="监督或指挥一侧"):
        make(number)


def test_a_link_does_not_tell_a_department_whose_number_the_caller_left() -> None:
    """Reporting belongs to no side, and whoever types numbers one after the other learns nothing by them."""
    number = walk(report("hotline.1", pictures=0, caller_phone=PHONE), "handle/handling")
    theirs, others = make(number), make(number, to="13991700124")
    assert [len(made.token) for made in (theirs, others)] == [len(others.token)] * 2


def test_the_maker_stands_for_the_crew_on_both_axes(number: str) -> None:
    """Whoever sent the link has acted for the department, and nobody of another side acts through one."""
    token = make(number).token
    maker = Person.objects.get(code="handler.D29").pk
    answer(token)
    assert maker in case(number).people["department"]
    other = new("handle/handling")
    row = make(other)
    sql.execute(
        "UPDATE flow_case SET people = people || jsonb_build_object('supervision', jsonb_build_array(%s::int)) WHERE number = %s",
        [maker, other],
    )
    assert public.open_link(row.token, NOW).caller is None and refused(row.token) == "task-gone"


# What a link may ------------------------------------------------------------------


def test_a_link_answers_through_the_ordinary_door(number: str) -> None:
    made = make(number)
    doing = answer(made.token)
    assert where(number) == "feedback/answered"
    record = Record.objects.get(pk=doing.record_id)
    assert (record.by_id, record.on_behalf_of.code, record.post, record.side, record.org.code) == (
        None,
        "handler.D29",
        "crew",
        "department",
        "D29",
    )
    assert record.facts == {"crew_link": made.id, "crew_to": "0123"}
    assert journal(made.id) == ["make", "answer"]
    assert CrewLink.objects.get().answered_at == NOW


def test_letter_w_on_this_case_alone(number: str) -> None:
    other = new("handle/handling")
    caller = public.open_link(make(number).token, NOW).caller
    assert caller is not None
    assert set(access.rights(caller, case(number))) == {"W"}
    assert access.rights(caller, case(other)) == {}
    assert access.could(caller) == {"W"} and not access.is_staff(caller) and not access.sees_all(caller)
    with pytest.raises(NotThere):
        public.perform(
            number=other, act="answer", by=caller, facts={"opinion": "已换井盖"}, now=NOW, files=photos(1)
        )
    assert not public.cases(caller, public.Filters(), limit=10, now=NOW).rows


@pytest.mark.parametrize(
    "act", ["pass_on", "take", "reply", "extend_request", "return", "sign", "close", "opinion", "x"]
)
def test_a_link_is_for_answering_alone(number: str, act: str) -> None:
    assert refused(make(number).token, act=act, pictures=0) in {"task-gone"}
    assert where(number) == "handle/handling"


def test_a_photo_is_demanded_of_a_crew_too(number: str) -> None:
    token = make(number).token
    assert refused(token, pictures=0) == "photo-required"
    assert CrewLink.objects.get().answered_at is None
    answer(token)


def test_the_same_form_twice_is_one_answer(number: str) -> None:
    token = make(number).token
    assert answer(token, key="k1") is not None
    assert answer(token, key="k1") is None
    assert Record.objects.filter(case__number=number, act="answer").count() == 1
    assert refused(token, key="k2") == "task-gone"


def test_a_crew_does_not_learn_who_reported(number: str) -> None:
    caller = public.open_link(make(number).token, NOW).caller
    assert caller is not None
    seen = view(caller, loaded(number), NOW)
    assert "reporter" not in seen and "caller" not in seen
    assert seen["timeline"][0]["by"] is None and seen["timeline"][0]["by_name"] is None


# Its end --------------------------------------------------------------------------


def test_an_ended_link_answers_nothing(number: str) -> None:
    made = make(number)
    public.end_link(by=who("handler.D29"), number=number, link=made.id, now=NOW)
    assert refused(made.token) == "task-gone" and where(number) == "handle/handling"
    assert journal(made.id) == ["make", "end"]
    public.end_link(by=who("handler.D29"), number=number, link=made.id, now=NOW)
    assert journal(made.id) == ["make", "end"], "ended once"


@pytest.mark.parametrize("over", ["ended", "replaced", "answered", "by another link", "taken back", ""])
def test_a_message_that_could_not_be_sent_yet_is_not_sent_once_its_task_is_over(
    number: str, settings: Any, over: str
) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/"  # nobody answers there
    made = make(number)
    message = Outgoing.objects.get()
    with pytest.raises(NotYet):
        attempt(message.pk, NOW)
    handler = who("handler.D29")
    if over == "ended":
        public.end_link(by=handler, number=number, link=made.id, now=NOW)
    elif over == "replaced":
        make(number)
    elif over == "answered":
        answer(made.token)
    elif over == "by another link":
        answer(make(number, to="crew@example.org").token)
    elif over == "taken back":
        do(number, "@body", "return")
    if over:
        attempt(message.pk, NOW)
        message.refresh_from_db()
        assert (message.state, message.body) == ("refused", "") and "use is over" in message.said
    else:
        with pytest.raises(NotYet):
            attempt(message.pk, NOW)


def test_only_whoever_may_make_one_ends_it_and_only_on_its_case(number: str) -> None:
    made, other = make(number), new("handle/handling")
    with pytest.raises(NotAllowed):
        public.end_link(by=who("dispatcher.1"), number=number, link=made.id, now=NOW)
    with pytest.raises(NotThere):
        public.end_link(by=who("handler.D29"), number=other, link=made.id, now=NOW)


def test_a_link_ends_by_its_time_and_is_forgotten_a_month_later(number: str) -> None:
    made = make(number, hours=4)
    before, after = NOW + timedelta(hours=4, seconds=-1), NOW + timedelta(hours=4)
    assert public.open_link(made.token, before).caller is not None
    assert (
        public.open_link(made.token, after).caller is None and refused(made.token, now=after) == "task-gone"
    )
    with pytest.raises(NotThere):
        public.open_link(made.token, after + timedelta(days=31))


def test_a_link_of_another_installation_opens_nothing(number: str) -> None:
    made = make(number)
    row = CrewLink.objects.get()
    forged = crew_token.write(row.pk, made.ends_at, b"x" * crew_token.NONCE, "test-only")
    with pytest.raises(NotThere):
        public.open_link(forged, NOW)
    sql.execute("DELETE FROM urban_crew_link")
    with pytest.raises(NotThere):
        public.open_link(made.token, NOW)


def test_a_case_that_was_returned_takes_the_task_away(number: str) -> None:
    made = make(number)
    do(number, "@body", "return")
    assert public.open_link(made.token, NOW).caller is None
    do(number, "dispatcher.1", "dispatch", to="D38")
    do(number, "handler.D38", "sign")
    assert public.open_link(made.token, NOW).caller is None, "another body's case now"
    assert refused(made.token) == "task-gone"


# The pages -------------------------------------------------------------------------


def jpeg(shade: int = 60) -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, shade)).save(made, "JPEG")
    return SimpleUploadedFile("a.jpg", made.getvalue(), "image/jpeg")


@pytest.fixture
def crew(number: str) -> str:
    """The address of a link."""
    return f"/crew/{make(number, now=timezone.now()).token}"


def test_a_stranger_with_the_link_sees_does_and_is_told(client: Client, number: str, crew: str) -> None:
    page = client.get(crew)
    assert page.status_code == 200 and "污水井盖" in words(page) and "完成，发回" in words(page)
    assert page["Referrer-Policy"] == "same-origin" and page["X-Robots-Tag"] == "noindex"
    assert "no-store" in page["Cache-Control"]
    photo = re.search(r'src="(/crew/[^"]+/320)"', page.content.decode())
    assert photo and client.get(photo[1]).status_code == 200
    short = client.post(crew, {"act": "answer", "opinion": "已换井盖", "key": "a"})
    assert short.status_code == 422 and "请至少附 1 张照片" in words(short) and "已换井盖" in words(short)
    sent = client.post(crew, {"act": "answer", "opinion": "已换井盖", "key": "b", "photo": jpeg()})
    assert sent.status_code == 302 and where(number) == "feedback/answered"
    after = client.get(crew)
    assert (
        "已收到您的回复" in words(after) and "完成，发回" not in words(after) and "正在复核" in words(after)
    )
    assert client.get(photo[1]).status_code == 404, "nothing more is shown than is needed"


def test_a_refused_answer_leaves_no_row_of_its_photo(client: Client, crew: str) -> None:
    before = StoredFile.objects.count()
    assert client.post(crew, {"act": "answer", "photo": jpeg(7)}).status_code == 422
    assert client.post(crew, {"act": "pass_on", "opinion": "已换", "photo": jpeg(7)}).status_code == 409
    assert StoredFile.objects.count() == before
    assert client.post(crew, {"act": "answer", "opinion": "已换", "photo": jpeg(7)}).status_code == 302
    assert StoredFile.objects.count() == before + 1


def test_the_timeline_names_the_link(client: Client, number: str, crew: str) -> None:
    client.post(crew, {"act": "answer", "opinion": "已换井盖", "key": "b", "photo": jpeg()})
    sign_in(client, "dispatcher.1")
    page = words(client.get(f"/cases/{number}"))
    assert "处置班组（链接） 尾号 0123" in page and PHONE not in page


def test_photos_of_other_cases_stay_closed(client: Client, crew: str) -> None:
    other = event()
    id_ = sql.value(
        "SELECT a.id FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id WHERE c.number = %s", [other]
    )
    assert client.get(f"{crew}/photos/{id_}/320").status_code == 404
    assert client.get(f"{crew}/photos/{2**63}/320").status_code == 404
    assert client.get(f"{crew}/photos/{id_}/full").status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 40, "../../etc/passwd"])
def test_a_link_that_is_none_says_so(client: Client, token: str) -> None:
    page = client.get(f"/crew/{token}")
    assert page.status_code == 404


def test_an_upload_without_a_link_is_not_kept(client: Client) -> None:
    before = sql.value("SELECT count(*) FROM records_file")
    assert client.post("/crew/" + "A" * 40, {"act": "answer", "photo": jpeg()}).status_code == 404
    assert sql.value("SELECT count(*) FROM records_file") == before


def test_the_handler_makes_and_ends_links_on_a_page(client: Client, number: str) -> None:
    sign_in(client, "handler.D29")
    case_page = words(client.get(f"/cases/{number}"))
    assert f"/cases/{number}/crew" in case_page
    url = f"/cases/{number}/crew"
    wrong = client.post(url, {"crew": "", "to": "12", "hours": "48"})
    assert wrong.status_code == 422 and "请写 11 位手机号" in words(wrong)
    assert client.post(url, {"crew": "张师傅", "to": "+86 139-9170 0123", "hours": "48"}).status_code == 302
    fresh = words(client.get(url))
    assert "链接只在这里显示这一次" in fresh and "/crew/" in fresh and "data:image/svg+xml" in fresh
    again = words(client.get(url))
    assert "链接只在这里显示这一次" not in again and "还没有打开" in again
    link = CrewLink.objects.get()
    assert client.post(url, {"end": str(link.pk)}).status_code == 302
    assert "已结束" in words(client.get(url))


def test_who_may_not_make_links_sees_no_form(client: Client, number: str) -> None:
    sign_in(client, "dispatcher.1")
    assert 'name="crew"' not in client.get(f"/cases/{number}/crew").content.decode()
    assert f"/cases/{number}/crew" not in client.get(f"/cases/{number}").content.decode()
    assert client.post(f"/cases/{number}/crew", {"crew": "张", "to": PHONE, "hours": "48"}).status_code == 403


@pytest.mark.parametrize(
    ("agent", "start"), [("Android 10", "geo:34.36"), ("iPhone", "https://maps.apple.com/?daddr=34.3")]
)
def test_the_way_is_a_link_that_the_phone_knows(number: str, agent: str, start: str) -> None:
    page = Client().get(f"/crew/{make(number, now=timezone.now()).token}", headers={"User-Agent": agent})
    assert f'href="{start}' in words(page)
