"""A phone in somebody's pocket, and what its owner does with it."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect

from baoji.operate.bench.chromium import DRAWING
from tests.cities import RunningCity
from tests.screens import browser_here, without_webgl

FAKES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
READY = "html[data-field-ready='1']"
WAIT_MS = 30_000
SENT_MS = 90_000
TIRED_MS = 600_000
# The fake camera's film begins anew with each camera: without a mark of its own a photo may be one that the city has already.
_UNLIKE = """(() => { const toBlob = HTMLCanvasElement.prototype.toBlob;
  HTMLCanvasElement.prototype.toBlob = function (...given) {
    const pen = this.getContext("2d");
    for (let n = 0; n < 8; n++) { pen.fillStyle = `hsl(${360 * Math.random()} 90% 50%)`; pen.fillRect(16 * n, 0, 16, 16); }
    return toBlob.apply(this, given); }; })()"""
# A script: no tile of the map comes, until `tilesMayCome`.
NO_TILES = """(() => { const fetch = window.fetch;
  window.fetch = (asked, ...more) => (String(asked.url ?? asked).includes("/tiles/city/") && !window.tilesMayCome
    ? Promise.reject(new TypeError("no tiles here")) : fetch(asked, ...more)); })()"""


@dataclass
class Phones:
    """Phones with a camera, a microphone and a place; `before` is a script that each page runs first (a clock that is wrong, say).

    `maps`: one that draws them. Where nobody looks at one, a phone takes none along either: a hundred tiles are a second's work.
    """

    playwright: Playwright
    browser: Browser

    @contextmanager
    def fresh(
        self, place: tuple[float, float], before: str = "", *, maps: bool = False, **more: Any
    ) -> Iterator[Page]:
        """One that nobody has had before, and nobody will afterwards."""
        with _used(self.browser.new_context(**_facts(place), **more), before, maps) as page:
            yield page

    @contextmanager
    def kept(
        self, home: Path, place: tuple[float, float], before: str = "", *, maps: bool = False, **more: Any
    ) -> Iterator[Page]:
        """A browser of its own whose profile, `home`, outlives it; it can be killed."""
        context = self.playwright.chromium.launch_persistent_context(
            str(home), executable_path=browser_here(), args=[*DRAWING, *FAKES], **_facts(place), **more
        )
        with _used(context, before, maps) as page:
            yield page


def _facts(place: tuple[float, float]) -> dict[str, Any]:
    return {
        "viewport": {"width": 360, "height": 640},
        "has_touch": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "permissions": ["geolocation", "camera", "microphone"],
        "geolocation": {"longitude": place[0], "latitude": place[1], "accuracy": 5},
    }


@contextmanager
def _used(context: BrowserContext, before: str, maps: bool) -> Iterator[Page]:
    try:
        context.add_init_script(_UNLIKE)
        if not maps:
            without_webgl(context).add_init_script(NO_TILES)
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
    finally:
        with suppress(Exception):  # it may have been killed
            context.close()


def kill(home: Path) -> None:
    """Ends the browser on this profile as a dead battery does."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if f"--user-data-dir={home}".encode() in words:
                os.kill(int(folder.name), signal.SIGKILL)


def opened(page: Page, city: RunningCity, where: str = "") -> None:
    page.goto(f"{city.url}/field/{where}")
    page.wait_for_selector(READY)


def sign_in(page: Page, city: RunningCity, code: str) -> None:
    """By the sign-in's form, with what this browser keeps; drawing its page each time is a third of a second's work."""
    door = f"{city.url}/sign-in/"
    ask = page.context.request
    mark = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', ask.get(door).text())
    assert mark
    answer = ask.post(
        f"{door}demo/",
        form={"csrfmiddlewaretoken": mark[1], "code": code},
        headers={"Referer": door},
        max_redirects=0,
    )
    assert answer.status == 302, answer.text()
    opened(page, city)


