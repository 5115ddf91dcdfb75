"""What each post has on the phone: corrections, watches, what became of it, recordings, its own tools, its own look."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    READY,
    Phones,
    go,
    opened,
    press,
    reports_of,
    shoot,
    sign_in,
    taken_along,
    waiting,
)
from tests.journeys.walk import act, asked_to_verify, report
from tests.screens import loud

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PLACE = (107.1485, 34.3605)


def test_a_correction_made_offline_goes_through_a_second_person(city: RunningCity, phones: Phones) -> None:
    code = "collector.21"
    with city.client(code) as client:
        thing = client.get("/api/v1/field/pack").raise_for_status().json()["components"][0]
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, code)
        taken_along(page)
        page.context.set_offline(True)
        go(page, "correct")
        page.get_by_role("radio", name="找不到了").click()
        press(page)
        expect(page.locator("[role=alert]")).to_contain_text("请选是哪个部件")
        page.fill("section[aria-label=哪个部件] input[type=search]", thing[0][-6:])
        page.locator(".choice-list button").first.click()
        page.click("[data-take]")
        shoot(page)
        assert loud(page) == []
        press(page)
        waiting(page, "waiting")
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        waiting(page)
        go(page, "mine")
        expect(page.locator("#content")).to_contain_text("等人审")
        with city.client("operator.1") as desk:
            assert thing[2] in desk.get("/api/v1/components/" + thing[0]).raise_for_status().text
        mine = city.client(code).get("/api/v1/field/mine").raise_for_status().json()["corrections"]
        assert [(one["kind"], one["component"]) for one in mine] == [("missing", thing[0])]


def test_a_watch_is_handed_from_phone_to_phone(city: RunningCity, phones: Phones) -> None:
    with city.client("collector.22") as client:
        cover = client.get("/api/v1/components", params={"class": "0102", "limit": 1}).json()["items"][0]
    number, one = asked_to_verify(
        city,
        kind="component",
        component=cover["code"],
        condition=1,
        description=f"井盖缺失 {uuid4().hex[:6]}",
    )
    two = "collector.23" if one != "collector.23" else "collector.24"
    city.client(two).post("/api/v1/field/duty/start").raise_for_status()
    with (
        phones.fresh(PLACE) as first,
        phones.fresh(PLACE) as second,
    ):
        sign_in(first, city, one)
        sign_in(second, city, two)
        go(first, f"task/{number}")
        first.get_by_role("button", name="我在守候").click()
        expect(first.locator("#field-title")).to_have_text("守候")
        assert loud(first) == []
        first.select_option("#relief", two)
        first.get_by_role("button", name="交给他").click()
        # Both turns have arrived: what the second phone asks for now, it gets.
        expect(first.locator(".queue [data-state=sent]")).to_have_count(2, timeout=90_000)
        go(first, "tasks")
        expect(first.locator(".notice", has_text="尚未确认到场")).to_be_visible(timeout=90_000)
        opened(second, city)
        notice = second.locator("a.notice", has_text="交给您守候")
        expect(notice).to_be_visible()
        notice.click()
        expect(second.locator(".watches li")).to_have_count(2)
        expect(second.locator(".watches li").last).to_contain_text("尚未确认到场")
        assert loud(second) == []
        expect(second.locator("#field-action .btn-main")).to_have_text("我已到场")
        press(second)
        expect(second.locator("#field-action .btn-main")).to_have_text("已围挡，拍照")
        expect(second.locator("#content")).not_to_contain_text("已存在手机里", timeout=90_000)
        expect(second.locator(".watches li").last).to_contain_text("到场")
        first.reload()
        first.wait_for_selector(READY)
        expect(first.locator(".notice-ok", has_text="已到场")).to_be_visible(timeout=90_000)
        assert loud(first) == []
        press(second)
        second.click(".shutter")
        expect(second.locator(".queue [data-state=sent]")).to_have_count(2, timeout=90_000)
        opened(second, city, "#/tasks")
        expect(second.locator("a.notice", has_text="您在守候")).to_have_count(0)
    told = [
        entry["opinion"]
        for entry in city.client("head.1").get(f"/api/v1/cases/{number}").json()["timeline"]
        if entry["act"] == "opinion"
    ]
    assert [words[:2] for words in told] == ["到场", "守候", "到场", "已围"]


def test_a_recording_is_heard_before_it_goes_and_at_the_desk(city: RunningCity, phones: Phones) -> None:
    code = "collector.24"
    before = {one["number"] for one in reports_of(city, code)}
    with city.client(code) as client:
        thing = client.get("/api/v1/field/pack").raise_for_status().json()["components"][0]
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, code)
        taken_along(page)
        page.set_viewport_size({"width": 640, "height": 360})  # the phone lies on its side
        go(page, "report")
        shoot(page)
        page.set_viewport_size({"width": 360, "height": 640})
        page.click(".conditions button >> nth=0")
        page.get_by_role("button", name="录音", exact=True).click()
        page.get_by_role("button", name="停止录音").wait_for()
        page.wait_for_timeout(1200)  # a second of sound
        page.get_by_role("button", name="停止录音").click()
        page.wait_for_function("() => document.querySelector('#content audio')?.readyState >= 1")
        press(page)
        waiting(page)
        (number,) = {one["number"] for one in reports_of(city, code)} - before
        page.goto(f"{city.url}/field/#/mine/{number}")
        heard = page.locator("#content audio")
        expect(heard).to_have_count(1)
        page.wait_for_function(
            "() => { const heard = document.querySelector('#content audio');"
            " if (!heard.asked) { heard.asked = true; heard.preload = 'metadata'; heard.load(); } return heard.readyState >= 1; }"
        )


def test_a_rejection_is_told_with_its_reason(city: RunningCity, phones: Phones) -> None:
    code = "cleaner.0007"
    number = report(
        city,
        code,
        kind="event",
        **{"class": "0110"},
        location={"type": "Point", "coordinates": list(PLACE)},
        description=f"垃圾 {uuid4().hex[:6]}",
    )
    act(city, "acceptor.1", number, "reject", reason="不属于城市管理的范围，已转告街道")
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        row = page.locator(f".task-line[href='#/mine/{number}']")
        expect(row).to_contain_text("不予受理")
        expect(row).to_contain_text("理由：不属于城市管理的范围，已转告街道")
        assert loud(page) == []
        page.context.set_offline(True)
        go(page, "me")
        go(page, "mine")
        expect(page.locator("#content")).to_contain_text("这是上次看到的")
        expect(row).to_contain_text("理由：")


@pytest.mark.parametrize(
    ("code", "tabs", "absent"),
    [
        ("officer.009", ["上报", "任务", "待发", "我的"], []),
        ("cleaner.0009", ["上报", "我报的", "待发", "我的"], ["部件纠错"]),
        ("crew.D01.1", ["任务", "待发", "我的"], ["我报的", "部件纠错"]),
    ],
)
def test_each_post_sees_its_own_tools(
    city: RunningCity, code: str, tabs: list[str], absent: list[str], phones: Phones
) -> None:
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        expect(page.locator("#field-tabs a")).to_have_count(len(tabs))
        assert [words.strip() for words in page.locator("#field-tabs a").all_inner_texts()] == tabs
        go(page, "me")
        expect(page.locator("#content")).to_contain_text("这部手机")
        for words in absent:
            expect(page.locator("#content")).not_to_contain_text(words)
        expect(page.locator("#field-help")).to_be_visible()


def test_the_look_is_kept_on_the_phone_and_a_cry_waits_for_a_line(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    code, home = "collector.25", tmp_path / "a"
    with phones.kept(home, PLACE) as page:
        sign_in(page, city, code)
        taken_along(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        go(page, "me")
        page.get_by_role("radio", name="深色").click()
        page.get_by_role("radio", name="大字").click()
        expect(page.locator("html")).to_have_attribute("data-size", "large")
        assert loud(page) == []
    with phones.kept(home, PLACE) as page:
        page.context.set_offline(True)
        opened(page, city, "#/help")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        expect(page.locator("html")).to_have_attribute("data-size", "large")
        sos = page.get_by_role("button", name="求助 SOS")
        sos.click()
        page.get_by_role("button", name="再按一次").click()
        expect(page.locator("#content")).to_contain_text("求助还没有发出去：没有网络")
        assert loud(page) == []
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#content")).to_contain_text("已经通知值班长和指挥长")


def test_one_sees_what_is_kept_of_the_own_way(city: RunningCity, phones: Phones) -> None:
    code = "collector.27"
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        go(page, "me")
        page.get_by_role("button", name="上班", exact=True).click()
        expect(page.get_by_role("button", name="下班", exact=True)).to_be_visible()
        for step in range(1, 4):
            page.context.set_geolocation(
                {"longitude": PLACE[0] + step * 0.0004, "latitude": PLACE[1], "accuracy": 5}
            )
            page.wait_for_timeout(400)  # a fix
        go(page, "track")
        expect(page.locator("#content")).to_contain_text("个位置")
        expect(page.locator("#content")).to_contain_text("位置保留 30 天")
        assert loud(page) == []
        go(page, "me")
        page.get_by_role("button", name="下班", exact=True).click()
        expect(page.locator("#content")).to_contain_text("已下班")


def test_going_back_closes_the_camera_and_nothing_else(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(PLACE) as page:
        sign_in(page, city, "collector.26")
        taken_along(page)
        page.click("#field-tabs a[href='#/report']")
        page.locator(".shutter").wait_for()
        page.go_back()
        expect(page.locator(".camera")).to_have_count(0)
        expect(page.locator("#field-title")).to_have_text("快速上报")
        page.get_by_role("button", name="打开相机").click()
        shoot(page)
        assert "#/report/" in page.url
        page.click("[data-take]")
        page.locator(".shutter").wait_for()
        page.go_back()
        expect(page.locator(".camera")).to_have_count(0)
        assert "#/report/" in page.url
        expect(page.locator(".shots img")).to_have_count(1)
        page.click("[data-take]")
        page.locator(".shutter").wait_for()
        go(page, "tasks")  # by whatever way: no camera stays over another view
        expect(page.locator(".camera")).to_have_count(0)
        expect(page.locator("#field-title")).to_contain_text("任务")


SHUT = """(() => { const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = wanted => window.mayFilm ? open(wanted) : Promise.reject(new DOMException("", "NotAllowedError"));
})()"""


def test_a_camera_that_does_not_open_says_why_and_asks(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    """No file chooser by itself: a picture from the gallery proves nothing, and whoever takes one knows it."""
    chosen = tmp_path / "old.jpg"
    Image.effect_noise((320, 240), 90).convert("RGB").save(chosen)
    with phones.fresh(PLACE, SHUT) as page:
        sign_in(page, city, "collector.36")
        taken_along(page)
        choosers: list[Any] = []
        page.on("filechooser", lambda one: choosers.append(one))
        page.click("#field-tabs a[href='#/report']")
        shut = page.get_by_role("dialog", name="相机没有打开")
        expect(shut).to_contain_text("没有允许用相机")
        expect(shut).to_contain_text("不能作证")
        assert not choosers
        assert loud(page) == []
        page.go_back()
        expect(shut).to_have_count(0)
        page.get_by_role("button", name="打开相机").click()
        with page.expect_file_chooser() as asked:
            shut.get_by_role("button", name="从相册选").click()
        asked.value.set_files(chosen)
        expect(page.locator(".shot figcaption")).to_have_text("相册")
        page.click("[data-take]")
        shut.get_by_role("button", name="再试").click()
        expect(shut).to_contain_text("没有允许用相机")
        page.evaluate("() => { window.mayFilm = true; }")
        shut.get_by_role("button", name="再试").click()
        page.click(".shutter")
        expect(page.locator(".shots img")).to_have_count(2)
        expect(page.locator(".shot figcaption")).to_have_count(1)


PLACED = """(map, [lon, lat]) => {
  map.dispatchEvent(new CustomEvent("baoji:placed", { bubbles: true, detail: { lon, lat } })); }"""


def test_an_event_stays_an_event_where_a_component_stands(city: RunningCity, phones: Phones) -> None:
    """Without a position too: the map is beside the words that say so."""
    with phones.fresh(PLACE) as page:
        page.context.clear_permissions()
        page.context.grant_permissions(["camera", "microphone"])
        sign_in(page, city, "collector.34")
        thing = taken_along(page)["components"][0]
        page.click("#field-tabs a[href='#/report']")
        shoot(page)
        page.locator(".choice-list").get_by_role("button", name="暴露生活垃圾").click()
        expect(page.locator(".snap")).to_contain_text("暴露生活垃圾")
        press(page)
        expect(page.locator("#content")).to_contain_text("或在地图上点")
        page.get_by_role("button", name="在地图上点").click()
        page.locator("baoji-map").evaluate(PLACED, [thing[3], thing[4]])
        expect(page.locator(".place-chip")).to_have_text("位置在地图上点的")
        expect(page.locator(".snap")).to_contain_text("暴露生活垃圾")
        expect(page.locator("#content")).not_to_contain_text("还没有定位")
        press(page)
        waiting(page)
    sent = reports_of(city, "collector.34")[0]
    case = city.client("head.1").get(f"/api/v1/cases/{sent['number']}").json()
    assert (case["kind"], case["class"], case["component"]) == ("event", "0110", None)
    assert case["place_by"] == "hand"
    assert [round(part, 5) for part in case["location"]["coordinates"]] == [
        round(thing[3], 5),
        round(thing[4], 5),
    ]
