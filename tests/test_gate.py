"""The gate before uploads: so many at once, in their order; slow ones and strangers hold up nobody."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from baoji.config import gate as room
from baoji.config.gate import Full, Gate
from baoji.config.gateway import Answer

Walk = Callable[[], Awaitable[None]]
UPLOADS = "/api/v1/uploads/"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "YOUNG_S", 0.05)


def walk(steps: Walk) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(5):
            await steps()

    asyncio.run(bounded())


async def waits(question: Awaitable[None]) -> "asyncio.Task[None]":
    task = asyncio.ensure_future(question)
    await asyncio.sleep(0)
    assert not task.done()
    return task  # type: ignore[return-value]


def test_who_asks_when_it_is_full_waits_until_one_is_acknowledged() -> None:
    async def steps() -> None:
        gate = Gate(2)
        await gate.ask("a")
        await gate.ask("b")
        held = gate.begin("a"), gate.begin("b")
        third, fourth = await waits(gate.ask("c")), await waits(gate.ask("d"))
        held[0].leave()
        await third
        assert not fourth.done()
        held[1].leave()
        await fourth

    walk(steps)


def test_a_question_that_nothing_follows_gives_its_place_back() -> None:
    async def steps() -> None:
        gate = Gate(1)
        for name in "abcde":
            await gate.ask(name)
        assert gate._asked.keys() == {"e"}
        await asyncio.sleep(0.1)
        assert not gate._asked and gate._inside == 0

    walk(steps)


def test_a_slow_upload_does_not_count_until_it_is_whole() -> None:
    async def steps() -> None:
        gate = Gate(1)
        await gate.ask("slow")
        slow = gate.begin("slow")
        slow.holds_on()
        await gate.ask("quick")  # after a moment, the slow one still sending
        quick = gate.begin("quick")
        slow.stays()
        waiting = await waits(gate.ask("next"))
        slow.leave()
        await asyncio.sleep(0)
        assert not waiting.done(), "there is one inside still"
        quick.leave()
        await waiting

    walk(steps)


def test_who_never_asked_is_let_in_and_counts() -> None:
    async def steps() -> None:
        gate = Gate(1)
        first, second = gate.begin("a"), gate.begin("b")
        waiting = await waits(gate.ask("c"))
        first.leave()
        first.leave()
        await asyncio.sleep(0)
        assert not waiting.done()
        second.leave()
        await waiting
        await asyncio.sleep(0.1)
        assert gate._inside == 0

    walk(steps)


def test_who_gave_up_waiting_is_passed_over() -> None:
    async def steps() -> None:
        gate = Gate(1)
        held = gate.begin("a")
        gone, waiting = await waits(gate.ask("b")), await waits(gate.ask("c"))
        gone.cancel()
        held.leave()
        await waiting

    walk(steps)


def test_so_many_wait_and_no_more() -> None:
    async def steps() -> None:
        gate = Gate(1, 2)
        held = gate.begin("a")
        first, second = await waits(gate.ask("b")), await waits(gate.ask("c"))
        with pytest.raises(Full):
            await gate.ask("d")
        held.leave()
        await first
        await second

    walk(steps)


# The web process before it -------------------------------------------------------


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The web process's module before a site that answers with the status that the address ends with."""

    def site(environ: dict[str, Any], start: Callable[..., None]) -> list[bytes]:
        start(f"{environ['PATH_INFO'][-3:]} -", [])
        return [b""]

    monkeypatch.setitem(sys.modules, "baoji.config.wsgi", SimpleNamespace(RUN="/nowhere", application=site))  # type: ignore[misc]
    monkeypatch.delitem(sys.modules, "baoji.config.web", raising=False)
    module = import_module("baoji.config.web")
    monkeypatch.setattr(module, "gate", Gate(1, 1))
    yield module
    sys.modules.pop("baoji.config.web", None)


class Line:
    """One connection; `statuses` of what was answered. Its body never comes."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def response_bytes(self, status: int, _headers: Any, _body: bytes) -> None:
        self.statuses.append(status)

    async def __call__(self) -> bytes:
        await asyncio.sleep(60)
        return b""

    def __aiter__(self) -> "Line":
        return self

    async def __anext__(self) -> bytes:
        return await self()


def question(status: int, method: str = "HEAD", **more: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": method, "PATH_INFO": f"{UPLOADS}{status}", **more}


async def asked(web: Any, status: int) -> list[int]:
    line = Line()
    await web._upload(question(status), line)
    return line.statuses


@pytest.mark.parametrize("status", [401, 404])
def test_who_has_no_upload_here_takes_no_place(web: Any, status: int) -> None:
    async def steps() -> None:
        for _n in range(5):
            assert await asked(web, status) == [status]
        assert web.gate._inside == 0 and not web.gate._waiting
        held = web.gate.begin("a phone")
        assert await asked(web, status) == [status], "a refusal waits for nobody"
        held.leave()

    walk(steps)


def test_who_begins_one_has_a_place_for_it(web: Any) -> None:
    """Signed in, that is: strangers get 401 at the address of an upload."""

    async def steps() -> None:
        line = Line()
        await web._upload({"REQUEST_METHOD": "HEAD", "PATH_INFO": f"{UPLOADS}{'0' * 61}404"}, line)
        assert line.statuses == [404] and web.gate._inside == 1

    walk(steps)


def test_who_has_one_waits_for_a_place_and_the_next_is_told_to_come_again(web: Any) -> None:
    async def steps() -> None:
        held = web.gate.begin("a phone")
        first = asyncio.ensure_future(asked(web, 200))
        while not web.gate._waiting:
            await asyncio.sleep(0.01)
        assert await asked(web, 200) == [503]
        held.leave()
        assert await first == [200]

    walk(steps)


def test_a_refused_body_that_never_comes_holds_no_place(web: Any) -> None:
    async def steps() -> None:
        line = Line()
        sending = asyncio.ensure_future(web._upload(question(401, "PATCH", CONTENT_LENGTH="9000"), line))
        await asyncio.sleep(0.1)
        assert not sending.done(), "its body is still waited for"
        assert web.gate._inside == 0
        sending.cancel()

    walk(steps)


def test_questions_leave_threads_to_everybody_else(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = 0, 0

    async def ask(_environ: dict[str, Any], _deliver: Any) -> Answer:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return Answer(401, [], [])

    monkeypatch.setattr(web.threads, "ask", ask)

    async def steps() -> None:
        await asyncio.gather(*(asked(web, 401) for _n in range(20)))
        assert most == 2

    walk(steps)
