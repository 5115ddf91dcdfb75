"""A phone without room: what it kept stays and arrives, what it could not keep is named, and what is gone is said."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    HELD,
    Phones,
    go,
    opened,
    press,
    reports_of,
    shoot,
    sign_in,
    stored,
    taken_along,
    things,
    until,
    waiting,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CODE = "collector.42"
# Once `full`, a phone takes no photo any more, but for one in the place of what was held back.
ROOM = """(() => {
  const { put } = IDBObjectStore.prototype, { removeEntry } = FileSystemDirectoryHandle.prototype, { createWritable } = FileSystemFileHandle.prototype;
  let spare = 0;
  FileSystemDirectoryHandle.prototype.removeEntry = async function (name) { await removeEntry.call(this, name); if (name === "reserve") spare = 1; };
  FileSystemFileHandle.prototype.createWritable = function (...given) {
    if (window.full && spare < 1) throw new DOMException("no room", "QuotaExceededError");
    return createWritable.apply(this, given); };
  IDBObjectStore.prototype.put = function (value, ...more) {
    if (window.full && value?.blob && spare-- < 1) throw new DOMException("Failed to write blobs", window.full);
    return put.call(this, value, ...more); };
})()"""


# Writes what is larger than what is left on its last page of the disk.
WRITTEN = """() => new Promise(done => { const opening = indexedDB.open('other', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('all');
  opening.onsuccess = () => { const act = opening.result.transaction('all', 'readwrite', { durability: 'strict' });
    act.objectStore('all').put('x'.repeat(20000), 1);
    act.oncomplete = act.onabort = () => { opening.result.close(); done(act.error?.name ?? ''); }; }; })"""


class Disk:
    """A small one, and what else is on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.other = home / "films"

    def fill(self) -> None:
        with suppress(OSError), self.other.open("ab", buffering=0) as films:
            while True:
                films.write(b"x" * 4096)
        assert shutil.disk_usage(self.home).free == 0

    def empty(self) -> None:
        self.other.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    home = tmp_path / "phone"
    home.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(home)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield Disk(home)
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def at(city: RunningCity) -> tuple[float, float]:
    thing = things(city, CODE)[0]
    return thing[3], thing[4]


def report(page: Page) -> None:
    go(page, "report")
    shoot(page)
    page.click(".conditions button >> nth=0")
    expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(1)
    press(page)


def shaken(page: Page, city: RunningCity, disk: Disk) -> None:
    """Chromium throws away what it has not promised to keep, at most once in a quarter of an hour. Here no page is promised
    anything, so that is done before there is something to lose: as on a phone with the app on its desktop.
    """
    page.goto(f"{city.url}/sign-in/")
    assert page.evaluate(WRITTEN) == ""
    disk.fill()
    assert page.evaluate(WRITTEN) != ""
    page.wait_for_timeout(1500)
    disk.empty()


def one_waits(page: Page, city: RunningCity) -> None:
    """A report in the queue of a phone that holds room back, and nothing comes through."""
    sign_in(page, city, CODE)
    taken_along(page)
    until(page, HELD)
    page.context.route("**/api/**", lambda route: route.abort())
    report(page)
    expect(page.locator(".queue [data-state=waiting]")).to_have_count(1)


def test_a_disk_that_is_full_to_the_last_byte_loses_nothing(
    city: RunningCity, phones: Phones, disk: Disk
) -> None:
    before = {one["number"] for one in reports_of(city, CODE)}
    with phones.kept(disk.home, at(city)) as page:
        shaken(page, city, disk)
        one_waits(page, city)
        disk.fill()
        report(page)  # what was held back gives way
        expect(page.locator(".queue [data-state=waiting]")).to_have_count(2)
        disk.fill()
        go(page, "report")
        page.click(".shutter")
        expect(page.locator("[role=alert]").first).to_contain_text("手机存满了，这张没有存下。前面的都在")
        go(page, "outbox")
        expect(page.locator(".queue [data-state=waiting]")).to_have_count(2)
        expect(page.locator("#field-strip")).to_contain_text("手机快存满了")
        page.wait_for_timeout(12_000)  # what the app does by itself meanwhile
        disk.empty()
        for _start in range(3):
            opened(page, city, "#/outbox")
            page.reload()
            expect(page.locator(".queue [data-state=waiting]")).to_have_count(2)
            until(page, HELD)
        page.context.unroute("**/api/**")
        report(page)
        expect(page.locator(".queue [data-state=sent]")).to_have_count(3, timeout=60_000)
        page.reload()
        expect(page.locator(".queue [data-state=sent]")).to_have_count(3)
        expect(page.locator("#field-title")).to_have_text("都发出去了")
    assert len({one["number"] for one in reports_of(city, CODE)} - before) == 3


def test_what_the_browser_threw_away_for_room_is_said(city: RunningCity, phones: Phones, disk: Disk) -> None:
    """Mostly it does so at the first write that finds no room, and not always: then the report arrives."""
    before = {one["number"] for one in reports_of(city, CODE)}
    with phones.kept(disk.home, at(city)) as page:
        one_waits(page, city)
        disk.fill()
        go(page, "report")
        page.click(".shutter")
        page.wait_for_selector(".shutter", state="detached")
        page.wait_for_timeout(3000)
        disk.empty()
        page.context.unroute("**/api/**")
        opened(page, city, "#/outbox")
        page.reload()
        told, sent = page.locator("#content [role=alert]"), page.locator(".queue [data-state=sent]")
        expect(told.or_(sent).first).to_be_visible()
        was_told = told.count()
        if was_told:
            expect(told).to_contain_text("待发的 1 件从手机里没有了")
            expect(page.locator("#field-title")).not_to_have_text("都发出去了")
    assert ({one["number"] for one in reports_of(city, CODE)} == before) is bool(was_told), "said, or arrived"


@pytest.mark.parametrize("word", ["QuotaExceededError", "AbortError", "UnknownError", "DataError"])
def test_a_full_phone_says_so_and_keeps_what_it_has(city: RunningCity, phones: Phones, word: str) -> None:
    with phones.fresh(at(city), before=ROOM) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        until(page, HELD)
        go(page, "report")
        shoot(page)
        page.click(".conditions button >> nth=0")
        page.evaluate("word => { window.full = word; }", word)
        page.click("[data-take]")
        page.click(".shutter")
        expect(page.locator(".shots img")).to_have_count(2)  # what was held back gives way
        page.click("[data-take]")
        expect(page.locator(".camera-note")).to_contain_text("手机快存满了")
        page.click(".shutter")
        expect(page.locator("[role=alert]")).to_contain_text("手机存满了，这张没有存下。前面的都在")
        expect(page.locator(".shots img")).to_have_count(2)
        page.evaluate("window.full = ''")
        page.wait_for_timeout(11_000)  # until it is tried again
        press(page)
        waiting(page)


def test_much_that_waits_is_said_and_nobody_is_told_what_is_free(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city)) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        go(page, "phone")
        content = page.locator("#content")
        expect(content).to_contain_text("手机还剩多少，浏览器不说")
        expect(content).not_to_contain_text("GB")
        page.evaluate(
            stored("drafts", "count()")
            .replace("objectStore('drafts').count()", "objectStore('drafts').put(%s)")
            .replace("transaction('drafts')", "transaction('drafts', 'readwrite')")
            % "{ uuid: 'x', person: '', at: 1, words: '', media: [{ size: 220e6 }] }"
        )
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#field-strip")).to_contain_text("手机快存满了")


def test_a_storage_that_was_thrown_away_is_never_all_sent(city: RunningCity, phones: Phones) -> None:
    with phones.fresh(at(city)) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        page.context.route("**/api/v1/field/reports/**", lambda route: route.abort())
        report(page)
        title = page.locator(".queue [data-state=waiting] b").first.inner_text().removesuffix("特急")
        line = page.context.new_cdp_session(page)
        line.send("Storage.clearDataForOrigin", {"origin": city.url, "storageTypes": "indexeddb"})
        for _start in range(2):
            page.reload()
            told = page.locator("#content [role=alert]")
            expect(told).to_contain_text("待发的 1 件从手机里没有了")
            expect(told).to_contain_text(title)
            expect(page.locator("#field-strip")).to_contain_text("待发的 1 件从手机里没有了")
            expect(page.locator("#field-title")).not_to_have_text("都发出去了")
        told.get_by_role("button", name="知道了").click()
        expect(told).to_have_count(0)
        page.reload()
        expect(page.locator("#field-title")).to_have_text("都发出去了")
        expect(page.locator("#content [role=alert]")).to_have_count(0)
