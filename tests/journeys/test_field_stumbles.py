"""What stumbles behind the screen: a storage, a picture, one answer of the server. What was done stays, and it is said."""

import pytest
from playwright.sync_api import Page, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    KEPT,
    Phones,
    go,
    opened,
    sign_in,
    stored,
    taken_along,
    things,
    until,
    unwritable,
    waiting,
)
from tests.journeys.test_field_presses import begin_report

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CODE = "collector.41"
# Killed before the draft alone could be written once more.
KILLED = unwritable(
    "window.dead && this.name === 'drafts' && !this.transaction.objectStoreNames.contains('media')"
)
# Full to the last byte: what is to be held back does not fit, nor a note that it does not.
LAST_BYTE = """(() => { const no = () => { throw new DOMException("no room", "QuotaExceededError"); };
  FileSystemFileHandle.prototype.createWritable = no; Storage.prototype.setItem = no; })()"""
BLIND = (
    "MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('none', 'NotFoundError'); }"
)
SHUT = "window.shut = sessionStorage.shut; const open = indexedDB.open.bind(indexedDB); IDBFactory.prototype.open = function (...given) { if (window.shut) throw new DOMException('broken', 'UnknownError'); return open(...given); }"
SLOW = """(() => { const make = createImageBitmap;
  window.createImageBitmap = (...given) => new Promise((done) => setTimeout(() => done(make(...given)), window.slow ? 1500 : 0)); })()"""


def at(city: RunningCity) -> tuple[float, float]:
    thing = things(city, CODE)[0]
    return thing[3], thing[4]


def focused(page: Page) -> str:
    found: str = page.evaluate(
        "document.activeElement.dataset.take !== undefined ? 'shutter' : document.activeElement.tagName"
    )
    return found


def test_a_photo_is_in_its_draft_whatever_comes_next(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city), before=KILLED) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        page.evaluate("window.dead = true")
        go(page, "report")
        page.click(".shutter")
        page.wait_for_selector(".shutter", state="detached")
        until(
            page,
            "() => new Promise(done => { const opening = indexedDB.open('baoji-field'); opening.onsuccess = () => { const asked = opening.result.transaction('media').objectStore('media').count(); asked.onsuccess = () => { opening.result.close(); done(asked.result === 1); }; }; })",
        )
        opened(page, city, "#/outbox")
        page.reload()
        draft = page.locator(".task-line[href^='#/report/']")
        expect(draft).to_have_count(1)
        draft.click()
        expect(page.locator(".shots img")).to_have_count(1)


def test_while_a_photo_is_being_kept_the_report_before_cannot_be_sent(
    city: RunningCity, phones: Phones
) -> None:
    """It is on the screen still, with its button where the next one's will be."""
    with phones.fresh(at(city), before=SLOW) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        begin_report(page)
        page.click(".conditions button >> nth=0")
        expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(1)
        first, send = page.evaluate("location.hash"), page.locator("#field-action .btn-main")
        place = send.bounding_box()
        assert place
        page.evaluate("window.slow = true")
        go(page, "report")
        page.click(".shutter")
        page.wait_for_selector(".shutter", state="detached")
        assert page.evaluate("location.hash") == "#/report", "the next one is not there yet"
        expect(send).to_be_visible()
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        until(page, "first => location.hash.startsWith('#/report/') && location.hash !== first", first)
        assert page.evaluate(stored("outbox", "count()")) == 0


def test_a_picture_that_no_browser_can_draw_is_named(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city), before=BLIND) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        go(page, "report")
        page.set_input_files(
            ".camera-shut input[type=file]",
            {"name": "IMG_1.heic", "mimeType": "image/heic", "buffer": b"no picture"},
        )
        expect(page.locator("#content [role=alert]")).to_contain_text("这张照片打不开，没有存下")


def test_a_phone_that_is_full_to_the_last_byte_goes_on(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city), before=LAST_BYTE) as page:
        sign_in(page, city, CODE)
        until(page, KEPT, "pack")


def test_what_waits_goes_out_where_the_server_stumbles_over_what_is_read(
    city: RunningCity, phones: Phones
) -> None:
    with phones.fresh(at(city)) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        page.context.set_offline(True)
        begin_report(page)
        page.click(".conditions button >> nth=0")
        expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(1)
        page.click("#field-action .btn-main")
        waiting(page, "waiting")
        page.context.route(
            "**/api/v1/field/tasks*", lambda route: route.fulfill(status=500, json={"title": "stumbled"})
        )
        opened(page, city, "#/outbox")
        page.context.set_offline(False)
        page.reload()
        waiting(page)


def test_the_keyboard_is_where_it_was_when_the_camera_closes(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city)) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        begin_report(page)
        page.focus("[data-take]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".shutter")
        assert page.evaluate("document.querySelector('.field-app').inert")
        page.keyboard.press("Escape")
        page.wait_for_selector(".shutter", state="detached")
        assert focused(page) == "shutter"
        assert not page.evaluate("document.querySelector('.field-app').inert")
        page.locator("#field-tabs a[href='#/me']").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#field-title")).to_have_text("我的")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#/me"
        page.locator(".task-line[href='#/messages']").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#field-title")).to_have_text("消息")
        assert page.evaluate("document.activeElement.id") == "content"


def test_a_storage_that_does_not_open_is_said(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city), before=SHUT) as page:
        sign_in(page, city, CODE)
        page.evaluate("sessionStorage.shut = '1'")
        page.reload()
        expect(page.locator("#content [role=alert]")).to_contain_text("这一页没有打开")
        expect(page.locator("#content a[href='tel:12319']")).to_be_visible()
