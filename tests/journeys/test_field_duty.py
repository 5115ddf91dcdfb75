"""上班 and 下班 without a network: shown at once, kept over a cold start, sent in order and once, explained where others were before."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    FACT,
    KEPT,
    SENT_MS,
    Phones,
    go,
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
from tests.journeys.walk import act, report
from tests.screens import loud

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PLACE = (107.1485, 34.3605)
POINTS = stored("track", "count()")


def duty(city: RunningCity, code: str) -> dict[str, Any]:
    with city.client(code) as client:
        found: dict[str, Any] = client.get("/api/v1/field/duty").raise_for_status().json()
        return found


def track(city: RunningCity, code: str) -> list[Any]:
    with city.client(code) as client:
        found: list[Any] = client.get("/api/v1/field/track").raise_for_status().json()["points"]
        return found


def button(page: Page, word: str) -> None:
    page.get_by_role("button", name=word, exact=True).click()


def ready_for_no_network(page: Page) -> None:
    taken_along(page)
    until(page, KEPT, "clock")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def test_a_shift_with_the_server_gone(city: RunningCity, tmp_path: Path, phones: Phones) -> None:
    """Begun, walked, reported and ended while there is no server at all, over a cold start; then all of it arrives once."""
    code, home = "collector.31", tmp_path / "a"
    with city.client(code) as client:
        thing = client.get("/api/v1/field/pack").raise_for_status().json()["components"][0]
    place = (thing[3], thing[4])
    with phones.kept(home, place) as page:
        sign_in(page, city, code)
        ready_for_no_network(page)
    city.dev("down")
    try:
        with phones.kept(home, place) as page:
            opened(page, city, "#/me")
            assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
            button(page, "上班")
            expect(page.get_by_role("button", name="下班", exact=True)).to_be_visible()
            expect(page.locator("#content")).to_contain_text("已存在手机里，有网自动发送，按这个时间算")
            assert loud(page) == []
            until(page, f"{POINTS}.then(n => n >= 1)")
        with phones.kept(home, place) as page:  # still on duty after a cold start, and still followed
            opened(page, city, "#/me")
            expect(page.get_by_role("button", name="下班", exact=True)).to_be_visible()
            page.context.set_geolocation(
                {"longitude": place[0] + 0.0005, "latitude": place[1], "accuracy": 5}
            )
            until(page, f"{POINTS}.then(n => n >= 2)")
            go(page, "track")
            expect(page.locator("#content")).to_contain_text("个位置存在手机里，有网自动发送")
            go(page, "report")
            shoot(page)
            page.click(".conditions button >> nth=0")
            expect(page.locator(".conditions button[aria-checked=true]")).to_have_count(1)
            press(page)
            waiting(page, "waiting")
            go(page, "me")
            button(page, "下班")
            expect(page.get_by_role("button", name="上班", exact=True)).to_be_visible()
            go(page, "outbox")
            expect(page.locator(".queue [data-state=waiting]")).to_have_count(3)
            assert loud(page) == []
            pressed = datetime.now(UTC)
            page.wait_for_timeout(1500)  # so that the arrival is not the press
            city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))
            page.evaluate("dispatchEvent(new Event('online'))")
            expect(page.locator(".queue [data-state=sent]")).to_have_count(3, timeout=90_000)
            go(page, "me")
            expect(page.locator("#content")).to_contain_text("已下班")
            expect(page.locator("#content")).not_to_contain_text("有网自动发送")
            until(page, f"{POINTS}.then(n => n === 0)")
    finally:
        city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))
    assert duty(city, code)["since"] is None
    kept = track(city, code)
    assert len(kept) >= 2, "the track of the shift came after its beginning"
    last = datetime.fromisoformat(kept[-1][0])
    assert last <= pressed + timedelta(seconds=1)
    rows = shifts(city, code)
    assert len(rows) == 1 and rows[0][1] <= pressed + timedelta(seconds=1) < rows[0][2]


def shifts(city: RunningCity, code: str) -> list[tuple[datetime, datetime, datetime]]:
    """Beginning, end and when the end was heard of, of each shift, from the database itself."""
    asked = (
        "SELECT extract(epoch FROM d.started_at), extract(epoch FROM d.ended_at), extract(epoch FROM b.received_at)"
        " FROM urban_duty_time d JOIN identity_person p ON p.id = d.person_id"
        " JOIN urban_duty_press b ON b.person_id = p.id AND NOT b.begins AND b.at = d.ended_at"
        f" WHERE p.code = '{code}' ORDER BY 1"
    )
    lines = city.dev("psql", "--", "-At", "-F", " ", "-c", asked).strip().splitlines()
    return [
        (moments[0], moments[1], moments[2])
        for line in lines
        if len(moments := [datetime.fromtimestamp(float(one), UTC) for one in line.split(" ")]) == 3
    ]


def later(page: Page, than: datetime) -> None:
    """Waits until it is a second later by what this phone takes for the server's time, which no contact moves meanwhile."""
    offset = page.evaluate(FACT, "clock")["offset"]
    page.wait_for_function(
        "([than, offset]) => Date.now() + offset > than + 1000", arg=[than.timestamp() * 1000, offset]
    )


