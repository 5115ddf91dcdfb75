"""The desks' lists: tabs, rows, filters, paging, several at once; the fragment, the query budget."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.town import NOW, at, body, case, desk, do, event, new, report, where, who

from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.actions.searching import index

pytestmark = pytest.mark.django_db


def numbers(response: object) -> list[str]:
    return re.findall(r'data-number="([^"]+)"', response.content.decode())  # type: ignore[attr-defined]


def cost(queries: CaptureQueriesContext) -> int:
    """How many statements; not the look at the versions of reference data, which happens once a second."""
    return sum("base_version" not in query["sql"] for query in queries)


def test_a_stranger_is_sent_to_sign_in_and_back_afterwards() -> None:
    answer = Client().get("/work/?tab=dispatch.filed")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/sign-in/?next=%2Fwork%2F%3Ftab%3Ddispatch.filed",
    )


def test_each_desk_shows_what_waits_for_it_and_nothing_else() -> None:
    reported, filed, answered = report(), new("dispatch/filed"), new("feedback/answered")
    assert numbers(desk("acceptor.1").get("/work/?tab=collect.reported")) == [reported]
    dispatcher = desk("dispatcher.1")
    assert numbers(dispatcher.get("/work/?tab=dispatch.filed")) == [filed]
    assert numbers(dispatcher.get("/work/?tab=feedback.answered")) == [answered]
    assert set(numbers(dispatcher.get("/work/?tab=todo"))) == {filed, answered}


def test_without_a_tab_the_first_with_something_in_it_is_shown() -> None:
    returned = new("dispatch/returned")
    answer = desk("dispatcher.1").get("/work/")
    assert numbers(answer) == [returned]
    assert answer.context["tab"].code == "dispatch.returned"


def test_a_department_sees_its_own_cases_only() -> None:
    number = new("handle/to_sign")
    assert numbers(desk(body(number)).get("/work/")) == [number]
    assert numbers(desk("handler.D38").get("/work/?tab=todo")) == []
    assert desk("handler.D38").get(f"/cases/{number}").status_code == 404


def test_the_row_says_what_is_proposed_and_why() -> None:
    new("dispatch/filed")
    text = desk("dispatcher.1").get("/work/?tab=dispatch.filed").content.decode()
    tree = organisations()
    assert tree.by_code["D29"].short_name in text
    assert "部件台账：养护单位" in text
    assert "2 工作日" in text


def test_the_page_and_its_fragment_hold_the_same_rows() -> None:
    new("dispatch/filed")
    client = desk("dispatcher.1")
    page = client.get("/work/?tab=dispatch.filed")
    fragment = client.get("/work/?tab=dispatch.filed", headers={"HX-Request": "true"})
    assert numbers(page) == numbers(fragment) != []
    assert b"<html" not in fragment.content
    assert b'id="tabs" hx-swap-oob' in fragment.content


@pytest.mark.parametrize("whole", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_page_that_htmx_fetches_whole_is_the_whole_page(whole: str) -> None:
    new("dispatch/filed")
    client, address = desk("dispatcher.1"), "/work/?tab=dispatch.filed"
    answer = client.get(address, headers={"HX-Request": "true", whole: "true"})
    assert b"<html" in answer.content
    assert answer.context["options"].keys() == client.get(address).context["options"].keys()
    assert '<option value="610302">' in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("county=610302", True),
        ("county=610303", False),
        ("class=component-0102", True),
        ("class=component-0301", False),
        ("source=collector", True),
        ("source=hotline", False),
        ("urgent=1", False),
    ],
)
def test_filters_narrow_the_list(query: str, found: bool) -> None:
    new("dispatch/filed")
    assert bool(numbers(desk("dispatcher.1").get(f"/work/?tab=dispatch.filed&{query}"))) is found


def test_pages_follow_one_another_and_lead_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baoji.systems.urban.pages.staff.lists.LIMIT", 2)
    made = [report(now=NOW), report(now=NOW), report(now=NOW), report(now=NOW), report(now=NOW)]
    client = desk("acceptor.1")
    pages, url = [], "/work/?tab=collect.reported"
    while url:
        answer = client.get(url)
        pages.append(numbers(answer))
        url, before = answer.context["pages"].next, answer.context["pages"].previous
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(sum(pages, [])) == sorted(made)
    assert numbers(client.get(before)) == pages[1]


def test_a_broken_page_mark_is_refused_with_a_sentence() -> None:
    answer = desk("acceptor.1").get("/work/?tab=collect.reported&after=nonsense")
    assert answer.status_code == 422
    assert "翻页标记不对" in answer.content.decode()


def test_several_are_dispatched_each_by_itself_and_one_refusal_stops_no_other() -> None:
    first, second, gone = new("dispatch/filed"), new("dispatch/filed"), new("handle/to_sign")
    client = desk("dispatcher.1")
    answer = client.post(
        "/work/dispatch/",
        {"case": [first, gone, second], "to": "", "idempotency_key": "k1", "tab": "dispatch.filed"},
    )
    assert answer["Location"] == "/work/?tab=dispatch.filed"
    assert [where(number) for number in (first, second, gone)] == ["handle/to_sign"] * 3
    text = client.get(answer["Location"]).content.decode()
    assert text.count("已派给") == 2 and "派出 2 件" in text
    assert f"{gone} 没有派出" in text
    assert "没有派出" not in client.get(answer["Location"]).content.decode(), "told once"


def test_a_second_press_of_the_same_batch_is_the_same_deed() -> None:
    number = new("dispatch/filed")
    client = desk("dispatcher.1")
    sent = {"case": [number], "to": "", "idempotency_key": "k2", "tab": "dispatch.filed"}
    client.post("/work/dispatch/", sent)
    version = case(number).version
    client.post("/work/dispatch/", sent)
    assert case(number).version == version
    assert "没有派出" not in client.get("/work/?tab=dispatch.filed").content.decode()


def test_others_than_the_dispatcher_dispatch_nothing() -> None:
    number = new("dispatch/filed")
    desk("acceptor.1").post("/work/dispatch/", {"case": [number], "to": "", "idempotency_key": "k3"})
    assert where(number) == "dispatch/filed"


def test_fifty_rows_cost_no_more_queries_than_one() -> None:
    for _n in range(4):
        new("dispatch/filed")
    client = desk("dispatcher.1")
    client.get("/work/?tab=dispatch.filed")
    with CaptureQueriesContext(connection) as few:
        client.get("/work/?tab=dispatch.filed")
    for _n in range(6):
        do(do(report(), "acceptor.1", "accept").case.number, "chief.1", "file")
    with CaptureQueriesContext(connection) as many:
        assert len(numbers(client.get("/work/?tab=dispatch.filed"))) == 10
    assert cost(many) == cost(few) <= 12


def test_all_cases_are_found_by_number_component_words_and_phone() -> None:
    number = event(
        "hotline.1", pictures=0, caller_name="张先生", caller_phone="13991700123", address="经二路 42 号门前"
    )
    do(number, "acceptor.1", "accept")
    do(number, "acceptor.1", "verify_request")
    do(number, "@asked", "verify_answer")
    case_number = do(number, "chief.1", "file").case.case_number
    assert case_number is not None
    index([case(number).pk])  # the worker does this a moment later
    acceptor, mayor = desk("acceptor.1"), desk("mayor.1")
    for words in (
        number,
        number.lower(),
        case_number,
        case_number.replace("-", ""),
        "42 号门",
        "13991700123",
    ):
        assert numbers(acceptor.get("/cases/", {"q": words})) == [number], words
    assert numbers(mayor.get("/cases/", {"q": "13991700123"})) == [], (
        "only the supervision side looks callers up"
    )


def test_a_department_finds_only_its_own_among_all_cases() -> None:
    mine, other = new("handle/to_sign"), report()
    assert numbers(desk(body(mine)).get("/cases/")) == [mine]
    assert set(numbers(desk("head.1").get("/cases/"))) == {mine, other}


def test_the_field_that_asks_for_a_case_finds_it_for_those_who_may_see_it() -> None:
    number = new("dispatch/filed")
    found = desk("acceptor.1").get("/cases/find", {"q": number}).json()["items"]
    assert [item["value"] for item in found] == [number]
    assert desk("handler.D38").get("/cases/find", {"q": number}).json()["items"] == []


def test_neighbours_are_those_of_the_list_also_after_the_case_left_it() -> None:
    first, second, third = new("dispatch/filed"), new("dispatch/filed"), new("dispatch/filed")
    filters, reader = public.Filters(desk="todo", stage="dispatch", step="filed"), who("dispatcher.1")
    in_order = [row["number"] for row in public.cases(reader, filters, now=NOW).rows]
    assert set(in_order) == {first, second, third}
    middle = case(in_order[1])
    assert public.neighbours(reader, filters, middle, NOW) == (in_order[0], in_order[2])
    do(in_order[1], "dispatcher.1", "dispatch")
    assert public.neighbours(reader, filters, middle, NOW) == (in_order[0], in_order[2])


def test_the_head_begins_with_all_cases_and_a_worker_with_the_worklist() -> None:
    assert desk("head.1").get("/")["Location"] == "/cases/"
    assert desk("dispatcher.1").get("/")["Location"] == "/work/"


def test_an_alarm_stands_on_every_page_of_the_desk_until_it_is_taken() -> None:
    number = new("dispatch/filed", condition=1)
    client = desk("dispatcher.1")
    assert number in client.get("/alarms/").content.decode()
    assert "我来接手" in client.get("/help/").content.decode()
    client.post(f"/cases/{number}/acts/take")
    assert case(number).taken_by_id is not None
    assert number not in client.get("/alarms/").content.decode()


def test_a_clock_outside_office_hours_says_that_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    new("dispatch/filed")
    morning = _at_another_hour(monkeypatch, "dispatcher.1", "/work/?tab=dispatch.filed", at("03-17 11:00"))
    assert '<small class="stands">' not in morning
    assert 'data-running="1" data-turns="3600"' in morning, "the office closes at noon"
    for person, path in (("dispatcher.1", "/work/?tab=dispatch.filed"), ("head.1", "/cases/")):
        text = _at_another_hour(monkeypatch, person, path, at("03-17 22:00"))
        assert 'data-running="0"' in text and '<small class="stands">下班时间不计时</small>' in text
    english = _at_another_hour(
        monkeypatch, "dispatcher.1", "/work/?tab=dispatch.filed", at("03-17 22:00"), "en"
    )
    assert '<small class="stands">Off hours, stopped</small>' in english


def test_a_loud_case_is_counted_through_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    new("dispatch/filed", condition=1)
    text = _at_another_hour(monkeypatch, "dispatcher.1", "/work/?tab=dispatch.filed", at("03-17 22:00"))
    assert 'data-running="1" data-turns=""' in text and '<small class="stands">' not in text


def _at_another_hour(
    monkeypatch: pytest.MonkeyPatch, person: str, path: str, now: datetime, language: str = "zh-hans"
) -> str:
    """A page as it is at another hour."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    client = desk(person)
    client.cookies["django_language"] = language
    return client.get(path).content.decode()


def test_the_menus_counts_come_with_the_alarms() -> None:
    client = desk("dispatcher.1")
    assert 'id="badge-urban-work"' in client.get("/help/").content.decode(), (
        "the place the counts are put into"
    )
    for waits in ("1", "2"):
        new("dispatch/filed")
        told = " ".join(client.get("/alarms/").content.decode().split())
        assert f'<span id="badge-urban-work" hx-swap-oob="innerHTML"> <span class="n">{waits}<' in told
    others = " ".join(desk("chief.1").get("/alarms/").content.decode().split())
    assert '<span id="badge-urban-work" hx-swap-oob="innerHTML"> </span>' in others, "nothing waits there"


def test_the_map_beside_the_list_takes_its_marks_from_the_rows() -> None:
    number = new("dispatch/filed")
    text = desk("dispatcher.1").get("/work/?tab=dispatch.filed").content.decode()
    row = re.search(rf'<tr id="row-{number}"[^>]*>', text)
    assert row and re.search(r'data-lon="107\.\d+" data-lat="34\.\d+"', row[0])
    assert re.search(r'<baoji-map [^>]*list="worklist"', text) and "markers=" not in text
