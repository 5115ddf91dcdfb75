"""One phone, two people, one after the other: neither sees what the other one began, and nothing goes out in the wrong name."""

import pytest
from playwright.sync_api import Page, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    FACT,
    Phones,
    go,
    press,
    reports_of,
    shoot,
    sign_in,
    taken_along,
    things,
    until,
    waiting,
)
from tests.journeys.test_field_troubles import PLACE, answer_no, has_task, task

pytestmark = [pytest.mark.slow, pytest.mark.browser]
OTHER = "collector.39"
# As an app of before kept it: the name of the draft did not say whose it is.
BEGUN = """([number, person]) => new Promise(done => { const opening = indexedDB.open('baoji-field');
  opening.onsuccess = () => { const act = opening.result.transaction('drafts', 'readwrite');
    act.objectStore('drafts').put({ uuid: `task:${number}:verify_answer`, name: crypto.randomUUID(), person, task: number,
      act: 'verify_answer', title: '', at: Date.now(), answer: true, words: '只有我看', media: [] });
    act.oncomplete = () => { opening.result.close(); done(); }; }; })"""
OUTBOX = """() => new Promise(done => { const opening = indexedDB.open('baoji-field');
  opening.onsuccess = () => { const asked = opening.result.transaction('outbox').objectStore('outbox').getAll();
    asked.onsuccess = () => { opening.result.close(); done(asked.result.map(one => [one.person, one.state])); }; }; })"""
DRAIN = "navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: 'drain' }))"


def kept(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(OUTBOX)
    return found


def test_a_task_that_passes_on_brings_no_draft_of_the_one_before(city: RunningCity, phones: Phones) -> None:
    number, code = task(city)
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        has_task(page, number)
        page.evaluate(BEGUN, [number, OTHER if code != OTHER else "collector.38"])  # whoever was drawn
        go(page, f"task/{number}")
        expect(page.locator("#task-words")).to_have_value("")
        expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(0)
        answer_no(page, number)
        waiting(page)
        assert kept(page) == [[code, "sent"]]


def test_what_one_kept_does_not_go_out_in_the_others_name(city: RunningCity, phones: Phones) -> None:
    one, thing = "collector.40", things(city, "collector.40")[0]
    before = {code: len(reports_of(city, code)) for code in (one, OTHER)}
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, one)
        taken_along(page)
        page.context.set_offline(True)
        go(page, "report")
        shoot(page)
        page.click(".conditions button >> nth=0")
        press(page)
        waiting(page, "waiting")
        page.context.set_offline(False)
        page.context.route("**/api/v1/field/me", lambda route: route.abort())
        page.context.clear_cookies()
        sign_in(page, city, OTHER)  # and who that is, the app could not hear yet
        with page.expect_response("**/api/v1/field/**") as answered:
            page.evaluate(DRAIN)
        assert answered.value.status == 401
        page.wait_for_timeout(1000)
        assert [person for person, state in kept(page) if state == "waiting"] == [one]
        page.context.unroute("**/api/v1/field/me")
        page.evaluate("dispatchEvent(new Event('online'))")
        until(page, f"code => ({FACT})('me').then(me => me.code === code)", OTHER)
        go(page, "outbox")
        expect(page.locator("#content")).to_contain_text("手机里还有另一个人的 1 件")
        page.context.clear_cookies()
        sign_in(page, city, one)
        go(page, "outbox")
        waiting(page)
    assert {code: len(reports_of(city, code)) - n for code, n in before.items()} == {one: 1, OTHER: 0}


def test_who_signs_out_hears_what_waits_and_finds_it_again(city: RunningCity, phones: Phones) -> None:
    one, thing = "collector.40", things(city, "collector.40")[0]
    with phones.fresh((thing[3], thing[4])) as page:
        sign_in(page, city, one)
        taken_along(page)
        page.context.route("**/api/v1/field/reports/**", lambda route: route.abort())
        go(page, "report")
        shoot(page)
        page.click(".conditions button >> nth=0")
        press(page)
        waiting(page, "waiting")
        go(page, "me")
        expect(page.locator("#content")).to_contain_text("还有 1 件待发，退出后留在手机里")
        page.get_by_role("button", name="退出登录").click()
        page.get_by_role("button", name="再按一次退出").click()
        page.wait_for_url("**/sign-in/**")
        page.context.unroute("**/api/v1/field/reports/**")
        sign_in(page, city, one)
        go(page, "outbox")
        waiting(page)
