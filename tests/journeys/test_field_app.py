"""A collector with no signal: the app opens, reports and answers with the server gone, and sends by itself, each thing once."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from baoji.kernel.ui import build
from baoji.operate.bench.line import FAST, Line, Profile
from tests.cities import RunningCity
from tests.journeys.pocket import (
    KEPT,
    SENT_MS,
    TILES,
    Phones,
    approve,
    go,
    kill,
    opened,
    press,
    reports_of,
    shoot,
    sign_in,
    taken_along,
    until,
    waiting,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]
COLLECTOR = "collector.07"


def pack(city: RunningCity) -> dict[str, Any]:
    found: dict[str, Any] = city.client(COLLECTOR).get("/api/v1/field/pack").raise_for_status().json()
    return found


def own_reports(city: RunningCity) -> list[dict[str, Any]]:
    return reports_of(city, COLLECTOR)


def fill_in(page: Page, condition: int = 0) -> None:
    """Four taps: camera, the component that was snapped, the condition; the fourth is `press`."""
    page.click("#field-tabs a[href='#/report']")
    shoot(page)
    page.click(f".conditions button >> nth={condition}")
    expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(1)


def test_a_collector_with_no_signal(city: RunningCity, tmp_path: Path, phones: Phones) -> None:
    known = pack(city)
    thing = known["components"][0]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    with phones.kept(home, place, maps=True) as page:
        sign_in(page, city, COLLECTOR)
        taken_along(page)
        until(page, TILES, len(known["tiles"]), SENT_MS)
        assert page.evaluate("navigator.serviceWorker.ready.then(ready => Boolean(ready.active))")
        approve(page, city, COLLECTOR)
        opened(page, city)
        until(page, KEPT, "clock")  # a contact after the approval: the ticket is on the phone
    before = len(own_reports(city))
    city.dev("down")
    with phones.kept(home, place, maps=True) as page:  # a cold start without a server
        opened(page, city)
        assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
        fill_in(page, 1)
        assert thing[2].split("·")[0] in page.inner_text("#content"), (
            "the cover is snapped from the phone's own map"
        )
        press(page)
        waiting(page, "waiting")
        press(page)  # pressed again: nothing is sent twice
    with phones.kept(home, place) as page:  # the browser was closed meanwhile; what waits is still there
        opened(page, city, "#/outbox")
        waiting(page, "waiting")
        city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))
        page.evaluate("dispatchEvent(new Event('online'))")
        waiting(page)
    sent = own_reports(city)
    assert len(sent) == before + 1
    case = city.client("head.1").get(f"/api/v1/cases/{sent[0]['number']}").json()
    assert (case["component"], [one["proof"] for one in case["attachments"]]) == (thing[0], ["proven"])


def test_a_phone_killed_while_sending_sends_once(city: RunningCity, tmp_path: Path, phones: Phones) -> None:
    """The answer is lost on the way; then the browser dies, and its cache with it."""
    thing = pack(city)["components"][1]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    before = len(own_reports(city))
    with phones.kept(home, place) as page:
        sign_in(page, city, COLLECTOR)
    with phones.kept(
        home, place
    ) as page:  # a browser writes its cookies some seconds later, or when it is closed
        opened(page, city)
        taken_along(page)
        page.route(
            "**/api/v1/field/reports/*", lambda route: (route.fetch(), route.abort())
        )  # it arrives, and the phone does not hear of it
        fill_in(page)
        press(page)
        page.wait_for_selector("[data-state=waiting], [data-state=sending]")
        for _try in range(60):
            if len(own_reports(city)) == before + 1:
                break
            page.wait_for_timeout(500)
        kill(home)
    assert len(own_reports(city)) == before + 1
    shutil.rmtree(home / "Default" / "Cache", ignore_errors=True)
    for _start in range(2):
        with phones.kept(home, place) as page:
            opened(page, city, "#/outbox")
            waiting(page)
    assert len(own_reports(city)) == before + 1


SLOW = Profile("slow", up=1_000)  # a photo takes some twenty seconds


@contextmanager
def behind_a_line(city: RunningCity) -> Iterator[tuple[RunningCity, Line]]:
    """The same city at the other end of a line that can be slow, and cut."""
    with Line(urlsplit(city.url).port or 0) as line:
        yield replace(city, url=f"http://127.0.0.1:{line.port}"), line


def test_a_phone_killed_in_the_middle_of_an_upload_goes_on_there(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    thing = pack(city)["components"][2]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    before = len(own_reports(city))
    with behind_a_line(city) as (far, line):
        with phones.kept(home, place) as page:
            sign_in(page, far, COLLECTOR)
        with phones.kept(home, place) as page:
            opened(page, far)
            taken_along(page)
            fill_in(page)
            line.profile = SLOW
            press(page)
            waiting(page, "sending")
            kill(home)
            line.cut()
        assert len(own_reports(city)) == before
        line.mend()
        line.profile = FAST
        with phones.kept(home, place) as page:
            opened(page, far, "#/outbox")
            waiting(page)
    assert len(own_reports(city)) == before + 1


def test_airplane_mode_in_the_middle(city: RunningCity, tmp_path: Path, phones: Phones) -> None:
    thing = pack(city)["components"][3]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    before = len(own_reports(city))
    with (
        behind_a_line(city) as (far, line),
        phones.kept(home, place) as page,
    ):
        sign_in(page, far, COLLECTOR)
        taken_along(page)
        fill_in(page)
        line.profile = SLOW
        press(page)
        waiting(page, "sending")
        line.cut()
        page.context.set_offline(True)
        expect(page.locator("#field-strip")).to_contain_text("没有网络。照样拍、照样报")
        waiting(page, "waiting")
        fill_in(page, 1)  # and another one meanwhile
        press(page)
        expect(page.locator("[data-state=waiting]")).to_have_count(2)
        line.mend()
        line.profile = FAST
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("[data-state=sent]")).to_have_count(2, timeout=90_000)
        go(page, "mine")
        expect(page.locator(".task-list").first).to_contain_text(thing[2].split("·")[0])
    assert len(own_reports(city)) == before + 2


def scripts_before_the_map() -> set[str]:
    """What the app needs before anything is drawn on a map: its entry and all that it imports at once."""
    records = json.loads((build.FOLDER / "manifest.json").read_text())
    found: set[str] = set()
    left = [key for key, record in records.items() if record.get("isEntry") and record["name"] == "field"]
    while left:
        record = records[left.pop()]
        if record["file"] not in found:
            found.add(record["file"])
            left += record.get("imports", [])
    return found


def test_the_shell_is_small_and_installable(city: RunningCity) -> None:
    manifest = httpx.get(f"{city.url}/field/app.webmanifest").json()
    assert (manifest["start_url"], manifest["display"]) == ("/field/", "standalone")
    for one in manifest["icons"]:
        assert httpx.get(f"{city.url}{one['src']}").status_code == 200
    listed = httpx.get(f"{city.url}/field/shell.json").json()
    first = scripts_before_the_map()
    assert sum(len(httpx.get(f"{city.url}/static/build/{name}").content) for name in first) <= 300 * 1024
    assert {f"/static/build/{name}" for name in first} <= set(listed["files"])
    assert json.dumps(listed["files"]).count("/static/build/") > 3