def online(page: Page) -> None:
    """The network is back, and the phone has noticed."""
    page.context.set_offline(False)
    page.evaluate("() => { dispatchEvent(new Event('online')); }")


def things(city: RunningCity, code: str) -> list[list[Any]]:
    """The components that this person's phone takes along."""
    with city.client(code) as client:
        found: list[list[Any]] = client.get("/api/v1/field/pack").raise_for_status().json()["components"]
    return found


def go(page: Page, view: str) -> None:
    page.evaluate("view => { location.hash = view; }", f"#/{view}")


def shoot(page: Page) -> None:
    page.click(".shutter")
    page.wait_for_selector(".shutter", state="detached")
    page.wait_for_selector(".shots img")


def press(page: Page) -> None:
    """The main act at the thumb."""
    page.click("#field-action .btn-main")


def taken_along(page: Page) -> dict[str, Any]:
    """Waits until the phone has what it takes along; that."""
    until(page, KEPT, "pack", SENT_MS)
    found: dict[str, Any] = page.evaluate(FACT, "pack")
    return found


def until(page: Page, asks: str, given: Any = None, timeout: int = WAIT_MS) -> None:
    """Asks the page again and again, each time when it has answered: one that is asked at every frame, whatever it has
    still to answer, comes to nothing else on a slow machine.
    """
    end = monotonic() + timeout / 1000
    while not _says(page, asks, given):
        assert monotonic() < end, f"not within {timeout} ms: {asks} {given}"
        page.wait_for_timeout(100)


def _says(page: Page, asks: str, given: Any) -> bool:
    try:
        return bool(page.evaluate(asks, given))
    except Error as error:
        if "context was destroyed" in error.message:  # the page opens itself anew
            return False
        raise


def stored(store: str, question: str) -> str:
    """A script: what the phone's database answers to a question to one of its stores, a promise."""
    return f"""new Promise(done => {{ const opening = indexedDB.open('baoji-field');
  opening.onsuccess = () => {{ const asked = opening.result.transaction('{store}').objectStore('{store}').{question};
    asked.onsuccess = () => {{ opening.result.close(); done(asked.result); }}; }}; }})"""


def unwritable(when: str, fault: str = "Killed") -> str:
    """A script: whatever is put into the phone's database fails while `when` holds, of `this` store, its `value` and its `key`."""
    return f"""(() => {{ const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {{
    const [value, key] = given;
    if ({when}) throw new DOMException("{fault}", "{fault}");
    return put.apply(this, given); }}; }})()"""


FACT = f"name => {stored('facts', 'get(name)')}"
KEPT = f"name => {stored('facts', 'getKey(name)')}.then(found => found !== undefined)"
# Some room is held back.
HELD = "() => navigator.storage.getDirectory().then(all => all.getFileHandle('reserve')).then(one => one.getFile()).then(file => file.size > 0, () => false)"
TILES = "count => caches.open('baoji-tiles').then(kept => kept.keys()).then(all => all.length >= count)"


def key_of(page: Page, code: str) -> str:
    """The phone's key, once it has enrolled itself."""
    until(page, KEPT, f"device:{code}")
    return str(page.evaluate(f"({FACT})('device:{code}').then(own => own.kid)"))


def approve(page: Page, city: RunningCity, code: str) -> str:
    """A second person approves the phone that `code` holds in the hand."""
    kid = key_of(page, code)
    for _try in range(60):
        answer = city.client("chief.1").post(f"/api/v1/field/devices/{kid}/approve")
        if answer.status_code == 200:
            return kid
        page.wait_for_timeout(500)
    raise AssertionError(answer.text)


def waiting(page: Page, state: str = "sent", timeout: int = SENT_MS) -> None:
    expect(page.locator(f".queue [data-state={state}]").first).to_be_visible(timeout=timeout)


def reports_of(city: RunningCity, code: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        city.client(code).get("/api/v1/cases?desk=started").raise_for_status().json()["items"]
    )
    return found
