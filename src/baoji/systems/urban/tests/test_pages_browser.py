"""In a real browser: what the scripts of the report pages promise, by keyboard and thumb, and nothing that axe calls serious."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.screens import bring_axe, without_webgl
from tests.town import body, desk, do, loaded, new, where

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HERE = {"longitude": 107.1485, "latitude": 34.3605, "accuracy": 6}


class Visit:
    """Somebody at a page of the running server."""

    def __init__(self, browser: Browser, server: Any) -> None:
        self.browser, self.server = browser, server

    def __call__(
        self, path: str, person: str = "", *, wide: bool = False, scripts: bool = True, webgl: bool = False
    ) -> Page:
        context = self.browser.new_context(
            viewport={"width": 1440, "height": 900} if wide else {"width": 390, "height": 844},
            geolocation=HERE,
            permissions=["geolocation"],
            java_script_enabled=scripts,
            locale="zh-CN",
        )
        if not webgl:
            without_webgl(context)
        if person:
            client = desk(person)
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.server.url}]
            )
        page = context.new_page()
        page.goto(self.server.url + path, wait_until="load")
        return page


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Visit]:
    yield Visit(browser, live_server)
    for context in browser.contexts:
        context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    names = []
    for n in (1, 2):
        Image.new("RGB", (60, 40), (90, 60 * n, 60)).save(tmp_path / f"{n}.jpg")
        names.append(str(tmp_path / f"{n}.jpg"))
    return names


def serious(page: Page) -> list[str]:
    bring_axe(page)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['target']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("/public/", ""),
        ("/public/accessibility/", ""),
        ("/field/plain/", "collector.01"),
        ("/field/report/", "collector.01"),
        ("/field/mine/", "collector.01"),
        ("/field/messages/", "collector.01"),
        ("/intake/", "hotline.1"),
        ("/intake/call-backs/", "hotline.1"),
        ("/intake/handovers/", "hotline.1"),
        ("/outgoing/", "operator.1"),
        ("/street/likeness/", "acceptor.1"),
    ],
)
def test_pages_are_accessible_and_fit_a_phone(visit: Visit, path: str, person: str) -> None:
    page = visit(path, person)
    assert serious(page) == [] and not is_too_wide(page)


def test_a_table_wider_than_a_phone_shows_where_it_goes_on(visit: Visit) -> None:
    """And whose row it is stays in sight while it is scrolled."""
    page = visit("/street/", "chief.1")
    table = page.locator("[data-baoji-scroll]").last
    expect(table).to_have_attribute("data-hides", "right")
    expect(table).to_have_css("display", "flex")
    first = table.locator("tbody tr > :first-child").first
    at = first.evaluate("one => one.getBoundingClientRect().x")
    for asked, hides in ((30, "left right"), (10_000, "left"), (0, "right")):
        table.evaluate("(one, asked) => { one.scrollLeft = asked; }", asked)
        expect(table).to_have_attribute("data-hides", hides)
        assert first.evaluate("one => one.getBoundingClientRect().x") == at
    page.wait_for_function(
        "() => getComputedStyle([...document.querySelectorAll('[data-baoji-scroll]')].pop(), '::after').opacity === '1'"
    )
    assert serious(page) == [] and not is_too_wide(page)

    page = visit("/street/", "chief.1", wide=True)
    assert page.locator("[data-baoji-scroll]").last.evaluate("one => one.dataset.hides ?? ''") == ""


def test_a_long_title_ends_in_an_ellipsis_on_a_phone(visit: Visit) -> None:
    """Only what is written in the line itself is cut at a letter, with an ellipsis; a box in it is cut through."""
    number = new("dispatch/filed")
    title = visit("/work/", "dispatcher.1").locator(f"tr[data-number='{number}'] .c-title a")
    expect(title).to_have_css("display", "inline")
    expect(title.locator("xpath=..")).to_have_css("text-overflow", "ellipsis")


def test_photos_taken_one_after_the_other_all_arrive(visit: Visit, pictures: list[str]) -> None:
    page = visit("/field/report/", "collector.01")
    page.locator("[data-baoji-locate]").click()
    page.get_by_text("定位误差 6 米").wait_for()
    for name in pictures:
        page.set_input_files("#photo", [name])
    page.locator(".take-away").nth(1).wait_for()
    page.locator(".take-away").nth(0).click()
    page.set_input_files("#photo", [pictures[0]])
    assert page.evaluate("[...document.querySelector('#photo').files].map((file) => file.name)") == [
        "2.jpg",
        "1.jpg",
    ]
    page.fill("#description", "垃圾散落")
    page.get_by_role("button", name="发送").last.click()
    page.wait_for_url("**/field/mine/**")
    page.get_by_text("已收到，任务号").wait_for()


def test_a_call_is_saved_without_a_mouse(visit: Visit) -> None:
    page = visit("/intake/", "hotline.1", wide=True)
    page.keyboard.type("13991700123")
    page.get_by_text("这个号码没有报过").wait_for()
    page.focus("#topic")
    page.keyboard.type("暴露")
    page.get_by_role("option", name="暴露生活垃圾").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("暴露生活垃圾：什么情况").wait_for()
    page.locator(".coords-more summary").press("Enter")
    page.fill("#lon", str(HERE["longitude"]))
    page.fill("#lat", str(HERE["latitude"]))
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/intake/saved/**")
    number = page.locator("#task-number").inner_text()
    assert loaded(number).case.topic == "e0110"
    assert serious(page) == []


def test_a_component_chosen_brings_its_class_and_conditions(visit: Visit) -> None:
    page = visit("/intake/", "hotline.1", wide=True)
    page.locator(".coords-more summary").click()
    page.fill("#lon", "107.1485")
    page.fill("#lat", "34.3605")
    page.locator("#lat").dispatch_event("change")
    page.locator("#components input[type=radio][data-topic]").first.wait_for()
    page.wait_for_load_state(
        "networkidle"
    )  # each coordinate asks once; the list stands when both have answered
    # One that the place was not put right on: that one is ticked already.
    other = page.locator("#components input[type=radio][data-topic]:not(:checked)").first
    code, topic = other.get_attribute("value"), other.get_attribute("data-topic")
    page.locator(f'#components input[value="{code}"]').check()
    page.wait_for_function(
        f"() => document.querySelector('#conditions [name=condition_of]')?.value === '{topic}'"
    )
    page.wait_for_function(
        f"() => document.querySelector('input[type=hidden][name=topic]')?.value === '{topic}'"
    )


def test_a_citizen_reports_and_follows_without_scripts(visit: Visit, pictures: list[str]) -> None:
    page = visit("/report/", scripts=False)
    page.set_input_files("#photo", pictures)
    page.locator(".coords-more summary").click()
    page.fill("#lon", "107.1485")
    page.fill("#lat", "34.3605")
    page.locator("label:has(input[value=rubbish])").click()
    page.get_by_role("button", name="提交").last.click()
    page.wait_for_url("**/follow/**")
    page.get_by_text("等待受理").first.wait_for()
    assert len(page.locator(".big-code").inner_text()) == 11


def test_marks_and_counts_follow_the_rows_that_come_and_go(visit: Visit) -> None:
    first = new("dispatch/filed")
    page = visit("/work/?tab=dispatch.filed", "dispatcher.1", wide=True, webgl=True)
    city_map, waiting = page.locator("baoji-map"), page.locator("#badge-urban-work .n")
    expect(city_map).to_have_attribute("data-marks", "1")
    expect(waiting).to_contain_text("1")
    second = new("dispatch/filed", condition=1)
    news(page)
    expect(page.locator(f"tr[data-number='{second}']")).to_be_visible()
    expect(city_map).to_have_attribute("data-marks", "2")
    expect(waiting).to_contain_text("2")
    page.locator(f"tr[data-number='{first}'] input[type=checkbox]").check()
    expect(page.locator(".map-pick")).to_have_count(1)
    do(first, "dispatcher.2", "dispatch")
    news(page)
    expect(city_map).to_have_attribute("data-marks", "1")
    expect(page.locator(".map-pick")).to_have_count(0)
    do(second, "dispatcher.2", "dispatch")
    news(page)
    expect(page.locator("#rows .empty")).to_be_visible()
    expect(city_map).to_have_attribute("data-marks", "0")
    expect(waiting).to_have_count(0)


def news(page: Page) -> None:
    """What a message of the stream brings about; no stream runs beside a test's server."""
    page.evaluate(
        "document.querySelectorAll('[data-baoji-refresh]').forEach((one) => htmx.trigger(one, 'baoji:changed'))"
    )


