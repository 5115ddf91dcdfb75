"""What goes wrong in the street: each has a sentence on the screen, nothing is lost and nothing comes twice."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    FACT,
    Phones,
    approve,
    go,
    key_of,
    opened,
    press,
    reports_of,
    shoot,
    sign_in,
    taken_along,
    waiting,
)
from tests.journeys.walk import act, asked_to_verify

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PLACE = (107.1485, 34.3605)
HERE = {"type": "Point", "coordinates": list(PLACE)}
AHEAD = """(() => { const real = Date, off = %d;
  globalThis.Date = class extends real { constructor(...given) { given.length ? super(...given) : super(real.now() + off); }
    static now() { return real.now() + off; } }; })()"""


def task(city: RunningCity) -> tuple[str, str]:
    """A report that a collector is asked to verify, and who that is."""
    given: dict[str, Any] = {"kind": "event", "class": "0110", "location": HERE}
    return asked_to_verify(city, description=f"垃圾散落 {uuid4().hex[:6]}", **given)


def has_task(page: Page, number: str) -> None:
    expect(page.locator(f".task-list a[href='#/task/{number}']")).to_be_visible()


def case(city: RunningCity, number: str) -> dict[str, Any]:
    with city.client("head.1") as client:
        found: dict[str, Any] = client.get(f"/api/v1/cases/{number}").raise_for_status().json()
        return found


def quick_report(page: Page) -> None:
    go(page, "report")
    shoot(page)
    page.click(".conditions button >> nth=0")
    expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(1)
    press(page)


def answer_no(page: Page, number: str) -> None:
    go(page, f"task/{number}")
    page.click(".conditions button >> nth=1")
    page.click("[data-take]")
    shoot(page)
    press(page)


def test_two_phones_with_one_account(city: RunningCity, phones: Phones) -> None:
    """Both take the task; the second answer comes late, is told why, and its evidence is kept."""
    number, code = task(city)
    with (
        phones.fresh(PLACE) as one,
        phones.fresh(PLACE) as other,
    ):
        for page in (one, other):
            sign_in(page, city, code)
            has_task(page, number)
        assert key_of(one, code) != key_of(other, code)
        other.context.set_offline(True)
        answer_no(other, number)
        waiting(other, "waiting")
        answer_no(one, number)
        waiting(one)
        other.context.set_offline(False)
        other.evaluate("dispatchEvent(new Event('online'))")
        waiting(other, "gone")
        told = other.locator("[data-state=gone]")
        expect(told).to_contain_text("这个任务已经不在您手上")
        expect(told).to_contain_text("您做的和拍的已作为迟到的回复记在案卷里")
        go(other, "phone")
        expect(other.locator("#content")).to_contain_text(re.compile(r"您的另外 \d 部手机"))
        expect(other.locator("#content")).to_contain_text("同一件任务以先到的回复为准")
    found = case(city, number)
    assert [entry["act"] for entry in found["timeline"]].count("verify_answer") == 1
    (late,) = [entry for entry in found["timeline"] if entry["act"] == "opinion"]
    assert "回复核实，没有算数" in late["opinion"] and "问题存在：否" in late["opinion"]
    assert [one["kind"] for one in found["attachments"] if one["act"] == "opinion"] == ["photo"]


def test_an_upload_that_the_server_loses_half_way_begins_anew(city: RunningCity, phones: Phones) -> None:
    """As after a power cut there: the phone has the photo and sends it again, and nobody has to press anything."""
    number, code = task(city)
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "PATCH" and not lost:
            lost.append(route.request.url)
            assert route.fetch(method="DELETE", post_data="").status == 204
        route.continue_()

    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        has_task(page, number)
        page.context.route("**/api/v1/uploads/**", lose_the_first)
        answer_no(page, number)
        waiting(page)
    assert len(lost) == 1
    assert [entry["act"] for entry in case(city, number)["timeline"]].count("verify_answer") == 1


def test_a_task_opened_before_the_phone_has_asked_is_asked_for(city: RunningCity, phones: Phones) -> None:
    number, code = task(city)
    with phones.fresh(PLACE) as page:
        page.context.route("**/api/v1/field/tasks**", lambda route: route.abort())
        sign_in(page, city, code)
        expect(page.locator(".task-list")).to_have_count(0)
        page.context.unroute("**/api/v1/field/tasks**")
        go(page, f"task/{number}")
        expect(page.locator("[data-take]")).to_be_visible()
        expect(page.locator("#content")).not_to_contain_text("不用去了")


def test_a_task_withdrawn_while_offline_throws_nothing_away(city: RunningCity, phones: Phones) -> None:
    number, code = task(city)
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        has_task(page, number)
        page.context.set_offline(True)
        go(page, f"task/{number}")
        page.click("[data-take]")
        shoot(page)
        page.fill("#task-words", "现场看过，已经清走")
        act(city, "chief.1", number, "void", reason="重复上报，已由另一件办理")
        page.context.set_offline(False)
        go(page, "tasks")
        page.evaluate("dispatchEvent(new Event('online'))")
        notice = page.locator(f"a.notice[href='#/task/{number}']")
        expect(notice).to_contain_text("已经不在您手上，不用去了")
        expect(notice).to_contain_text("这件已经作废")
        notice.click()
        expect(page.locator("#content")).to_contain_text("您为它拍的 1 张照片还在手机里")
        expect(page.locator("#content")).to_contain_text("现场看过，已经清走")
        page.get_by_role("button", name="照样交").click()
        waiting(page, "gone")
        go(page, "tasks")
        expect(page.locator(f"a.notice[href='#/task/{number}']")).to_have_count(0)
    assert case(city, number)["status"] == "void"


@pytest.mark.parametrize(
    ("off", "words"), [(timedelta(hours=5), "快了 5 小时"), (timedelta(days=-730), "慢了 730 天")]
)
def test_a_clock_wrong_by_hours_or_years(
    city: RunningCity, off: timedelta, words: str, phones: Phones
) -> None:
    code = "collector.13"
    before = {one["number"] for one in reports_of(city, code)}
    wrong = AHEAD % int(off.total_seconds() * 1000)
    with city.client(code) as client:
        thing = client.get("/api/v1/field/pack").raise_for_status().json()["components"][0]
    with phones.fresh((thing[3], thing[4]), before=wrong) as page:
        sign_in(page, city, code)
        taken_along(page)
        expect(page.locator("#field-strip")).to_contain_text(f"手机时间{words}")
        approve(page, city, code)
        quick_report(page)
        waiting(page)
    (number,) = {one["number"] for one in reports_of(city, code)} - before
    kept = case(city, number)["attachments"][0]
    assert kept["proof"] == "proven"
    assert abs(datetime.fromisoformat(kept["received_at"]) - datetime.now(UTC)) < timedelta(minutes=10)


def test_a_lost_key_is_enrolled_anew_and_approved_again(city: RunningCity, phones: Phones) -> None:
    code = "collector.14"
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        old = approve(page, city, code)
        go(page, "phone")
        page.get_by_role("button", name="和服务器对一次").click()
        expect(page.locator("#content")).to_contain_text("这部手机拍的照片带签名，算证明")
        line = page.context.new_cdp_session(page)
        line.send("Storage.clearDataForOrigin", {"origin": city.url, "storageTypes": "indexeddb"})
        opened(page, city, "#/phone")
        page.reload()
        page.wait_for_selector("html[data-field-ready='1']")
        fresh = key_of(page, code)
        assert fresh != old
        expect(page.locator("#content")).to_contain_text("这是一把新钥匙，请值班长核准")
        stop = page.locator("li", has_text=old[:8]).get_by_role("button")
        stop.click()
        stop.click()  # it asks once
        expect(page.locator("li", has_text=old[:8])).to_have_count(0)
        approve(page, city, code)
        page.get_by_role("button", name="和服务器对一次").click()
        expect(page.locator("#content")).to_contain_text("这部手机拍的照片带签名，算证明")
        with city.client(code) as client:  # and the one in the hand is ended by its owner elsewhere
            client.post(
                f"/api/v1/field/devices/{fresh}/end", json={"reason": "换了一部手机"}
            ).raise_for_status()
            held = {one["kid"]: one["status"] for one in client.get("/api/v1/field/devices").json()["items"]}
        assert (held[old], held[fresh]) == ("ended", "ended")
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#field-strip")).to_contain_text(
            "登录已过期"
        )  # whoever holds it, it is over with its key
        sign_in(page, city, code)
        go(page, "phone")
        page.get_by_role("button", name="和服务器对一次").click()
        page.get_by_role("button", name="重新登记这部手机").click()
        expect(page.locator("#content")).to_contain_text("这是一把新钥匙，请值班长核准")
        assert page.evaluate(f"({FACT})('device:{code}').then(own => own.kid)") not in {old, fresh}
