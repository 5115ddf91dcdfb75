"""Presses in another order than the screen had in mind: none is lost, none goes elsewhere, none does nothing without a word."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cities import RunningCity
from tests.journeys.pocket import Phones, go, press, reports_of, shoot, sign_in, taken_along, things, waiting
from tests.screens import loud

pytestmark = [pytest.mark.slow, pytest.mark.browser]
MICROPHONES = """(() => { const ask = MediaDevices.prototype.getUserMedia; window.microphones = [];
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const stream = await ask.call(this, wanted); window.microphones.push(...stream.getAudioTracks()); return stream; }; })()"""
OFF = "() => window.microphones.length > 0 && window.microphones.every(one => one.readyState === 'ended')"
# A clock that the test moves on: what was measured before is old then.
LATER = """(() => { const real = Date; window.later = 0;
  globalThis.Date = class extends real {
    constructor(...given) { given.length ? super(...given) : super(real.now() + window.later); }
    static now() { return real.now() + window.later; } }; })()"""
# A phone that keeps nothing any more, once it is `full`.
FULL = """(() => { for (const name of ["put", "add"]) { const keep = IDBObjectStore.prototype[name];
  IDBObjectStore.prototype[name] = function (...given) {
    if (window.full) throw new DOMException("no room", "QuotaExceededError");
    return keep.apply(this, given); }; } })()"""


def begin_report(page: Page) -> None:
    go(page, "report")
    shoot(page)


def record(page: Page) -> None:
    page.get_by_role("button", name="录音", exact=True).click()
    page.get_by_role("button", name="停止录音").wait_for()
    page.wait_for_timeout(1200)  # a second of sound


def thrown_away(page: Page, name: str, what: str) -> None:
    """By two presses: the first, of a glove say, throws nothing away."""
    page.get_by_role("button", name=name).first.click()
    again = page.get_by_role("button", name="再按一次去掉")
    expect(again).to_have_count(1)
    expect(page.locator(what).first).to_be_attached()
    again.click()


def test_a_photo_goes_at_the_second_press(city: RunningCity, phones: Phones) -> None:
    thing = things(city, "collector.32")[0]
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, "collector.32")
        taken_along(page)
        begin_report(page)
        thrown_away(page, "去掉这张", ".shots img")
        expect(page.locator(".shots img")).to_have_count(0)


def test_a_class_is_found_by_what_people_say(city: RunningCity, phones: Phones) -> None:
    thing = things(city, "collector.32")[0]
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, "collector.32")
        taken_along(page)
        begin_report(page)
        page.locator("summary", has_text="换一个").click()
        search = page.locator("input[type=search]")
        for words, name in (("路灯不亮", "路灯"), ("井盖坏", "井盖")):
            search.fill(words)
            expect(page.locator(".choice-list li").first).to_contain_text(name)
        search.fill("外星人")
        expect(page.locator(".choice-list li")).to_have_count(0)
        expect(page.get_by_text("没有这个词的类别")).to_be_visible()


def files(city: RunningCity, code: str, number: str) -> list[str]:
    found = city.client(code).get(f"/api/v1/cases/{number}").raise_for_status().json()["attachments"]
    return sorted(one["kind"] for one in found)


def test_a_recording_ends_with_the_report_it_was_begun_for(city: RunningCity, phones: Phones) -> None:
    code = "collector.32"
    before = {one["number"] for one in reports_of(city, code)}
    thing = things(city, code)[0]
    with phones.fresh((thing[3], thing[4]), before=MICROPHONES) as page:
        sign_in(page, city, code)
        taken_along(page)
        begin_report(page)
        page.click(".conditions button >> nth=0")
        record(page)
        press(page)  # talk, then send
        waiting(page)
        page.wait_for_function(OFF)
        begin_report(page)
        expect(page.get_by_role("button", name="录音", exact=True)).to_be_visible()
        record(page)
        go(page, "outbox")  # and left in the middle
        page.wait_for_function(OFF)
        page.locator(".task-line[href^='#/report/']").click()
        expect(page.locator("#content audio")).to_have_count(1)
        thrown_away(page, "去掉录音", "#content audio")
        expect(page.locator("#content audio")).to_have_count(0)
        record(page)
        thrown_away(page, "去掉这份草稿", ".shots img")
        page.wait_for_function(OFF)
        go(page, "outbox")
        expect(page.locator(".queue [data-state=sent]")).to_have_count(1)
        expect(page.locator(".task-line")).to_have_count(0)
    (number,) = {one["number"] for one in reports_of(city, code)} - before
    assert files(city, code, number) == ["photo", "voice"]


def permitted(name: str, thing: list[Any], topics: list[str], since: str = "2020-01-01") -> dict[str, Any]:
    """Works around this component, as the pack tells of them."""
    west, south = thing[3] - 0.001, thing[4] - 0.001
    ring = [
        [west, south],
        [west + 0.002, south],
        [west + 0.002, south + 0.002],
        [west, south + 0.002],
        [west, south],
    ]
    return {
        "name": name,
        "basis": "许可 1 号",
        "since": f"{since}T00:00:00+08:00",
        "until": "2099-01-01T00:00:00+08:00",
        "topics": topics,
        "names": [],
        "outline": {"type": "MultiPolygon", "coordinates": [[ring]]},
    }


def test_where_works_are_permitted_it_is_said_before_the_photo(city: RunningCity, phones: Phones) -> None:
    code = "collector.38"
    thing = things(city, code)[0]
    works = [
        permitted("经二路管网", thing, ["e0113"]),
        permitted("燃气改造", thing, []),
        permitted("还没开工的", thing, [], "2098-01-01"),
    ]

    def with_works(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "controls": works} if answer.ok else None)

    felt = "window.felt = []; navigator.vibrate = how => window.felt.push(how)"
    with phones.fresh((thing[3], thing[4]), before=felt) as page:
        page.route("**/api/v1/field/pack*", with_works)
        sign_in(page, city, code)
        known = taken_along(page)
        go(page, "report")
        said = page.locator(".camera-note")
        expect(said).to_contain_text("管控区：经二路管网")
        expect(said).to_contain_text("管控区：燃气改造")
        expect(said).not_to_contain_text("还没开工的")
        assert page.evaluate("window.felt.length") == 0
        shoot(page)
        assert page.evaluate("window.felt.length") > 0, "a gloved hand feels that it was taken"
        notices = page.locator("#content .notice")
        expect(notices).to_contain_text(["燃气改造"])
        expect(page.locator("#content")).not_to_contain_text("经二路管网")  # of the cover that stands there
        assert loud(page) == []
        title = next(
            one["title"] for one in known["classes"] if (one["kind"], one["code"]) == ("event", "0113")
        )
        chosen = page.locator(".sheet-more")
        chosen.locator("summary").click()
        chosen.locator("input[type=search]").fill("0113")
        chosen.get_by_role("button", name=title, exact=True).click()
        expect(page.locator(".snap")).to_contain_text(title)
        expect(notices).to_contain_text(["经二路管网", "燃气改造"])
        begin_report(page)
        chosen.locator("summary").click()
        rows = chosen.locator(".choice-list button")
        expect(rows.filter(has_text="尾号").first).to_be_visible()
        expect(rows.filter(has_not_text="尾号").first).to_have_text(title)  # what was chosen last comes first


def test_a_position_of_a_while_ago_is_not_here(city: RunningCity, phones: Phones) -> None:
    code = "collector.33"
    thing = things(city, code)[0]
    chip = ".place-chip"
    with phones.fresh((thing[3], thing[4]), before=LATER) as page:
        sign_in(page, city, code)
        taken_along(page)
        go(page, "help")
        expect(page.locator("#content")).to_contain_text("会带上您现在的位置")
        page.context.set_geolocation(None)
        page.evaluate("window.later = 20 * 60 * 1000")
        go(page, "me")
        go(page, "help")
        expect(page.locator("#content")).to_contain_text("会带上 20 分钟前的位置")
        assert loud(page) == []
        page.click("#field-action .btn-danger, #content button.btn-danger")
        with page.expect_request("**/api/v1/field/sos/*") as asked:
            page.click("#field-action .btn-danger, #content button.btn-danger")
        said = asked.value.post_data_json or {}
        assert "位置是 20 分钟前的" in said["words"]
        assert said["location"]["coordinates"] == pytest.approx([thing[3], thing[4]])
        begin_report(page)
        expect(page.locator(chip)).to_contain_text("正在定位")
        press(page)
        expect(page.locator("[role=alert]")).to_be_visible()
        expect(page.locator(".snap.is-empty")).to_be_visible()
        expect(page.locator(".choice-list")).not_to_contain_text(thing[0][-6:])
        page.context.set_geolocation({"longitude": thing[3], "latitude": thing[4], "accuracy": 5})
        expect(page.locator(chip)).to_contain_text("定位误差 5 米")
        expect(page.locator(".snap")).to_contain_text(thing[0][-6:])


def test_the_first_position_after_a_report_was_begun_is_where_it_is(
    city: RunningCity, phones: Phones
) -> None:
    """The last one before may be from the street behind; what comes later is where its holder walks on to."""
    code = "collector.34"
    here, *others = things(city, code)
    there = next(one for one in others if abs(one[3] - here[3]) > 0.003)
    at = [{"longitude": one[3], "latitude": one[4], "accuracy": 5} for one in (here, there)]
    with phones.fresh((here[3], here[4])) as page:
        sign_in(page, city, code)
        taken_along(page)
        begin_report(page)
        expect(page.locator(".snap")).to_contain_text(here[0][-6:])
        page.locator(".sheet-more summary").click()
        page.locator(".sheet-more input").fill("井盖")
        page.context.set_geolocation(at[1])  # type: ignore[arg-type]
        expect(page.locator(".snap")).not_to_contain_text(here[0][-6:])
        expect(page.locator(".sheet-more input")).to_be_visible()  # it came by itself, and folds nothing
        expect(page.locator(".sheet-more input")).to_have_value("井盖")
        expect(page.locator(".snap")).to_contain_text("离我")
        found = page.inner_text(".snap")
        page.context.set_geolocation(at[0])  # type: ignore[arg-type]
        go(page, "help")
        page.go_back()
        expect(page.locator(".snap")).to_have_text(found, use_inner_text=True)


def test_corrections_of_two_components_are_two(city: RunningCity, phones: Phones) -> None:
    code = "collector.36"
    one, other = things(city, code)[:2]
    with phones.fresh((one[3], one[4])) as page:
        sign_in(page, city, code)
        taken_along(page)
        go(page, "correct")
        page.get_by_role("radio", name="找不到了").click()
        page.fill("section[aria-label=哪个部件] input[type=search]", one[0][-6:])
        page.locator(".choice-list button").first.click()
        page.click("[data-take]")
        shoot(page)
        page.fill("#correct-words", "这个井盖找不到了")
        go(page, "me")
        go(page, f"correct/{other[0]}")
        drafts = page.locator(".task-line[href^='#/correct/']")
        expect(drafts).to_have_count(1)
        expect(page.locator(".shots img")).to_have_count(0)
        page.get_by_role("radio", name="状态不对").click()
        expect(page.locator(".snap")).to_contain_text(other[0])
        expect(page.locator("#correct-words")).to_have_value("")
        page.fill("#correct-words", "盖子破了")
        go(page, "correct")  # a third one may be begun, the two are there
        expect(page.get_by_role("radio", checked=True)).to_have_count(0)
        expect(drafts).to_have_count(2)
        assert loud(page) == []
        page.locator(".task-line", has_text=one[2]).last.click()
        expect(page.locator("#correct-words")).to_have_value("这个井盖找不到了")
        expect(page.locator(".shots img")).to_have_count(1)
        press(page)
        waiting(page)
        go(page, f"correct/{other[0]}")
        expect(page.locator("#correct-words")).to_have_value("盖子破了")
    mine = city.client(code).get("/api/v1/field/mine").raise_for_status().json()["corrections"]
    assert [(row["kind"], row["component"]) for row in mine] == [("missing", one[0])]


def cry(page: Page) -> None:
    button = page.locator("#content button.btn-danger")
    expect(button).to_be_enabled()
    button.click()
    expect(button).to_contain_text("再按一次")
    button.click()


def test_a_full_phone_says_at_each_press_that_it_kept_nothing(city: RunningCity, phones: Phones) -> None:
    code = "collector.37"
    thing = things(city, code)[0]
    with phones.fresh((thing[3], thing[4]), before=FULL) as page:
        sign_in(page, city, code)
        taken_along(page)
        begin_report(page)
        page.evaluate("window.full = true")
        told = page.locator("#content [role=alert]", has_text="手机存满了，刚才按的没有存下")
        page.click(".conditions button >> nth=0")
        expect(told).to_be_visible()
        expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(0)
        assert loud(page) == []
        page.fill("#field-words-in", "井盖翘起来了")
        expect(page.locator("#content")).to_contain_text("手机存满了，这里写的没有存下")
        expect(page.locator("#field-words-in")).to_have_value("井盖翘起来了")
        go(page, "me")
        expect(told).to_have_count(0)
        page.get_by_role("button", name="上班").click()
        expect(told).to_be_visible()
        page.go_back()
        expect(page.locator(".shots img")).to_have_count(1)
        press(page)
        expect(told).to_be_visible()
        go(page, "help")
        with page.expect_response("**/api/v1/field/sos/*") as answered:
            cry(page)
        assert answered.value.status == 204
        expect(page.locator("#content")).to_contain_text("已经通知值班长和指挥长")
        page.context.set_offline(True)
        cry(page)
        expect(page.locator("#content")).to_contain_text("没有存下，也没有发出去，请打电话")
        assert loud(page) == []


def shoot_later(page: Page, seconds: int) -> None:
    """Another picture than the camera's first."""
    page.click("[data-take]")
    page.wait_for_function(
        "seconds => document.querySelector('.camera video')?.currentTime > seconds", arg=seconds
    )
    page.click(".shutter")


def test_who_put_it_right_shows_it_before_and_after(city: RunningCity, phones: Phones) -> None:
    code = "collector.35"
    before = {one["number"] for one in reports_of(city, code)}
    thing = things(city, code)[0]
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, code)
        taken_along(page)
        begin_report(page)
        shoot_later(page, 1)
        expect(page.locator(".shots img")).to_have_count(2)
        page.get_by_role("checkbox").check()
        press(page)
        expect(page.locator("[role=alert]")).to_contain_text("请再拍一张处置后的")
        assert {one["number"] for one in reports_of(city, code)} == before
        shoot_later(page, 2)
        expect(page.locator(".shots figcaption")).to_have_text("处置后")
        press(page)
        waiting(page)
    assert len({one["number"] for one in reports_of(city, code)} - before) == 1