def test_two_phones_of_one_person_and_what_the_other_did_is_said(city: RunningCity, phones: Phones) -> None:
    code = "collector.32"
    with city.client(code) as client:
        client.post("/api/v1/field/duty/end").raise_for_status()  # whatever an earlier try left
    with (
        phones.fresh(PLACE) as one,
        phones.fresh(PLACE) as other,
    ):
        for page in (one, other):
            sign_in(page, city, code)
            ready_for_no_network(page)
        other.context.set_offline(True)
        go(other, "me")
        go(one, "me")
        button(one, "上班")
        expect(one.get_by_role("button", name="下班", exact=True)).to_be_visible()
        expect(one.locator("#content")).not_to_contain_text("有网自动发送")
        since = duty(city, code)["since"]
        assert since
        later(other, datetime.fromisoformat(since))
        button(other, "上班")
        expect(other.locator("#content")).to_contain_text("有网自动发送")
        online(other)
        expect(other.locator("#content")).to_contain_text("起已经在上班", timeout=90_000)
        assert loud(other) == []
        button(other, "知道了")
        expect(other.locator("#content")).not_to_contain_text("起已经在上班")
        assert duty(city, code)["since"] == since
        one.context.set_offline(True)
        button(other, "下班")
        expect(other.locator("#content")).to_contain_text("已下班")
        later(one, datetime.now(UTC))
        expect(one.get_by_role("button", name="下班", exact=True)).to_be_visible()  # it cannot know
        button(one, "下班")
        online(one)
        expect(one.locator("#content")).to_contain_text(re.compile("这一班 .* 已经下班"), timeout=90_000)
        assert duty(city, code)["since"] is None


AGED = """
UPDATE urban_duty_press SET at = at - interval '20 hours' WHERE person_id = (SELECT id FROM identity_person WHERE code = '{code}');
UPDATE urban_duty_time SET started_at = started_at - interval '20 hours' WHERE person_id = (SELECT id FROM identity_person WHERE code = '{code}');
"""
RULE = "from django.utils import timezone; from baoji.systems.urban.actions.field_shift import end_forgotten; end_forgotten(timezone.now())"


def test_a_duty_that_the_rule_ended_is_explained(city: RunningCity, phones: Phones) -> None:
    """Twenty hours without a network, and no 下班: the rule was quicker, and what is pressed then is answered with the reason."""
    code = "collector.33"
    with phones.fresh(PLACE) as page:
        sign_in(page, city, code)
        ready_for_no_network(page)
        go(page, "me")
        button(page, "上班")
        expect(page.get_by_role("button", name="下班", exact=True)).to_be_visible()
        expect(page.locator("#content")).not_to_contain_text("有网自动发送")
        page.context.set_offline(True)
        city.dev("psql", "--", "-c", AGED.format(code=code))
        city.dev("manage", "shell", "-c", RULE)  # unless the worker was quicker
        assert duty(city, code)["since"] is None
        online(page)
        ruled = page.locator(".notice", has_text="上班后满 16 小时没有下班")
        expect(ruled).to_be_visible(timeout=90_000)
        expect(page.get_by_role("button", name="上班", exact=True)).to_be_visible()
        assert loud(page) == []
        ruled.get_by_role("button", name="知道了").click()
        expect(ruled).to_have_count(0)
        go(page, "messages")
        expect(page.locator("#content")).to_contain_text("上班后满 16 小时没有下班")
    with city.client(code) as client:
        late = {"act": "end", "captured_at": datetime.now(UTC).isoformat()}
        answer = client.put(f"/api/v1/field/duty/{uuid4()}", json=late).raise_for_status().json()
    assert answer["why"].startswith("这一班满 16 小时没有下班")


PICTURES = "caches.open('baoji-pictures').then(kept => kept.keys()).then(all => all.length >= 1)"


def test_what_was_fetched_is_there_without_a_network(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    """With the server gone: a task's pictures, messages that are read, and pages that need a network say so."""
    event: dict[str, Any] = {"kind": "event", "class": "0110", "description": "垃圾散落"}
    place = {"type": "Point", "coordinates": list(PLACE)}
    number = report(city, "collector.35", location=place, **event)
    act(city, "acceptor.1", number, "accept")
    code, home = str(act(city, "acceptor.1", number, "verify_request")["holder"]), tmp_path / "a"
    with phones.kept(home, PLACE) as page:
        sign_in(page, city, code)
        ready_for_no_network(page)
        until(page, PICTURES)
        until(page, KEPT, "messages", SENT_MS)
    city.dev("down")  # a browser set offline still lets its service worker out
    try:
        with phones.kept(home, PLACE) as page:
            opened(page, city, f"#/task/{number}")
            page.locator("#content .shot img").first.scroll_into_view_if_needed()
            page.wait_for_function("() => document.querySelector('#content .shot img')?.naturalWidth > 0")
            go(page, "messages")
            expect(page.locator("#content")).to_contain_text("这是上次看到的")
            expect(page.locator("#content")).to_contain_text("未读")
            go(page, "me")
            page.get_by_role("link", name="简单网页版").click()
            expect(page.locator("#content")).to_contain_text("刚才那一页要连上网络才能打开")
            assert loud(page) == []
            go(page, "messages")
            expect(page.locator("#content")).to_contain_text("这是上次看到的")
            expect(page.locator("#content")).not_to_contain_text("未读")
    finally:
        city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))
    with phones.kept(home, PLACE) as page:
        opened(page, city)
        for _try in range(120):
            if all(one["read"] for one in messages(city, code)):
                break
            page.wait_for_timeout(500)
    assert all(one["read"] for one in messages(city, code)), (
        "what was read without a network is told afterwards"
    )


def messages(city: RunningCity, code: str) -> list[dict[str, Any]]:
    with city.client(code) as client:
        found: list[dict[str, Any]] = client.get("/api/v1/field/messages").raise_for_status().json()["items"]
        return found
