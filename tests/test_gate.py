"""The gate before uploads: so many at once, in their order, and slow ones hold up nobody."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from baoji.config import gate as room
from baoji.config.gate import Gate

Walk = Callable[[], Awaitable[None]]


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
