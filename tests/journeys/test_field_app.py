"""A collector with no signal: the app opens, reports and answers with the server gone, and sends by itself, each thing once."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.journeys.conftest import RunningCity
from tests.journeys.people import CHROMIUM, DRAWING

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("city")]
COLLECTOR = "collector.07"
PHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
READY = "html[data-field-ready='1']"
WAIT_MS = 30_000


@contextmanager
def phone(play: Playwright, home: Path, place: tuple[float, float]) -> Iterator[Page]:
    """The collector's browser, with a camera and a position; its profile outlives it, as a phone's does."""
    context: BrowserContext = play.chromium.launch_persistent_context(
        str(home),
        executable_path=CHROMIUM,
        args=[*DRAWING, *PHONE],
        viewport={"width": 360, "height": 640},
        has_touch=True,
        locale="zh-CN",
        permissions=["geolocation", "camera", "microphone"],
        geolocation={"longitude": place[0], "latitude": place[1], "accuracy": 5},
    )
    try:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
    finally:
        context.close()


def opened(page: Page, city: RunningCity, where: str = "") -> None:
    page.goto(f"{city.url}/field/{where}")
    page.wait_for_selector(READY)


def sign_in(page: Page, city: RunningCity) -> None:
    page.goto(f"{city.url}/sign-in/?next=/field/")
    page.evaluate(
        "code => { const form = document.querySelector('form[action*=demo]'); const field = document.createElement('input');"
        " field.name = 'code'; field.value = code; form.append(field); form.submit(); }",
        COLLECTOR,
    )
    page.wait_for_selector(READY)


def shoot(page: Page) -> None:
    page.wait_for_selector(".shutter")
    page.click(".shutter")
    page.wait_for_selector(".shots img")


def kept_tiles(page: Page) -> int:
    return int(page.evaluate("caches.open('baoji-tiles').then(kept => kept.keys()).then(all => all.length)"))


def pack(city: RunningCity) -> dict[str, Any]:
    found: dict[str, Any] = city.client(COLLECTOR).get("/api/v1/field/pack").json()
    return found


def own_reports(city: RunningCity) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = city.client(COLLECTOR).get("/api/v1/cases?desk=started").json()["items"]
    return found


def approve(page: Page, city: RunningCity) -> None:
    """A second person, once the phone has enrolled itself."""
    for _second in range(60):
        found = city.client(COLLECTOR).get("/api/v1/field/devices").json()["items"]
        if found:
            break
        page.wait_for_timeout(1000)
    kid = found[0]["kid"]
    assert city.client("chief.1").post(f"/api/v1/field/devices/{kid}/approve").status_code == 200


def test_a_collector_with_no_signal(city: RunningCity, tmp_path: Path) -> None:
    known = pack(city)
    thing = known["components"][0]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    with sync_playwright() as play:
        with phone(play, home, place) as page:
            sign_in(page, city)
            page.wait_for_function(
                "count => caches.open('baoji-tiles').then(kept => kept.keys()).then(all => all.length >= count)",
                arg=len(known["tiles"]),
            )
            assert page.evaluate("navigator.serviceWorker.ready.then(ready => Boolean(ready.active))")
            approve(page, city)
        with phone(play, home, place) as page:
            opened(page, city)
            page.wait_for_timeout(1500)
        before = len(own_reports(city))
        city.dev("down")
        with phone(play, home, place) as page:  # a cold start without a server
            opened(page, city)
            assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
            page.click("#field-tabs a[href='#/report']")
            shoot(page)
            assert thing[2].split("·")[0] in page.inner_text("#content"), (
                "the cover is snapped from the phone's own map"
            )
            page.click(".conditions button >> nth=1")
            page.click("#field-action .btn-main")
            page.wait_for_selector("[data-state=waiting]")
            page.click("#field-action .btn-main")  # pressed again: nothing is sent twice
        with phone(play, home, place) as page:  # the browser was closed meanwhile; what waits is still there
            opened(page, city, "#/outbox")
            page.wait_for_selector("[data-state=waiting]")
            city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))
            page.evaluate("dispatchEvent(new Event('online'))")
            page.wait_for_selector("[data-state=sent]", timeout=60_000)
    sent = own_reports(city)
    assert len(sent) == before + 1
    case = city.client("head.1").get(f"/api/v1/cases/{sent[0]['number']}").json()
    assert (case["component"], [one["proof"] for one in case["attachments"]]) == (thing[0], ["proven"])


def test_a_phone_killed_while_sending_sends_once(city: RunningCity, tmp_path: Path) -> None:
    thing = pack(city)["components"][1]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    before = len(own_reports(city))
    with sync_playwright() as play:
        with phone(play, home, place) as page:
            sign_in(page, city)
            page.route(
                "**/api/v1/field/reports/*", lambda route: route.abort()
            )  # the answer is lost on the way
            page.click("#field-tabs a[href='#/report']")
            shoot(page)
            page.click(".conditions button >> nth=0")
            page.click("#field-action .btn-main")
            page.wait_for_selector("[data-state=waiting], [data-state=sending]")
            page.wait_for_timeout(1500)
        shutil.rmtree(home / "Default" / "Cache", ignore_errors=True)
        for _start in range(2):
            with phone(play, home, place) as page:
                opened(page, city, "#/outbox")
                page.wait_for_selector("[data-state=sent]", timeout=60_000)
    assert len(own_reports(city)) == before + 1


def test_the_shell_is_small_and_installable(city: RunningCity) -> None:
    manifest = httpx.get(f"{city.url}/field/app.webmanifest").json()
    assert (manifest["start_url"], manifest["display"]) == ("/field/", "standalone")
    for one in manifest["icons"]:
        assert httpx.get(f"{city.url}{one['src']}").status_code == 200
    listed = httpx.get(f"{city.url}/field/shell.json").json()
    script = next(file for file in listed["files"] if "/field-" in file and file.endswith(".js"))
    assert len(httpx.get(f"{city.url}{script}").content) < 300 * 1024
    assert json.dumps(listed["files"]).count("/static/build/") > 3