@pytest.mark.parametrize("wide", [True, False])
def test_photos_at_a_desk_are_seen_and_taken_away_by_keyboard(
    visit: Visit, pictures: list[str], wide: bool
) -> None:
    number = new("handle/handling")
    page = visit(f"/cases/{number}", body(number), wide=wide)
    form = page.locator("#act-answer")
    form.locator("[name=opinion]").fill("已换新井盖")
    form.locator(".submit").click()
    expect(form.get_by_text("至少要 1 张照片")).to_be_visible()
    expect(page.locator("#answer-photo")).to_be_focused()
    with page.expect_file_chooser() as asked:
        page.locator("#answer-photo").press("Space")
    asked.value.set_files(pictures[0])
    page.set_input_files("#answer-photo", pictures[1])
    expect(form.locator(".previews img")).to_have_count(2)
    expect(form.get_by_text("至少要 1 张照片")).to_be_hidden()
    page.keyboard.press("Shift+Tab")
    expect(form.get_by_role("button", name="去掉照片“2.jpg”")).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.locator(".previews img")).to_have_count(1)
    expect(form.get_by_role("button", name="去掉照片“1.jpg”")).to_be_focused()
    assert serious(page) == [] and not is_too_wide(page)
    form.locator(".submit").click()
    expect(page.locator(".toast-line").first).to_be_visible()
    assert where(number) == "feedback/answered"


