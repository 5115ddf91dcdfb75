"""A new release while the app is open on a phone: the page that runs goes on with its own files, the next one is the new one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.cities import RunningCity
from tests.journeys.pocket import SENT_MS, Phones, go, kill, opened, sign_in, taken_along, until
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CODE = "collector.24"
BUILT = re.compile(r"/static/build/([\w-]+)\.js$")
PASSED_ON = ("content-type", "location", "set-cookie", "service-worker-allowed", "etag")
HAS = "path => caches.match(path).then(Boolean)"
NEWEST = """number => caches.match('/field/shell.json', { cacheName: 'baoji-newest' }).then(found => found?.json())
    .then(names => Boolean(names?.[0].startsWith(`baoji-shell-${number}`)))"""
CONTROLLED = "() => Boolean(navigator.serviceWorker.controller)"
UPDATE = "() => { navigator.serviceWorker.getRegistration('/field/').then(one => one.update()); }"
WAITS = "() => navigator.serviceWorker.getRegistration('/field/').then(one => Boolean(one.waiting))"
SHELLS = "caches.keys().then(names => names.filter(name => name.startsWith('baoji-shell')).length)"
SCRIPT = "() => document.querySelector('script[type=module][src*=\"/static/build/\"]').getAttribute('src')"


@dataclass
class Release:
    """A city behind a door of its own, whose releases call the same scripts otherwise: `name-r2.js` in the second one.

    A script of another release is not there, and nothing may be kept but by the app itself.
    """

    city: RunningCity
    port: int
    number: int = 1
    halves: Event | None = None  # of the page only half comes, until this is set; `halved`: it has
    halved: Event = field(default_factory=Event)
    names: list[str] = field(default_factory=list)
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(verify=False, timeout=60)
    )  # made once: that is slow

    @property
    def ending(self) -> str:
        return f"-r{self.number}"

    def fetch(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        path, _mark, query = path.partition("?")
        if (found := BUILT.search(path)) is not None:
            if not found[1].endswith(self.ending):
                return httpx.Response(404)
            path = path.replace(f"{self.ending}.js", ".js")
        told = {name: value for name, value in headers.items() if name.lower() != "accept-encoding"}
        got = self.client.request(
            method,
            f"{self.city.url}{path}{'?' + query if query else ''}",
            headers=told | {"Accept-Encoding": "identity"},
            content=body,
        )
        self.client.cookies.clear()  # they are the phone's
        return self._named(path, got)

    def _named(self, path: str, got: httpx.Response) -> httpx.Response:
        kind = got.headers.get("content-type", "")
        if not re.search("html|javascript|json", kind) or path.startswith("/api/"):
            return got
        text = got.text
        for name in self.names:
            text = text.replace(f"{name}.js", f"{name}{self.ending}.js")
        if path == "/field/shell.json":
            text = text.replace('"version": "', f'"version": "{self.number}')
        if path == "/field/sw.js":
            text += f"// {self.number}\n"
        return httpx.Response(got.status_code, headers=got.headers, content=text.encode())


class Door(BaseHTTPRequestHandler):
    release: Release

    def handle_one_request(self) -> None:
        """One request, one connection: nothing is open any more once the door is closed."""
        super().handle_one_request()
        self.close_connection = True

    def _pass(self) -> None:
        with suppress(ConnectionError):  # a page that is left does not wait for its answers
            self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        got = self.release.fetch(self.command, self.path, dict(self.headers.items()), body)
        self.send_response(got.status_code)
        for name, value in got.headers.multi_items():
            if name.lower() in PASSED_ON:
                self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(got.content)))
        self.end_headers()
        if self.release.halves and self.path == "/field/":
            self.wfile.write(got.content[: len(got.content) // 2])
            self.release.halved.set()
            self.release.halves.wait(SENT_MS / 1000)
            return
        self.wfile.write(got.content)

    do_GET = do_POST = do_PUT = do_HEAD = do_PATCH = do_DELETE = _pass  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def door(release: Release) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", release.port), type("Own", (Door,), {"release": release}))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def patient(phones: Phones, folder: Path) -> Iterator[Page]:
    """A phone whose page may take its time: the door passes on a hundred files while a worker fetches them anew."""
    with phones.kept(folder, (107.15, 34.36)) as page:
        page.set_default_navigation_timeout(SENT_MS)
        yield page


def scripts(city: RunningCity) -> list[str]:
    """The names of the app's scripts, the longest first, so that none is taken for a part of another."""
    files = httpx.get(f"{city.url}/field/shell.json").json()["files"]
    return sorted({one[1] for file in files if (one := BUILT.search(file))}, key=len, reverse=True)


def lazy(names: list[str]) -> str:
    """The map, which is loaded when somebody first looks at it."""
    found = [name for name in names if name.startswith("element-")]
    assert found
    return found[0]


