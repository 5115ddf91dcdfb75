"""A crew without an account: the handler sends a task, the SMS is read, a cheap phone without scripts answers it."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cities import RunningCity
from tests.journeys.people import People, jpeg
from tests.journeys.walk import act, manhole, offered, report
from tests.screens import loud

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(600),
]
PHONE_NUMBER = "13909170077"
SMALL: Any = {"width": 360, "height": 640}


@pytest.fixture
def task(city: RunningCity) -> tuple[str, str]:
    """A case in its body's hands, and the body's handler."""
    number = report(city, component=manhole(city)["code"], condition=3, description="井盖松动异响")
    act(city, "acceptor.1", number, "accept")
    act(city, "chief.1", number, "file")
    with city.client("dispatcher.1") as client:
        body = offered(client, number)["dispatch"]["schema"]["properties"]["to"]["default"]
    act(city, "dispatcher.1", number, "dispatch")
    act(city, f"handler.{body}", number, "sign")
    return number, f"handler.{body}"


def sms(city: RunningCity, to: str) -> str:
    """The words that the worker sent to this phone, as the demonstration's sender wrote them down."""
    file = city.data / "messages" / "outgoing.jsonl"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        found = [line for line in lines if line["to"] == to]
        if found:
            assert len(found) == 1, "sent once"
            return str(found[0]["text"])
        time.sleep(0.2)
    raise AssertionError("no SMS was sent")


def phone(browser: Browser, *, scripts: bool) -> Page:
    context = browser.new_context(
        viewport=SMALL, locale="zh-CN", timezone_id="Asia/Shanghai", java_script_enabled=scripts
    )
    return context.new_page()


def is_sound(page: Page, url: str) -> None:
    page.goto(url)
    assert loud(page) == []


def test_a_crew_answers_with_nothing_but_a_link(
    people: People, browser: Browser, city: RunningCity, task: tuple[str, str]
) -> None:
    number, handler = task
    desk = people[handler].page
    desk.goto(f"{city.url}/cases/{number}")
    desk.get_by_role("link", name=re.compile("发给没有账号的班组")).click()
    desk.get_by_label("班组或人名").fill("张师傅")
    desk.get_by_label("手机号或邮箱").fill(PHONE_NUMBER)
    people[handler].look_around()
    desk.get_by_role("button", name="发给班组").click()
    expect(desk.get_by_text("链接只在这里显示这一次")).to_be_visible()
    people[handler].look_around()
    shown = desk.locator(".crew-url").inner_text()

    words = sms(city, PHONE_NUMBER)
    link = re.search(r"https?://\S+/crew/([\w-]{40})", words)
    assert link and shown.endswith(link[1]) and "请勿转发" in words
    url = f"{city.url}/crew/{link[1]}"
    is_sound(phone(browser, scripts=True), url)

    cheap = phone(browser, scripts=False)
    cheap.goto(url)
    expect(cheap.get_by_role("heading", name="污水井盖")).to_be_visible()
    expect(cheap.locator(".locator svg")).to_be_visible()
    photo = cheap.locator(".photos img").first
    assert cheap.request.get(city.url + str(photo.get_attribute("src"))).ok
    cheap.get_by_label("怎么处置的").fill("已紧固井盖")
    cheap.locator("#photo").set_input_files(jpeg(city.jpeg()))
    cheap.get_by_role("button", name="完成，发回").click()
    expect(cheap.get_by_text("已收到您的回复")).to_be_visible()
    expect(cheap.get_by_text("正在复核").first).to_be_visible()
    assert cheap.get_by_role("button", name="完成，发回").count() == 0
    is_sound(phone(browser, scripts=True), url)

    dispatcher = people["dispatcher.1"].page
    dispatcher.goto(f"{city.url}/cases/{number}")
    line = dispatcher.locator("#passed").get_by_text("处置班组（链接） 尾号 0077")
    expect(line).to_be_visible()
    expect(dispatcher.get_by_text("已紧固井盖")).to_be_visible()
    assert PHONE_NUMBER not in dispatcher.content()
    assert not people.faults


def test_without_a_network_nothing_that_was_written_is_lost(
    people: People, browser: Browser, city: RunningCity, task: tuple[str, str]
) -> None:
    number, handler = task
    desk = people[handler].page
    desk.goto(f"{city.url}/cases/{number}/crew")
    desk.get_by_label("班组或人名").fill("王师傅")
    desk.get_by_label("手机号或邮箱").fill("13909170079")
    desk.get_by_role("button", name="发给班组").click()
    crew = phone(browser, scripts=True)
    crew.goto(f"{city.url}/crew/{desk.locator('.crew-url').inner_text().rpartition('/')[2]}")
    badge, bar = crew.locator("[data-baoji-online]"), crew.locator("[data-baoji-offline]")
    expect(badge).to_have_text("在线")
    crew.get_by_label("怎么处置的").fill("已紧固井盖")
    crew.locator("#photo").set_input_files(jpeg(city.jpeg()))
    send, kept = crew.get_by_role("button", name="完成，发回"), crew.locator("form [data-kept]")

    crew.context.set_offline(True)
    expect(badge).to_have_text("无网络")
    send.click()
    expect(kept).to_have_text("没有网络。您的填写已保留，有网后再发送")
    expect(bar).to_be_in_viewport()
    assert loud(crew) == []
    crew.context.set_offline(False)
    expect(badge).to_have_text("在线")
    expect(bar).to_be_hidden()
    expect(kept).to_have_count(0)

    crew.route("**/crew/*", lambda route: route.abort())  # a network, and nobody at its end
    send.click()
    expect(kept).to_contain_text("没有连上服务器。您的填写还在")
    crew.unroute("**/crew/*")
    crew.get_by_label("怎么处置的").fill("   ")
    send.click()
    expect(crew.get_by_text("没有发送：有内容要改正")).to_be_visible()
    expect(crew.locator("[data-previews] img")).to_have_count(1)  # chosen once
    crew.get_by_label("怎么处置的").fill("已紧固井盖")
    send.click()
    expect(crew.get_by_text("已收到您的回复")).to_be_visible()
    with city.client("dispatcher.1") as client:
        case = client.get(f"/api/v1/cases/{number}").json()
    assert case["step"] != "handling" and "已紧固井盖" in json.dumps(case, ensure_ascii=False)


def test_an_ended_link_only_shows_what_becomes_of_it(
    people: People, browser: Browser, city: RunningCity, task: tuple[str, str]
) -> None:
    number, handler = task
    desk = people[handler].page
    desk.goto(f"{city.url}/cases/{number}/crew")
    desk.get_by_label("班组或人名").fill("李师傅")
    desk.get_by_label("手机号或邮箱").fill("13909170078")
    desk.get_by_role("button", name="发给班组").click()
    url = f"{city.url}/crew/{desk.locator('.crew-url').inner_text().rpartition('/')[2]}"
    crew = phone(browser, scripts=False)
    crew.goto(url)
    expect(crew.get_by_role("button", name="完成，发回")).to_be_visible()
    desk.get_by_role("button", name="结束链接").click()
    expect(desk.get_by_text(re.compile("已结束（"))).to_be_visible()
    crew.get_by_label("怎么处置的").fill("已紧固井盖")
    crew.locator("#photo").set_input_files(jpeg(city.jpeg()))
    crew.get_by_role("button", name="完成，发回").click()
    expect(crew.get_by_text("这个任务现在不能回复")).to_be_visible()
    expect(crew.get_by_text("发任务的单位已经结束这个链接")).to_be_visible()
    with city.client(handler) as client:
        assert client.get(f"/api/v1/cases/{number}").json()["step"] == "handling"
