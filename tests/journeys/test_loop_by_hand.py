"""The closed loop by people at browsers: seven desks, seven contexts, nothing but the pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.cities import RunningCity
from tests.journeys.people import CHINESE, PHONE, People, Person, jpeg

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(600),
]
PHONE_NUMBER = "13909170001"


def lonely_manhole(city: RunningCity, n: int) -> tuple[str, float, float]:
    """A sewage manhole for each test, so that one test's case is no duplicate of another's."""
    with city.client("collector.01") as client:
        found = (
            client.get("/api/v1/components", params={"class": "0102", "limit": 100})
            .raise_for_status()
            .json()["items"][10 * n]
        )
    lon, lat = found["location"]["coordinates"]
    return found["code"], lon, lat


def reports_a_manhole(person: Person, component: str, condition: int = 0) -> str:
    """On the phone: where am I, which thing, what is wrong with it, a photo, send; the number comes back."""
    page = person.page
    person.open("/field/plain/")
    person.look_around()
    page.get_by_role("link", name="上报", exact=True).click()
    page.get_by_role("button", name="我的位置").click()
    chosen = page.locator(f"#component-{component}")
    expect(chosen).to_be_attached()
    chosen.check()
    conditions = page.locator("#conditions input[name=condition]")
    expect(conditions.nth(condition)).to_be_visible()
    conditions.nth(condition).check()
    page.locator("#photo").set_input_files(jpeg(person.city.jpeg()))
    expect(page.locator("[data-previews] img")).to_be_visible()
    page.get_by_label("补充说明").fill("路口井盖缺失，行人绕行")
    person.look_around()
    page.get_by_role("button", name="发送").last.click()
    page.wait_for_url(re.compile(r"/field/mine/\?new="))
    return page.locator(".notice-ok b").inner_text()


def answers_a_task(person: Person, number: str, word: str) -> None:
    """On the phone: the task is there with its clock; yes or no, a photo, send."""
    page = person.page
    person.open("/field/plain/")
    card = page.locator(f"a.task-card[href*='{number}']")
    expect(card.locator(".clock .light")).to_be_visible()
    card.click()
    page.get_by_label(word).check()
    page.locator("#photo").set_input_files(jpeg(person.city.jpeg()))
    person.look_around()
    page.get_by_role("button", name="发送").click()
    page.wait_for_url(re.compile("/done/"))
    expect(page.locator(".notice-ok")).to_be_visible()


def test_seven_people_close_a_case(people: People, city: RunningCity) -> None:
    component, lon, lat = lonely_manhole(city, 1)
    # The list that the case will come to: a desk opens by itself on one where others' cases wait.
    for code, tab in (
        ("acceptor.1", "collect.reported"),
        ("chief.1", "file.accepted"),
        ("dispatcher.1", "dispatch.filed"),
    ):
        people[code].open(f"/work/?tab={tab}")
        people[code].look_around()
    collector = people.comes("collector.01", at=(lon, lat))
    collector.sign_in()
    number = reports_a_manhole(collector, component)
    at_the_acceptors_desk(people["acceptor.1"], number)
    files(people["chief.1"], number)
    body = dispatches(people["dispatcher.1"], number)
    people["dispatcher.1"].waits_at("待复核")
    people["acceptor.1"].waits_at("待核查")
    people["chief.1"].waits_at("待结案")
    signs_and_answers(people[f"handler.{body}"], number)
    reviews(people["dispatcher.1"], number)
    asked = asks_for_a_check(people["acceptor.1"], number)
    assert asked != "collector.01", "who reported does not check"
    answers_a_task(people[asked], number, "已经修好")
    closes(people["chief.1"], number)
    is_seen_by_the_head(people["head.1"], number)
    finds_the_way_on_a_phone(people["chief.1"])
    assert people.faults == []


def test_a_citizen_follows_by_code(people: People, city: RunningCity) -> None:
    """Without an account: report, keep the code, read how it goes on until it is closed, say that it is not, and it goes on."""
    _code, lon, lat = lonely_manhole(city, 5)
    citizen = people.comes("citizen", at=(lon, lat))
    number, code = reports_without_account(citizen)
    assert_follows(citizen, code, "等待受理")
    acceptor, chief, dispatcher = people["acceptor.2"], people["chief.2"], people["dispatcher.2"]
    acceptor.open("/work/")
    acceptor.finds(number)
    expect(acceptor.page.locator("main")).to_contain_text("市民")
    acceptor.does("accept")
    acceptor.finds(number)
    asked = acceptor.form("verify_request").locator("input[type=hidden][name=collector]").input_value()
    acceptor.does("verify_request")
    assert_follows(citizen, code, "正在派人到现场核实")
    answers_a_task(people[asked], number, "有，问题存在")
    chief.open("/work/")
    chief.finds(number)
    chief.does("file")
    dispatcher.open("/work/")
    dispatcher.finds(number)
    body = dispatcher.form("dispatch").locator("input[type=hidden][name=to]").input_value()
    dispatcher.does("dispatch")
    assert_follows(citizen, code, "等待处置单位签收")
    handler = people[f"handler.{body}"]
    handler.open("/work/")
    handler.finds(number)
    expect(handler.page.locator("main")).not_to_contain_text(PHONE_NUMBER)
    handler.does("sign")
    handler.does("answer", photo=city.jpeg(), opinion="路灯已经修好，试亮正常")
    dispatcher.finds(number)
    dispatcher.does("review")
    acceptor.finds(number)
    checker = acceptor.form("check_request").locator("input[type=hidden][name=collector]").input_value()
    assert checker != asked, "who verified does not check"
    acceptor.does("check_request")
    answers_a_task(people[checker], number, "已经修好")
    chief.finds(number)
    chief.does("close")
    assert_follows(citizen, code, "已结案")
    citizen.look_around()
    says_it_is_not_fixed(citizen)
    with city.client("acceptor.2") as client:
        drawn = client.get(f"/api/v1/cases/{number}").raise_for_status().json()["holder"]
    assert drawn.startswith("collector."), "the system has sent somebody"
    answers_a_task(people[drawn], number, "已经修好")
    chief.finds(number)
    chief.does("close")
    assert_follows(citizen, code, "已结案")
    citizen.page.get_by_role("button", name="满意", exact=True).click()
    expect(citizen.page.locator("main")).to_contain_text("评价：满意")
    citizen.look_around()
    assert people.faults == []


def reports_without_account(citizen: Person) -> tuple[str, str]:
    """The task number and the query code."""
    page = citizen.page
    citizen.open("/report/")
    citizen.look_around()
    page.locator("#photo").set_input_files(jpeg(citizen.city.jpeg()))
    page.get_by_role("button", name="我的位置").click()
    expect(page.get_by_label("地址")).not_to_have_value("")
    page.get_by_role("radio", name="路灯").check()
    page.get_by_label("说说情况").fill("这一盏路灯三天不亮了")
    page.locator("#caller_phone").fill(PHONE_NUMBER)
    page.get_by_role("button", name="提交", exact=True).last.click()
    page.wait_for_url(re.compile(r"/follow/[0-9A-Z]+"))
    citizen.look_around()
    found = re.search(r"T\d{6}-\d+", page.locator("main").inner_text())
    assert found
    return found[0], page.locator(".big-code").inner_text()


def says_it_is_not_fixed(citizen: Person) -> None:
    """One press, no reasons."""
    page = citizen.page
    page.get_by_role("button", name="没解决").click()
    expect(page.locator("main")).to_contain_text("这件已经重新打开，并派人到现场核查。")
    citizen.look_around()


def assert_follows(citizen: Person, code: str, word: str) -> None:
    citizen.open("/follow/")
    citizen.page.get_by_label("查询码").fill(code.lower())
    citizen.page.get_by_role("button", name="查询").click()
    expect(citizen.page.locator("main")).to_contain_text(word)


def test_the_dispatcher_needs_no_mouse(people: People, city: RunningCity) -> None:
    """J to the case, Enter opens it, Ctrl+Enter dispatches to the proposed body, and one is at the next case or the list."""
    component, lon, lat = lonely_manhole(city, 7)
    collector = people.comes("collector.02", at=(lon, lat))
    collector.sign_in()
    number = reports_a_manhole(collector, component)
    for code, act in (("acceptor.1", "accept"), ("chief.1", "file")):
        people[code].open("/work/")
        people[code].finds(number)
        people[code].does(act)
    dispatcher = people["dispatcher.1"]
    dispatcher.open("/work/?tab=dispatch.filed")
    dispatcher.sees(number)
    page = dispatcher.page
    for _n in range(50):
        page.keyboard.press("j")
        if "cur" in (dispatcher.row(number).get_attribute("class") or "").split():
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/cases/{number}"))
    page.keyboard.press("d")
    expect(page.locator(".toast-line", has_text="派遣").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(dispatcher.row(number)).to_contain_text("待签收")
    assert people.faults == []


def test_an_acceptor_works_in_english(people: People, city: RunningCity) -> None:
    """The list, the case and its acts: what is not data is in English."""
    component, lon, lat = lonely_manhole(city, 3)
    collector = people.comes("collector.03", at=(lon, lat))
    collector.sign_in()
    number = reports_a_manhole(collector, component, condition=1)
    acceptor = people["acceptor.2"]
    acceptor.open("/work/")
    acceptor.page.locator("details[data-baoji-menu] > summary").click()
    acceptor.page.get_by_role("button", name="English").click()
    try:
        expect(acceptor.page.locator("html")).to_have_attribute("lang", "en")
        assert acceptor.page.evaluate(CHINESE) == []
        acceptor.look_around()
        acceptor.finds(number)
        assert acceptor.page.evaluate(CHINESE) == []
        acceptor.does("accept")
        assert acceptor.page.evaluate(CHINESE) == []
        acceptor.look_around()
    finally:
        acceptor.page.locator("details[data-baoji-menu] > summary").click()
        acceptor.page.get_by_role("button", name="中文").click()
    expect(acceptor.page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert people.faults == []


def at_the_acceptors_desk(acceptor: Person, number: str) -> None:
    """The report comes by itself, loud; it is read and accepted."""
    row = acceptor.sees(number)
    expect(row).to_have_class(re.compile("urgent"))
    expect(acceptor.page.locator(".alarm", has_text="特急").first).to_be_visible()
    expect(row.locator(".clock .light")).to_be_visible()
    acceptor.opens(number)
    expect(acceptor.clock()).to_be_visible()
    acceptor.look_around()
    acceptor.does("accept")


def files(chief: Person, number: str) -> None:
    """立案 with the class and condition that the report brought; the case gets its number."""
    expect(chief.sees(number).locator(".clock .light")).to_be_visible()
    chief.opens(number)
    expect(chief.clock()).to_be_visible()
    expect(chief.form("file").locator(".submit")).to_have_text(re.compile("立案"))
    chief.look_around()
    chief.does("file")


def dispatches(dispatcher: Person, number: str) -> str:
    """The list that was open all the time has it; the proposed body is taken, and said with its reason."""
    row = dispatcher.sees(number)
    expect(row.locator(".clock .light")).to_be_visible()
    expect(row.locator(".c-prop .reason")).not_to_be_empty()
    dispatcher.opens(number)
    form = dispatcher.form("dispatch")
    expect(form).to_contain_text("建议")
    body = form.locator("input[type=hidden][name=to]").input_value()
    dispatcher.look_around()
    dispatcher.does("dispatch")
    return body


def signs_and_answers(handler: Person, number: str) -> None:
    handler.open("/work/")
    expect(handler.sees(number).locator(".clock .light")).to_be_visible()
    handler.look_around()
    handler.opens(number)
    expect(handler.page.locator("main")).not_to_contain_text("collector.")
    handler.does("sign")
    expect(handler.clock()).to_be_visible()
    handler.look_around()
    handler.does("answer", photo=handler.city.jpeg(), opinion="已补装井盖，路面清理完毕")


def reviews(dispatcher: Person, number: str) -> None:
    expect(dispatcher.sees(number).locator(".clock .light")).to_be_visible()
    dispatcher.opens(number)
    dispatcher.look_around()
    dispatcher.does("review")


def asks_for_a_check(acceptor: Person, number: str) -> str:
    """The system draws who is near; the acceptor takes the proposal. The drawn person's code."""
    acceptor.sees(number)
    acceptor.opens(number)
    asked = acceptor.form("check_request").locator("input[type=hidden][name=collector]").input_value()
    acceptor.look_around()
    acceptor.does("check_request")
    return asked


def closes(chief: Person, number: str) -> None:
    expect(chief.sees(number).locator(".clock .light")).to_be_visible()
    chief.opens(number)
    chief.look_around()
    chief.does("close")


def is_seen_by_the_head(head: Person, number: str) -> None:
    """Found by its number, ended, without a light; and counted in the score."""
    head.open("/cases/")
    head.look_around()
    head.page.get_by_label("查找", exact=True).fill(number)
    head.page.get_by_label("查找", exact=True).press("Enter")
    row = head.sees(number)
    expect(row.locator(".light")).to_have_count(0)
    head.opens(number)
    expect(head.page.locator("#passed")).to_contain_text("结案")
    expect(head.clock()).to_have_count(0)
    head.look_around()
    head.open("/score/")
    head.look_around()


def finds_the_way_on_a_phone(chief: Person) -> None:
    """The map is there where a desk has it beside its list; no entry of the longest menu is off the screen."""
    chief.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    chief.open("/map/")
    expect(chief.page.locator("baoji-map")).to_be_visible()
    for link in chief.page.get_by_role("navigation", name="主导航").get_by_role("link").all():
        expect(link).to_be_in_viewport(ratio=0.9)
    chief.look_around()