def upgraded(page: Page, release: Release, number: int) -> None:
    release.number = number
    page.evaluate(UPDATE)
    for name in release.names:
        until(page, HAS, f"/static/build/{name}{release.ending}.js", SENT_MS)


def test_an_open_page_outlives_an_upgrade_and_the_next_is_the_new_one(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    names = scripts(city)
    release = Release(city, free_port(), names=names)
    front = replace(city, url=f"http://127.0.0.1:{release.port}")
    with patient(phones, tmp_path / "phone") as page:
        with door(release):
            sign_in(page, front, CODE)
            taken_along(page)
            page.wait_for_function(CONTROLLED, timeout=SENT_MS)
            until(page, HAS, f"/static/build/{lazy(names)}-r1.js", SENT_MS)
            opened(page, front)
            assert page.evaluate(SCRIPT).endswith("-r1.js")
            upgraded(page, release, 2)
            expect_shells(page, 2)
        # No server, no cache of the browser's: the first look at the map has nothing but what the worker kept.
        go(page, "map")
        page.wait_for_function("() => customElements.get('baoji-map')", timeout=SENT_MS)
        expect(page.get_by_text("地图没有打开")).to_have_count(0)
        assert page.evaluate(SCRIPT).endswith("-r1.js")
        opened(page, front)
        assert page.evaluate(SCRIPT).endswith("-r2.js"), "the new one is whole: never the old page again"
        go(page, "map")
        page.wait_for_function("() => customElements.get('baoji-map')", timeout=SENT_MS)
        with door(release):
            opened(page, front)
            upgraded(page, release, 3)
            expect_shells(page, 2)
            opened(page, front)
            assert page.evaluate(SCRIPT).endswith("-r3.js")
            out_of_sight(page)
            assert not page.evaluate("path => caches.match(path)", f"/static/build/{lazy(names)}-r1.js")


def out_of_sight(page: Page) -> None:
    """The worker of the new release waits for this: nothing is asked for then that could be lost between two workers."""
    until(page, WAITS)
    page.context.set_offline(True)  # what is being fetched would keep the worker before busy
    page.wait_for_timeout(1000)
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(page, f"({WAITS})().then(waits => !waits)")
    page.evaluate("delete document.hidden")
    page.context.set_offline(False)


def expect_shells(page: Page, count: int) -> None:
    """What is older than the one before the newest is gone, at once or soon."""
    for _try in range(60):
        found = page.evaluate(SHELLS)
        if found == count:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"{found} shells are kept")


def test_a_release_that_was_taken_back_is_the_newest_again(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    names = scripts(city)
    release = Release(city, free_port(), names=names)
    front = replace(city, url=f"http://127.0.0.1:{release.port}")
    with (
        door(release),
        patient(phones, tmp_path / "phone") as page,
    ):
        sign_in(page, front, CODE)
        page.wait_for_function(CONTROLLED, timeout=SENT_MS)
        until(page, HAS, f"/static/build/{lazy(names)}-r1.js", SENT_MS)
        for number in (2, 1):
            release.number = number
            opened(page, front)  # the one before; behind it either worker fetches the new one
            page.evaluate(UPDATE)
            until(page, NEWEST, str(number), SENT_MS)
            opened(page, front)
            assert page.evaluate(SCRIPT).endswith(f"-r{number}.js")


# What is left when a browser dies between letting go of the page it keeps and keeping the one that takes its place.
LOST = """() => caches.keys().then(names => Promise.all(names.filter(name => name.startsWith('baoji-shell'))
    .map(name => caches.open(name).then(one => one.delete('/field/'))))).then(gone => gone.some(Boolean))"""


def test_a_phone_that_dies_while_its_page_is_kept_anew_opens_without_a_server(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    """Half of the page has come, behind the one that is shown; and what a browser that was killed has been seen to leave."""
    release = Release(city, free_port(), names=scripts(city))
    front = replace(city, url=f"http://127.0.0.1:{release.port}")
    home = tmp_path / "phone"
    with door(release):
        with patient(phones, home) as page:
            sign_in(page, front, CODE)
            taken_along(page)
            page.wait_for_function(CONTROLLED, timeout=SENT_MS)
            until(page, HAS, "/field/?spare", SENT_MS)
            release.halves = Event()
            opened(page, front)
            assert release.halved.wait(SENT_MS / 1000)
            page.wait_for_timeout(500)  # what came of it is being kept
            kill(home)
        release.halves.set()
    with phones.kept(home, (107.15, 34.36)) as page:
        opened(page, front)
        assert page.evaluate(CONTROLLED) and page.evaluate(LOST)
        opened(page, front)
        with door(release):
            release.halves = None
            sign_in(page, front, CODE)  # a browser that is killed may forget who had just signed in
            until(page, HAS, "/field/", SENT_MS)
