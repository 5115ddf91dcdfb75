"""What the phone says by itself: of a draft that outlived the browser, of an approved key, in which language."""

from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    FACT,
    SENT_MS,
    Phones,
    approve,
    go,
    kill,
    online,
    opened,
    press,
    shoot,
    sign_in,
    stored,
    taken_along,
    until,
    waiting,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PLACE = (107.1485, 34.3605)


def test_a_draft_that_outlived_the_browser_is_seen(city: RunningCity, tmp_path: Path, phones: Phones) -> None:
    home = tmp_path / "phone"
    with phones.kept(home, PLACE) as page:
        sign_in(page, city, "collector.27")
    with phones.kept(home, PLACE) as page:
        opened(page, city)
        taken_along(page)
        page.click("#field-tabs a[href='#/report']")
        shoot(page)
        kill(home)
    with phones.kept(home, PLACE) as page:
        opened(page, city)
        page.get_by_role("link", name="没有发送的草稿 1 份").click()
        page.locator("#content .task-line", has=page.locator("img.thumb")).click()
        expect(page.locator("#field-title")).to_have_text("快速上报")
        expect(page.locator(".shots img")).to_have_count(1)


def test_what_arrived_long_ago_does_not_fill_the_phone(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    home = tmp_path / "phone"
    with phones.kept(home, PLACE) as page:
        sign_in(page, city, "collector.39")
        taken_along(page)
        page.click("#field-tabs a[href='#/report']")
        shoot(page)
        page.fill("#field-words-in", "垃圾散落")
        press(page)
        waiting(page)
        (sent,) = page.evaluate(SENT)
        assert sent["receipt"] and sent["media"][0]["thumb"], (
            "what arrived is seen, and the word for it is kept"
        )
        assert not {"draft", "holding"} & sent.keys() and not {"envelope", "sig"} & sent["media"][0].keys()
        page.evaluate(OLD)
        opened(page, city)
        until(page, LEFT, [sent["uuid"]], SENT_MS)


def test_an_approved_key_is_known_at_the_next_contact(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(PLACE) as page:
        sign_in(page, city, "collector.28")
        go(page, "me")
        expect(page.locator("#content")).to_contain_text("等第二个人核准")
        approve(page, city, "collector.28")
        online(page)
        expect(page.locator("#content")).to_contain_text("已核准", timeout=2 * SENT_MS)


def late_answer(page: Page, address: str) -> tuple[list[APIResponse], list[Page]]:
    """What the first question is answered comes when the second has been; once the app has begun anew no answer comes.

    The first answer, when the server has given it, and the page, when it has begun anew.
    """
    late: list[APIResponse] = []
    waits: list[Route] = []
    anew: list[Page] = []

    def answer(route: Route) -> None:
        if anew:
            route.abort("failed")
        elif not waits:
            waits.append(route)
            late.append(route.fetch())
        else:
            route.fulfill(response=route.fetch())
            if len(waits) == 1:
                waits[0].fulfill(response=late[0])
            waits.append(route)

    page.on("domcontentloaded", lambda loaded: anew.append(loaded))
    page.route(address, answer)
    return late, anew


def test_the_app_speaks_the_language_that_was_chosen(city: RunningCity, phones: Phones) -> None:
    code = "collector.29"
    with city.client(code) as client:
        known = client.get("/api/v1/field/pack", headers={"Accept-Language": "en"}).raise_for_status().json()
    title = next(one["title"] for one in known["classes"] if one["title"] != one["title"].upper())
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        taken_along(page)
        assert page.evaluate("navigator.serviceWorker.ready.then(ready => Boolean(ready.active))")
        go(page, "me")
        page.context.set_offline(True)
        page.get_by_role("radio", name="English").click()
        expect(page.locator("#content")).to_contain_text("没有网络，稍后再试")
        late, anew = late_answer(page, "**/api/v1/field/me")
        page.context.set_offline(False)
        for _n in range(SENT_MS // 100):
            if not late:
                page.wait_for_timeout(100)
        assert late, "it asked, and has no answer yet"
        page.get_by_role("radio", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en", timeout=SENT_MS)
        expect(page.locator("#field-title")).to_have_text("Me")
        expect(page.locator("#content")).to_contain_text(f"Collector · {code}")
        page.unroute("**/api/v1/field/me")
        page.evaluate(
            "() => { document.cookie = 'django_language=zh-hans;path=/'; }"
        )  # by a page of the office
        online(page)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN", timeout=SENT_MS)
        page.evaluate("() => { document.cookie = 'django_language=en;path=/'; }")
        opened(page, city)
        expect(page.locator("html")).to_have_attribute("lang", "en", timeout=SENT_MS)
        until(page, IN_ENGLISH, title, SENT_MS)
        page.click("#field-tabs a[href='#/report']")
        shoot(page)
        if not page.locator("input[type=search]").is_visible():
            page.click("details.sheet-more summary")
        page.fill("input[type=search]", title.upper())
        expect(page.locator(".choice-list").get_by_role("button", name=title).first).to_be_visible()


SENT = f"() => {stored('outbox', 'getAll()')}"
# The same as it was sent, of a month ago.
OLD = """() => new Promise(done => { const opening = indexedDB.open('baoji-field');
  opening.onsuccess = () => { const act = opening.result.transaction('outbox', 'readwrite'); const kept = act.objectStore('outbox');
    const asked = kept.getAll();
    asked.onsuccess = () => kept.put({ ...asked.result[0], uuid: 'old', sentAt: asked.result[0].sentAt - 30 * 86400000 });
    act.oncomplete = () => { opening.result.close(); done(); }; }; })"""
LEFT = f"uuids => {stored('outbox', 'getAllKeys()')}.then(left => left.join() === uuids.join())"
IN_ENGLISH = f"title => ({FACT})('pack').then(pack => pack?.classes.some(one => one.title === title))"
