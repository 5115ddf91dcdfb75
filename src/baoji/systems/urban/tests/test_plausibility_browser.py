"""核对 and 协作分析 in a real browser: by keyboard, on a phone and a desk, nothing that axe calls serious."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from tests.screens import bring_axe, without_webgl
from tests.town import desk, do, new, report, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban.actions.collusion import sum_up
from baoji.systems.urban.actions.plausibility import Line, keep
from baoji.systems.urban.rules.plausibility import Found

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}}


@pytest.fixture(params=SIZES)
def page(request: Any, browser: Browser, live_server: Any) -> Iterator[Page]:
    """The duty chief's browser, on a phone and at a desk."""
    context = without_webgl(
        browser.new_context(viewport=SIZES[request.param], locale="zh-CN", base_url=live_server.url)
    )
    client = desk("chief.1")
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    yield context.new_page()
    context.close()


def must_be_fine(page: Page) -> None:
    """Nothing serious by axe, and nothing hangs over the edge."""
    bring_axe(page)
    # What fades in or out is paler for a moment.
    page.wait_for_function("() => document.getAnimations().every(one => one.playState !== 'running')")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert not [
        (one["id"], [node["html"][:160] + str(node["any"][:1])[:400] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_finding_is_read_and_decided_by_keyboard(page: Page) -> None:
    now = timezone.now()
    number = report("collector.01")
    case = sql.value("SELECT id FROM flow_case WHERE number = %s", [number])
    facts = {"metres": 12_400, "seconds": 180, "kmh": 248, "limit_kmh": 90}
    person = who("collector.01").id or 0
    keep([Line("speed", "delivery:1", person, case, Found("speed", now, facts))], now)
    page.goto("/street/plausibility/")
    expect(page.get_by_text("两张照片相距 12.4 公里，前后 3 分 0 秒，合每小时 248 公里")).to_be_visible()
    must_be_fine(page)
    note = page.get_by_label("说明，需要跟进时要写")
    note.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to be followed up, without a word
    expect(page.get_by_text("需要跟进的请写一句")).to_be_visible()
    page.get_by_label("说明，需要跟进时要写").fill("请本人说明")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("都看过了")).to_be_visible()
    must_be_fine(page)
    page.get_by_role("link", name="需要跟进").click()
    expect(page.get_by_text("请本人说明")).to_be_visible()
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("核对：1 条数字对不上")).to_be_visible()


def test_pairs_lead_to_their_cases_and_back(page: Page) -> None:
    for _n in range(3):
        number = new("check/checking")
        do(number, "@asked", "check_answer")
    sql.execute("UPDATE urban_policy SET value = value || '{\"least\": 1}' WHERE name = 'pairs'")
    bump("policies")
    month = timezone.localdate().replace(year=2026, month=3, day=1)
    sum_up(month, timezone.now() - timedelta(minutes=5))
    page.goto("/street/pairs/?from=2026-03&to=2026-03")
    expect(page.get_by_text("凭运气也会有")).to_be_visible()
    must_be_fine(page)
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(who("collector.01").name)
    row.get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(who("collector.01").name)
    expect(page.locator("tbody tr").first).to_contain_text("抽签")
    must_be_fine(page)
    page.get_by_role("link", name="回协作分析").click()
    expect(page.get_by_text("凭运气也会有")).to_be_visible()
    page.goto("/street/pairs/?from=2020-01&to=2020-02")
    expect(page.get_by_text("这一段没有可看的")).to_be_visible()