def test_a_clock_stops_when_the_office_closes_and_goes_on_when_it_opens(visit: Visit) -> None:
    page = visit("/help/", "dispatcher.1")
    clock = """<span class="clock" id="%s" data-light="green" data-baoji-clock="3600" data-limit="7200" data-running="%d"
      data-turns="1"><span class="light light-green" data-figures>余 1:00:00</span><small class="stands">下班</small></span>"""
    page.evaluate(
        "(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)",
        clock % ("closing", 1) + clock % ("opening", 0),
    )
    closing, opening = page.locator("#closing"), page.locator("#opening")
    expect(closing.locator(".stands")).to_have_text("下班时间不计时")
    expect(closing.locator("[data-figures]")).to_have_text("余 59:59")
    expect(opening).to_have_attribute("data-running", "1")
    expect(opening.locator(".stands")).to_have_count(0)
    expect(opening.locator("[data-figures]")).to_have_text(re.compile("余 59:5[0-7]"))
    expect(closing.locator("[data-figures]")).to_have_text("余 59:59")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("step", ["evaluate/closed", "file/accepted", "handle/handling"])
def test_case_and_print_are_accessible_and_fit_a_phone(visit: Visit, step: str, theme: str) -> None:
    number = new(step)
    page = visit(f"/cases/{number}", "acceptor.1", webgl=theme == "light")
    page.context.add_cookies([{"name": "baoji_theme", "value": theme, "url": page.url}])
    for path in ("", "/print"):
        page.goto(page.url.removesuffix("/print") + path)
        assert serious(page) == [] and not is_too_wide(page)
    if step == "evaluate/closed":
        page.goto(page.url.removesuffix("/print"))
        expect(page.locator(".steps li.end")).to_contain_text("已结案")
        assert page.locator(".steps li.end").evaluate("(li) => li.scrollWidth <= li.clientWidth")
