"""What journeys share: a running city for each worker, one browser, and the phones."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.cities import RunningCity, demo_city
from tests.journeys.people import People
from tests.journeys.pocket import FAKES, WAIT_MS, Phones
from tests.ports import free_port
from tests.screens import chromium


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    data, said = demo_city(tmp_path_factory)
    port = free_port()
    running = RunningCity(data, f"http://127.0.0.1:{port}", said)
    try:
        running.dev("up", "--detach", "--port", str(port))
        yield running
    finally:
        running.dev("down", check=False)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, *FAKES) as found:
        yield found


@pytest.fixture
def phones(playwright: Playwright, browser: Browser) -> Phones:
    return Phones(playwright, browser)


@pytest.fixture
def people(browser: Browser, city: RunningCity) -> Iterator[People]:
    gathered = People(browser, city)
    yield gathered
    for person in gathered.here.values():
        person.page.context.close()
