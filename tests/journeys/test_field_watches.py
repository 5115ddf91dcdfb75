"""守候 without a network: begun, handed over and left on the phone with its time, sent in order and once, conflicts told."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.cities import RunningCity
from tests.journeys.pocket import (
    FACT,
    Phones,
    go,
    kill,
    online,
    opened,
    press,
    sign_in,
    stored,
    taken_along,
    until,
    unwritable,
    waiting,
)
from tests.journeys.walk import asked_to_verify
from tests.screens import loud

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PLACE = (107.1485, 34.3605)
# Killed before the turn could be put into the queue.
KILLED = unwritable("window.dead && this.name === 'outbox' && (window.died = true)")
HELD = f"() => Promise.all([{stored('media', 'count()')}, {stored('envelopes', 'count()')}])"


def dangerous(city: RunningCity) -> tuple[str, str, str]:
    """A case of the two-hour kind, who is asked to look at it, and somebody else on duty."""
    with city.client("collector.22") as client:
        cover = client.get("/api/v1/components", params={"class": "0102", "limit": 1}).json()["items"][0]
    words = f"井盖缺失 {uuid4().hex[:6]}"
    number, one = asked_to_verify(
        city, kind="component", component=cover["code"], condition=1, description=words
    )
    two = "collector.23" if one != "collector.23" else "collector.24"
    city.client(two).post("/api/v1/field/duty/start").raise_for_status()
    return number, one, two


def turn(city: RunningCity, code: str, number: str, act: str, **more: Any) -> None:
    body = {"number": number, "act": act, **more}
    with city.client(code) as client:
        client.put(f"/api/v1/field/stays/{uuid4()}", json=body).raise_for_status()


def told(city: RunningCity, number: str) -> list[str]:
    timeline = city.client("head.1").get(f"/api/v1/cases/{number}").raise_for_status().json()["timeline"]
    return [entry["opinion"] for entry in timeline if entry["act"] == "opinion"]


def handed(city: RunningCity, code: str) -> list[tuple[str, str | None]]:
    """What this person handed over: each number, and since when the other one is there."""
    found = city.client(code).get("/api/v1/field/stays").raise_for_status().json()["handed"]
    return [(one["number"], one["arrived_at"]) for one in found]


def ready_for_no_network(page: Page, relief: str) -> None:
    """The shell is kept, and the phone knows who could take over."""
    taken_along(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    until(page, RELIEF, relief)


RELIEF = f"code => ({FACT})('stays').then(stays => (stays?.relief ?? []).some(one => one.code === code))"


def test_a_watch_begun_and_handed_over_without_a_network_survives_a_kill_and_goes_once(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    number, one, two = dangerous(city)
    home = tmp_path / "a"
    with phones.kept(home, PLACE) as page:
        sign_in(page, city, one)
    with phones.kept(home, PLACE) as page:  # the sign-in is on the disk by now, whatever is killed
        opened(page, city)
        ready_for_no_network(page, two)
        page.context.set_offline(True)
        go(page, f"task/{number}")
        page.get_by_role("button", name="我在守候").click()
        expect(page.locator("#field-title")).to_have_text("守候")
        expect(page.locator("#content")).to_contain_text("已存在手机里，记下了时间")
        assert loud(page) == []
        go(page, "tasks")
        expect(page.locator("a.notice", has_text="您在守候")).to_contain_text("待发")
        kill(home)
    with phones.kept(home, PLACE) as page:
        page.context.set_offline(True)
        opened(page, city, f"#/stay/{number}")
        expect(page.locator("#content")).to_contain_text("已存在手机里，记下了时间")
        page.select_option("#relief", two)
        page.get_by_role("button", name="交给他").click()
        expect(page.locator(".queue [data-state=waiting]")).to_have_count(2)
        expect(page.locator(".queue").first).to_contain_text("有网以前别人不知道")
        go(page, f"stay/{number}")
        expect(page.locator("#content")).to_contain_text("您现在不在这里守候")
        assert told(city, number) == []
        go(page, "outbox")
        online(page)
        expect(page.locator(".queue [data-state=sent]")).to_have_count(2, timeout=90_000)
        expect(page.locator(".queue [data-state=waiting]")).to_have_count(0)
    assert [words[:4] for words in told(city, number)] == ["到场守候", "守候交给"]
    places = city.client(two).get("/api/v1/field/stays").raise_for_status().json()["items"]
    (stay,) = [one for one in places if one["number"] == number]
    first, second = stay["history"]
    pressed, heard = (datetime.fromisoformat(first[name]) for name in ("since", "since_received"))
    assert pressed < heard and first["until"] == second["since"]
    turn(city, two, number, "end")


def test_who_is_handed_a_watch_confirms_it_without_a_network(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    """Killed in between; the time of the press counts, and whoever handed it over reads it when it arrives and not before."""
    number, one, two = dangerous(city)
    turn(city, one, number, "start")
    turn(city, one, number, "hand_over", to=two)
    home = tmp_path / "b"
    with phones.kept(home, PLACE) as page:
        sign_in(page, city, two)
    with phones.kept(home, PLACE) as page:
        opened(page, city)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        notice = page.locator("a.notice", has_text="交给您守候")
        expect(notice).to_contain_text("到了请按“我已到场”")
        page.context.set_offline(True)
        notice.click()
        expect(page.locator("#field-action .btn-main")).to_have_text("我已到场")
        assert loud(page) == []
        press(page)
        expect(page.locator("#field-action .btn-main")).to_have_text("已围挡，拍照")
        expect(page.locator("#content")).to_contain_text("已存在手机里，记下了时间")
        kill(home)
    assert [arrival for at, arrival in handed(city, one) if at == number] == [None]
    with phones.kept(home, PLACE) as page:
        page.context.set_offline(True)
        opened(page, city, f"#/stay/{number}")
        expect(page.locator("#field-action .btn-main")).to_have_text("已围挡，拍照")
        online(page)
        expect(page.locator("#content")).not_to_contain_text("已存在手机里，记下了时间", timeout=90_000)
    places = city.client(two).get("/api/v1/field/stays").raise_for_status().json()["items"]
    (stay,) = [one for one in places if one["number"] == number]
    pressed, heard = (
        datetime.fromisoformat(stay["history"][1][name]) for name in ("arrived_at", "arrived_received")
    )
    assert stay["since"] < stay["arrived_at"] and pressed < heard
    assert [words[:4] for words in told(city, number)] == ["到场守候", "守候交给", "到场守候"]
    assert (number, stay["arrived_at"]) in handed(city, one)
    turn(city, two, number, "end")


def test_who_was_chosen_stays_chosen_when_the_beginning_arrives(city: RunningCity, phones: Phones) -> None:
    number, one, two = dangerous(city)
    with phones.fresh(PLACE) as page:
        sign_in(page, city, one)
        ready_for_no_network(page, two)
        page.context.set_offline(True)
        go(page, f"task/{number}")
        page.get_by_role("button", name="我在守候").click()
        expect(page.locator("#content")).to_contain_text("已存在手机里，记下了时间")
        page.select_option("#relief", two)
        online(page)
        expect(page.locator("#content")).not_to_contain_text("已存在手机里，记下了时间", timeout=90_000)
        expect(page.locator("#relief")).to_have_value(two)
        page.get_by_role("button", name="交给他").click()
        expect(page.locator(".queue [data-state=sent]")).to_have_count(2, timeout=90_000)
    assert [words[:4] for words in told(city, number)] == ["到场守候", "守候交给"]
    turn(city, two, number, "end")


def test_what_somebody_else_was_quicker_with_is_told_and_stands_in_the_record(
    city: RunningCity, phones: Phones
) -> None:
    number, one, two = dangerous(city)
    city.client(one).post("/api/v1/field/duty/start").raise_for_status()
    turn(city, one, number, "start")
    turn(city, one, number, "hand_over", to=two)
    turn(city, two, number, "hand_over", to=one)
    turn(city, one, number, "start")
    with phones.fresh(PLACE, before=KILLED) as page:
        sign_in(page, city, one)
        go(page, f"stay/{number}")
        page.locator(".watches li").nth(2).wait_for()
        page.context.set_offline(True)
        before = page.evaluate(HELD)
        page.evaluate("window.dead = true")
        page.get_by_role("button", name="已围挡，拍照").click()
        page.click(".shutter")
        until(page, "() => window.died === true")
        assert page.evaluate(HELD) == before, "the photo and the turn are kept in one step"
        page.evaluate("window.dead = false")
        page.get_by_role("button", name="已围挡，拍照").click()
        page.click(".shutter")
        waiting(page, "waiting")
        turn(city, two, number, "take")
        online(page)
        waiting(page, "gone")
        expect(page.locator("#content")).to_contain_text("没有接上")
        go(page, "tasks")
        notice = page.locator(".notice", has_text="起")
        expect(notice).to_contain_text("您做的已记在案卷里")
        assert loud(page) == []
        notice.get_by_role("button", name="知道了").click()
        expect(notice).to_have_count(0)
    assert "已围挡，结束守候，没有接上" in told(city, number)[-1]
    case = city.client("head.1").get(f"/api/v1/cases/{number}").raise_for_status().json()
    assert case["attachments"][-1]["act"] == "opinion"
    turn(city, two, number, "end")


def test_whom_the_phone_knew_on_duty_and_who_is_not_is_not_given_the_watch(
    city: RunningCity, phones: Phones
) -> None:
    number, one, two = dangerous(city)
    turn(city, one, number, "start")
    with phones.fresh(PLACE) as page:
        sign_in(page, city, one)
        ready_for_no_network(page, two)
        go(page, f"stay/{number}")
        page.context.set_offline(True)
        page.select_option("#relief", two)
        city.client(two).post("/api/v1/field/duty/end").raise_for_status()
        page.get_by_role("button", name="交给他").click()
        waiting(page, "waiting")
        online(page)
        waiting(page, "refused")
        expect(page.locator(".queue [data-state=refused]")).to_contain_text("现在不在班，请交给当班的人")
        go(page, "tasks")
        expect(page.locator("a.notice", has_text="您在守候")).to_be_visible()
        notice = page.locator(".notice", has_text="现在不在班")
        assert loud(page) == []
        notice.get_by_role("button", name="知道了").click()
        expect(notice).to_have_count(0)
        go(page, "outbox")
        expect(page.locator(".queue [data-state=refused]")).to_have_count(0)
        expect(page.locator("nav a[href='#/outbox'] .n")).to_have_count(0)
    assert [words[:4] for words in told(city, number)] == ["到场守候"]
    turn(city, one, number, "end")


def test_a_case_that_ended_meanwhile_needs_nobody(city: RunningCity, phones: Phones) -> None:
    number, one, _two = dangerous(city)
    turn(city, one, number, "start")
    city.client(one).post("/api/v1/field/duty/start").raise_for_status()
    with phones.fresh(PLACE) as page:
        sign_in(page, city, one)
        expect(page.locator("a.notice", has_text="您在守候")).to_be_visible()
        go(page, "me")
        page.get_by_role("button", name="下班", exact=True).click()
        expect(page.locator("#content")).to_contain_text("您还在守候，请先交给别人或结束守候")
        go(page, "tasks")
        page.context.set_offline(True)
        with city.client("chief.1") as client:
            answer = client.post(f"/api/v1/cases/{number}/acts/void", json={"reason": "现场已由消防队接管"})
            assert answer.status_code == 200, answer.text
        online(page)
        notice = page.locator("a.notice", has_text="这件已经办结，不用再守")
        expect(notice).to_be_visible(timeout=90_000)
        notice.click()
        press(page)
        waiting(page)
    assert told(city, number)[-1] == "案卷已办结，离开现场"
