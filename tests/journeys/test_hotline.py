"""A telephone rings at a seat: the call system says so, the open page shows it, the saved call has its recording."""

import json
import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from baoji.kernel.wire.signed import signature
from tests.cities import HOTLINE_SECRET, RunningCity
from tests.journeys.people import People

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(600),
]
PATH = "/api/v1/hotline/calls"
CALLER = "13909170555"


def call_system(city: RunningCity, **told: Any) -> None:
    body, at = json.dumps(told).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "Baoji-Key": "hotline",
        "Baoji-Timestamp": str(at),
        "Baoji-Signature": signature(HOTLINE_SECRET, at, "POST", PATH, body),
    }
    httpx.post(city.url + PATH, content=body, headers=headers, timeout=30).raise_for_status()


def test_a_call_pops_up_is_saved_and_keeps_its_recording(people: People, city: RunningCity) -> None:
    seat = people["hotline.1"]
    seat.open("/intake/")
    expect(seat.page.locator("[data-baoji-connection]")).to_have_attribute("data-state", "on")
    call_system(city, call="journey-1", event="ringing", phone=CALLER, seat="hotline.1")
    expect(seat.page.locator("#caller_phone")).to_have_value(CALLER)
    expect(seat.page.get_by_text("正在呼入")).to_be_visible()
    call_system(city, call="journey-1", event="answered")
    expect(seat.page.get_by_text("通话中")).to_be_visible()

    seat.page.get_by_label("来电人说了什么").fill("楼下烧烤摊露天烧烤，油烟很大")
    proposal = seat.page.locator("#suggested .pick").first
    expect(proposal).to_contain_text("露天烧烤")
    seat.look_around()
    proposal.click()
    expect(seat.page.locator("#conditions")).to_contain_text("露天烧烤")
    expect(seat.page.locator("#caller_phone")).to_have_value(CALLER)
    seat.page.locator(".coords-more summary").click()
    with city.client("hotline.1") as client:
        lon, lat = client.get("/api/v1/components", params={"limit": 1}).json()["items"][0]["location"][
            "coordinates"
        ]
    seat.page.locator("#lon").fill(str(lon))
    seat.page.locator("#lat").fill(str(lat))
    seat.page.get_by_label("来电人希望怎样").fill("请尽快取缔")
    seat.page.get_by_role("button", name="保存，取任务号").click()
    seat.page.wait_for_url(re.compile("/intake/saved/"))
    number = seat.page.locator("#task-number").inner_text()

    call_system(city, call="journey-1", event="recording", recording="https://calls.example/journey-1.mp3")
    seat.open(f"/cases/{number}")
    expect(seat.page.get_by_role("link", name=re.compile("通话录音"))).to_have_attribute(
        "href", "https://calls.example/journey-1.mp3"
    )
    expect(seat.page.get_by_text("诉求：请尽快取缔").first).to_be_visible()
    assert not people.faults
