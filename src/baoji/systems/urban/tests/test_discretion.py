"""Who called is not told by the words that others write about the case, by a search, on a phone or behind a figure."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.town import NOW, body, case, desk, do, event, loaded, new, program, refusal, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Holding, Person
from baoji.kernel.notices.models import Outgoing
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.access import code_holder
from baoji.systems.urban.actions.searching import index
from baoji.systems.urban.public import Filters
from baoji.systems.urban.queries import discretion, list_words, score, score_attention
from baoji.systems.urban.queries.discretion import HEARD, HEARD_PARAMS, PLACED
from baoji.systems.urban.queries.field_pack import tasks
from baoji.systems.urban.queries.stamps import desk_stamp
from baoji.systems.urban.rules.redaction import HIDDEN, unnamed, unreachable

pytestmark = pytest.mark.django_db
NAME, PHONE = "欧阳小燕", "13911112222"
AT_HOME = f"金台路 88号{NAME}家门口，139-1111-2222，0917-3261234"
SAID = f"路边有垃圾，{NAME}报，{PHONE}，或 zhang@example.org"
SECRETS = (NAME, PHONE, "example.org")
READERS = (
    ("acceptor.1", True),
    ("chief.1", True),
    ("head.1", True),
    ("dispatcher.1", False),
    ("commander.1", False),
    ("@body", False),
)


def called(**more: Any) -> str:
    return event(
        "hotline.1", pictures=0, **{"caller_name": NAME, "caller_phone": PHONE, "description": SAID} | more
    )


def told(number: str, person: str) -> str:
    person = body(number) if person == "@body" else person
    return json.dumps(public.view(who(person), loaded(number), NOW), default=str, ensure_ascii=False)


# What is written afterwards ----------------------------------------------------


@pytest.fixture
def spoken_of() -> str:
    """A case of whose caller everybody has written: in opinions, in a demand for a reply, in how it was closed."""
    number = walk(called(), "file/accepted")
    do(number, "acceptor.1", "opinion", opinion=f"请核实，来电人{NAME}")
    do(number, "acceptor.1", "verify_request")
    do(number, "@asked", "verify_answer", opinion=f"核实存在，已联系{NAME} +86 139-1111-2222")
    do(number, "chief.1", "file")
    do(number, "dispatcher.1", "dispatch", opinion=f"请联系{NAME}{PHONE}")
    do(number, "@body", "opinion", opinion="施工队老李 13800001111，科室 3261234")
    do(number, "chief.1", "supervise", opinion=f"{NAME}又打来电话")
    return number


@pytest.mark.parametrize(("person", "full"), READERS)
def test_opinions_name_the_caller_to_supervision_only(spoken_of: str, person: str, full: bool) -> None:
    text = told(spoken_of, person)
    words = (*SECRETS, "139-1111-2222")
    assert [word in text for word in words] == [full] * len(words)
    assert "核实存在" in text and "又打来电话" in text and "路边有垃圾" in text
    assert "13800001111" in text and "3261234" in text, (
        "a department's own numbers are for whoever does the work"
    )


@pytest.mark.parametrize(("person", "full"), READERS)
def test_how_a_case_ended_names_the_caller_to_supervision_only(person: str, full: bool) -> None:
    number = walk(called(), "check/to_check")
    do(
        number,
        "chief.1",
        "close",
        kind="by_notice",
        opinion=f"已告知{NAME}本人，{PHONE}",
        closing_condition=f"{NAME}表示满意",
    )
    assert (NAME in told(number, person), PHONE in told(number, person)) == (full, full)
    page = desk(body(number) if person == "@body" else person).get(f"/cases/{number}").content.decode()
    assert (NAME in page, "表示满意" in page) == (full, True)


def test_what_a_citizen_writes_later_does_not_say_how_to_reach_them() -> None:
    number = walk(event(None, pictures=1, description="垃圾"), "handle/handling")
    do(number, "@body", "opinion", opinion="施工队 13800001111")
    asked = {"opinion": "打我电话 13900002222"}
    public.perform(number=number, act="ask", by=code_holder(number), facts=asked, now=NOW, files=[])
    text = told(number, "@body")
    assert ("13900002222" in text, "13800001111" in text) == (False, True)
    assert "13900002222" in told(number, "acceptor.1")


def test_a_notice_does_not_name_the_caller_either(spoken_of: str) -> None:
    said = sql.tuples("SELECT * FROM notices_notice WHERE link = %s", [f"/cases/{spoken_of}"])
    text = json.dumps(said, default=str, ensure_ascii=False)
    assert "又打来电话" in text
    assert NAME not in text and PHONE not in text


def test_a_name_that_is_a_piece_of_a_code_or_a_time_breaks_nothing() -> None:
    for name in ("chief", "20", "dispatcher", "urban", "handle"):
        number = walk(called(caller_name=name, caller_phone="20260"), "handle/handling")
        do(number, "chief.1", "supervise", opinion="请快办")
        seen = public.view(who(body(number)), loaded(number), NOW)
        full = public.view(who("chief.1"), loaded(number), NOW)
        assert seen["pending"] == full["pending"]
        assert [line["facts"] for line in seen["timeline"][1:]] == [
            {key: fact for key, fact in line["facts"].items() if key != "draw"}
            for line in full["timeline"][1:]
        ]
        assert desk(body(number)).get(f"/cases/{number}").status_code == 200


def test_it_costs_no_statement_and_no_look_where_nobody_called(monkeypatch: pytest.MonkeyPatch) -> None:
    number, plain = walk(called(), "handle/handling"), walk(event(), "handle/handling")
    counts = []
    for one in (number, plain):
        found, reader = loaded(one), who(body(one))
        public.view(reader, found, NOW)
        with CaptureQueriesContext(connection) as queries:
            public.view(reader, found, NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]

    def never(*_args: Any) -> str:
        raise AssertionError("looked through the words of a case that nobody called about")

    monkeypatch.setattr(discretion, "unnamed", never)
    monkeypatch.setattr(discretion, "unreachable", never)
    assert public.view(who(body(plain)), loaded(plain), NOW)["number"] == plain


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"联系{NAME}", f"联系{HIDDEN}"),
        ("电话139-1111-2222。", f"电话{HIDDEN}。"),
        ("+86 13911112222 或 13800001111", f"{HIDDEN} 或 13800001111"),
        ("139 1111 2223", "139 1111 2223"),
        ("2026-03-17 10:00 到场，6103020102000001", "2026-03-17 10:00 到场，6103020102000001"),
    ],
)
def test_only_the_callers_own_name_and_number_go(text: str, left: str) -> None:
    assert unnamed(text, NAME, PHONE) == left
    assert unnamed(text, NAME, "+86 139 1111 2222") == left
    assert unnamed(text, NAME, "013911112222") == unnamed(text, NAME, "008613911112222") == left, (
        "by exchanges"
    )
    assert unnamed(text, "", "") == text


# Where it is -------------------------------------------------------------------


@pytest.fixture
def at_home() -> str:
    return walk(called(description="垃圾", address=AT_HOME), "handle/handling")


def addresses(number: str, person: str) -> list[str]:
    """The address of this case as the case, its page, lists, a page of the list, the desk and a field that asks for a case say it."""
    code = body(number) if person == "@body" else person
    reader, client = who(code), desk(code)
    texts = [
        told(number, person),
        client.get(f"/cases/{number}").content.decode(),
        client.get(f"/cases/{number}/print?full=1").content.decode(),
        client.get(f"/cases/?q={number}").content.decode(),
        str(client.get(f"/cases/find?q={number}").json()),
        json.dumps(program(code).get(f"/api/v1/cases?q={number}").json(), ensure_ascii=False),
        json.dumps(
            public.cases(reader, Filters(words=number), now=NOW).rows, default=str, ensure_ascii=False
        ),
    ]
    assert all("金台路" in text for text in texts), [
        n for n, text in enumerate(texts) if "金台路" not in text
    ]
    return texts


@pytest.mark.parametrize(("person", "full"), READERS)
def test_an_address_names_the_caller_to_supervision_only(at_home: str, person: str, full: bool) -> None:
    texts = addresses(at_home, person)
    words = (NAME, "139-1111-2222")
    assert [[word in text for word in words] for text in texts] == [[full, full]] * len(texts)


@pytest.mark.parametrize(("person", "full"), READERS)
def test_an_address_that_was_put_right_is_not_told_as_it_was(person: str, full: bool) -> None:
    at_home = called(description="垃圾", address=AT_HOME)
    do(at_home, "acceptor.1", "correct", address=f"金台路 90 号{NAME}楼下")
    walk(at_home, "handle/handling")
    seen = public.view(who(body(at_home) if person == "@body" else person), loaded(at_home), NOW)
    (facts,) = [line["facts"] for line in seen["timeline"] if line["act"] == "correct"]
    now, before = seen["address"], facts["before"]["address"]
    assert (NAME in now, NAME in before, "139-1111" in before) == (full, full, full)
    assert "90 号" in now and "88号" in before


def test_the_answer_to_an_act_does_not_name_the_caller_either(at_home: str) -> None:
    answer = program(body(at_home)).post(
        f"/api/v1/cases/{at_home}/acts/opinion",
        {"opinion": "已到场"},
        content_type="application/json",
        HTTP_PREFER="return=minimal",
    )
    assert answer.status_code == 200, answer.content
    assert (NAME in answer.json()["address"], "金台路" in answer.json()["address"]) == (False, True)


def test_a_crew_is_sent_where_and_not_to_whom(at_home: str) -> None:
    made = public.make_link(
        by=who(body(at_home)), number=at_home, crew="张师傅", to="13991700123", hours=48, now=timezone.now()
    )
    sent = Outgoing.objects.get()
    page = Client().get(f"/crew/{made.token}").content.decode()
    links = desk(body(at_home)).get(f"/cases/{at_home}/crew").content.decode()
    for text in (sent.body, page, links):
        assert "金台路" in text and NAME not in text and "1111-2222" not in text


@pytest.mark.parametrize("into", [False, True])
def test_a_crews_link_that_is_over_does_not_name_the_caller(at_home: str, into: bool) -> None:
    """Nor, where the case was merged, who called about either."""
    made = public.make_link(
        by=who(body(at_home)), number=at_home, crew="张师傅", to="13991700123", hours=48, now=timezone.now()
    )
    public.end_link(by=who(body(at_home)), number=at_home, link=made.id, now=timezone.now())
    if into:
        other = case(walk(event(), "handle/handling")).pk
        merged = "UPDATE flow_case SET status = 'merged', due_at = NULL, near_at = NULL, merged_into_id = %s WHERE number = %s"
        sql.execute(merged, [other, at_home])
    page = Client().get(f"/crew/{made.token}").content.decode()
    assert "结束这个链接" in page and ("合并办理" in page) is into and "金台路" in page
    assert NAME not in page and "1111-2222" not in page


def test_a_place_where_it_happens_again_is_called_without_who_called() -> None:
    for _n in range(3):
        walk(called(description="垃圾", address=AT_HOME), "handle/handling")
    today = NOW.date()
    found = score_attention.attention(
        score.of_days(today, today + timedelta(days=1), NOW), NOW + timedelta(hours=1)
    )
    ((_topic, _area, n, address, _title),) = found.repeated
    assert n == 3 and "金台路" in address and NAME not in address and "1111-2222" not in address


def test_a_photos_copy_says_where_and_not_at_whose_door() -> None:
    number = event("hotline.1", address=AT_HOME, caller_name=NAME, caller_phone=PHONE)
    id_ = sql.value("SELECT min(id) FROM flow_attachment WHERE case_id = %s", [case(number).pk])
    words = " ".join(desk_stamp(public.attachment(id_), "1600"))
    assert "金台路" in words and NAME not in words and "1111" not in words


def test_the_strip_and_the_phone_do_not_name_the_caller(at_home: str) -> None:
    sql.execute("UPDATE flow_case SET rank = 0, taken_by_id = NULL WHERE number = %s", [at_home])
    (row,) = public.alarms(who(body(at_home)))
    assert "金台路" in row["address"] and NAME not in row["address"]
    other = walk(called(description="垃圾", address=AT_HOME), "file/verifying")
    (task,) = [one for one in tasks(who(_code(other))) if one["number"] == other]
    assert "金台路" in task["address"] and NAME not in task["address"]


# Searching ---------------------------------------------------------------------


def found(person: str, number: str, words: str) -> bool:
    reader = who(body(number) if person == "@body" else person)
    return number in [row["number"] for row in public.cases(reader, Filters(words=words), now=NOW).rows]


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize(("person", "full"), [*READERS, ("mayor.1", False)])
def test_a_search_does_not_confirm_who_called(
    monkeypatch: pytest.MonkeyPatch, person: str, full: bool, few: bool
) -> None:
    number = walk(called(), "handle/handling")
    index([case(number).pk])
    if not few:
        monkeypatch.setattr(list_words, "FEW", 0)
    for term in (NAME, "欧阳", "小燕报", "燕报", "1391", "139", "2222", "zhang@"):
        assert found(person, number, term) is full, term
    for term in ("垃圾", "路边有垃", "路边 垃圾", "报"):
        assert found(person, number, term), term


def test_a_name_that_nobody_called_by_is_found_by_everybody() -> None:
    number = walk(event(description="王大明雕像倒了，编号 12345678"), "handle/handling")
    index([case(number).pk])
    for person in ("@body", "dispatcher.1", "acceptor.1"):
        assert found(person, number, "王大明") and found(person, number, "编号 123456")


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "一号 13911112222 二号 0917-3261234，三号 3261234",
        "身份证 61030219800101123X，旁边 12 号",
        "+86 139-1111-2222，2026年3月17日 10:30 起积水 15 cm",
        "a.b+c@mail.example.com 与 610302198001011234x",
        "经二路 12 号门前井盖破损，约 25 平方厘米",
    ],
)
def test_a_search_reads_what_the_reader_reads(text: str) -> None:
    seen = sql.value(
        f"SELECT {HEARD} FROM (SELECT %(text)s::text AS description, %(name)s::text AS caller_name, %(phone)s::text AS caller_phone) r",
        {"text": text, "name": NAME, "phone": PHONE, **HEARD_PARAMS},
    )
    assert seen == unreachable(text, [NAME, PHONE])


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize(("person", "full"), [*READERS, ("mayor.1", False)])
def test_a_search_in_addresses_does_not_either(
    monkeypatch: pytest.MonkeyPatch, person: str, full: bool, few: bool
) -> None:
    number = walk(called(description="垃圾", address=AT_HOME), "handle/handling")
    index([case(number).pk])
    if not few:
        monkeypatch.setattr(list_words, "FEW", 0)
    for term in (NAME, "欧阳", "小燕家", "燕家", "139-", "-1111-", "2222"):
        assert found(person, number, term) is full, term
    for term in ("金台路", "家门口", "金台 88号", "0917-"):
        assert found(person, number, term), term


@pytest.mark.parametrize(
    "phone",
    [PHONE, "+86 139 1111 2222", "86-13911112222", "008613911112222", "013911112222", "3261234", "120", ""],
)
@pytest.mark.parametrize("name", [NAME, "刘", ""])
@pytest.mark.parametrize(
    "text",
    [
        AT_HOME,
        "13911112222",
        "电话+86 139-1111-2222、0917-3261234，610302 139 1111 2222 5 号",
        "139 1111 2223，88号 139-1111-2222x",
        "刘家村 120 号",
    ],
)
def test_a_search_reads_the_address_as_the_reader_reads_it(text: str, name: str, phone: str) -> None:
    seen = sql.value(
        f"SELECT {PLACED} FROM (SELECT %(text)s::text AS address) c, (SELECT %(name)s::text AS caller_name, %(phone)s::text AS caller_phone) r",
        {"text": text, "name": name, "phone": phone},
    )
    assert seen == unnamed(text, name, phone)


# Phones, and what stands behind a figure -----------------------------------------


def test_a_collector_is_sent_where_and_not_to_whom() -> None:
    number = walk(called(), "file/verifying")
    collector = who(str(loaded(number).case.holder_person_id and _code(number)))
    (task,) = [one for one in tasks(collector) if one["number"] == number]
    assert "路边有垃圾" in task["description"]
    assert [word for word in SECRETS if word in json.dumps(task, default=str, ensure_ascii=False)] == []


def _code(number: str) -> str:
    return str(sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id]))


@pytest.mark.parametrize(("person", "full"), [("commander.1", False), ("mayor.1", False), ("chief.1", True)])
def test_acts_behind_a_figure_do_not_name_the_caller(spoken_of: str, person: str, full: bool) -> None:
    asked = "by=post&figure=act&act=dispatch&person=dispatcher.1&post=dispatcher"
    page = desk(person).get(f"/score/cases?kind=month&on=2026-03-17&{asked}")
    text = page.content.decode()
    assert page.status_code == 200 and spoken_of in text and "请联系" in text
    assert (NAME in text, PHONE in text) == (full, full)


@pytest.mark.parametrize(("person", "full"), [("dispatcher.1", False), ("@body", False), ("chief.1", True)])
def test_cases_behind_a_figure_say_where_and_not_at_whose_door(at_home: str, person: str, full: bool) -> None:
    asked = "kind=month&on=2026-03-17&by=department&figure=need_dispose"
    code = body(at_home) if person == "@body" else person
    page = desk(code).get(f"/score/cases?{asked}").content.decode()
    assert ("金台路" in page, NAME in page, "139-1111" in page) == (True, full, full)


@pytest.mark.parametrize(("person", "full"), [("dispatcher.1", False), ("@body", False), ("chief.1", True)])
def test_an_opened_row_of_the_score_does_not_name_the_caller(at_home: str, person: str, full: bool) -> None:
    row = organisations().code(case(at_home).body_id)
    code = body(at_home) if person == "@body" else person
    page = desk(code).get(f"/score/?kind=month&on=2026-03-17&by=department&open={row}").content.decode()
    assert ("金台路" in page, NAME in page, "139-1111" in page) == (True, full, full)


def moved(code: str, post: Any) -> None:
    """Somebody leaves all their posts for this one."""
    person = Person.objects.get(code=code)
    Holding.objects.filter(person=person).update(until=NOW.date() - timedelta(days=365))
    Holding.objects.create(person=person, post=post)
    bump("people")


def test_what_one_did_is_listed_no_further_than_one_may_see() -> None:
    """A handler who goes to another department no longer reads the old one's cases under 已办, nor opens them from there."""
    number, own = new("handle/handling"), walk(event(), "handle/handling")
    handler = body(number)
    assert body(own) != handler

    def done() -> list[str]:
        return [row["number"] for row in public.cases(who(handler), Filters(desk="done"), now=NOW).rows]

    assert done() == [number]
    moved(handler, Holding.objects.get(person__code=body(own)).post)
    assert refusal(number, handler, "opinion", opinion="还想看看") == "not-there"
    assert done() == []
    assert number not in desk(handler).get("/work/?tab=done").content.decode()
    do(own, handler, "opinion", opinion="接手了")
    assert done() == [own]


def test_what_one_followed_is_followed_no_further_than_one_may_see() -> None:
    """A dispatcher who follows a case and then goes to another department hears no more of it."""
    number, own = new("handle/handling"), walk(event(), "handle/handling")
    for one in (number, own):
        public.watch(by=who("dispatcher.1"), number=one, on=True, now=NOW)

    def followed() -> list[str]:
        found = public.cases(who("dispatcher.1"), public.Filters(desk="watched"), now=NOW)
        return sorted(row["number"] for row in found.rows)

    assert followed() == sorted([number, own])
    assert body(own) != body(number)
    moved("dispatcher.1", Holding.objects.get(person__code=body(own)).post)
    assert refusal(number, "dispatcher.1", "opinion", opinion="还想看看") == "not-there"
    assert followed() == [own]
