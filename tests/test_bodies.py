"""Bodies of requests as the web process takes them: in order, patiently, with an end to patience and to room."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from baoji.config import bodies
from baoji.config.bodies import Body, NoRoom, ProtocolClosed, Silent, drain, pour, take_short
from baoji.kernel.base.errors import Refused


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENT_S", 0.3)
    monkeypatch.setattr(bodies, "LOOK_S", 0.05)
    monkeypatch.setattr(bodies, "GATHER", 100)


async def peer(*pieces: bytes, then_silent: bool = False) -> AsyncIterator[bytes]:
    """What a connection brings; the empty piece is its end, as granian says it."""
    for piece in pieces:
        yield piece
    if then_silent:
        await asyncio.sleep(60)
    yield b""


def run(work: Callable[[], Awaitable[object]]) -> object:
    async def bounded() -> object:
        async with asyncio.timeout(10):
            return await work()

    return asyncio.run(bounded())


def never() -> bool:
    return False


def test_pieces_are_fed_in_their_order_some_together() -> None:
    pieces, fed = [bytes([n]) * 30 for n in range(20)], list[bytes]()
    assert run(lambda: pour(peer(*pieces), fed.append, never)) == 600
    assert b"".join(fed) == b"".join(pieces)
    assert len(fed) == 5


def test_what_came_before_the_silence_is_fed() -> None:
    fed = list[bytes]()
    began = time.monotonic()
    with pytest.raises(Silent):
        run(lambda: pour(peer(b"a" * 150, b"b" * 10, then_silent=True), fed.append, never))
    assert b"".join(fed) == b"a" * 150 + b"b" * 10
    assert 0.2 < time.monotonic() - began < 5


def test_who_is_wanted_elsewhere_stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENT_S", 60)
    fed = list[bytes]()
    with pytest.raises(Silent):
        run(lambda: pour(peer(b"a", then_silent=True), fed.append, lambda: True))
    assert fed == [b"a"]


def test_a_slow_disk_is_not_a_silent_peer() -> None:
    fed = list[bytes]()

    def slowly(data: bytes) -> None:
        time.sleep(0.6)
        fed.append(data)

    assert run(lambda: pour(peer(b"a" * 100, b"b" * 100), slowly, never)) == 200
    assert fed == [b"a" * 100, b"b" * 100]


def test_a_refusal_of_the_disk_ends_it() -> None:
    fed = list[bytes]()

    def full(data: bytes) -> None:
        if fed:
            raise Refused("full", code="storage-full", status=507)
        fed.append(data)

    with pytest.raises(Refused):
        run(lambda: pour(peer(b"a" * 100, b"b" * 100, b"c" * 100), full, never))
    assert fed == [b"a" * 100]


@pytest.mark.parametrize("size", [0, 10, 5_000])
def test_a_body_is_whole_in_memory_or_on_disk(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(bodies, "IN_MEMORY", 1_000)
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    async def work() -> bytes:
        body = Body(10_000)
        await body.take(peer(*(data[n : n + 700] for n in range(0, len(data), 700))))
        assert body.length == len(data)
        assert (Body.on_disk > 0) == (size > 1_000)
        found = body.file.read()
        body.close()
        return found

    assert run(work) == data
    assert Body.on_disk == 0


def test_more_than_allowed_is_not_taken() -> None:
    async def work() -> int:
        body = Body(1_000)
        await body.take(peer(*[b"x" * 400] * 1_000))
        body.close()
        return body.length

    assert run(work) == 1_200


def test_there_is_room_for_so_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "IN_MEMORY", 100)
    monkeypatch.setattr(bodies, "MOST_ON_DISK", 1_000)

    async def work() -> None:
        first, second = Body(10_000), Body(10_000)
        await first.take(peer(b"x" * 800))
        with pytest.raises(NoRoom):
            await second.take(peer(b"x" * 800))
        second.close()
        first.close()
        third = Body(10_000)
        await third.take(peer(b"x" * 800))
        third.close()

    run(work)
    assert Body.on_disk == 0


def test_a_silent_sender_of_a_form_is_given_up() -> None:
    async def work() -> None:
        body = Body(10_000)
        try:
            await body.take(peer(b"x", then_silent=True))
        finally:
            body.close()

    with pytest.raises(Silent):
        run(work)


def test_only_small_bodies_are_drained() -> None:
    async def work() -> list[int]:
        seen = []
        for told in ("300", str(bodies.DRAIN + 1), "0", "", "x"):
            left = peer(b"a" * 100, b"b" * 100, b"c" * 100)
            await drain(left, told)
            seen.append(sum([len(piece) async for piece in left]))
        return seen

    assert run(work) == [0, 300, 300, 300, 300]


def whole(data: bytes, after_s: float = 0) -> Callable[[], Awaitable[bytes]]:
    """What granian gives when a body is asked for as one."""

    async def given() -> bytes:
        await asyncio.sleep(after_s)
        return data

    return given


def test_a_short_body_is_taken_as_one() -> None:
    assert run(lambda: take_short(whole(b'{"a": 1}'))) == b'{"a": 1}'


def test_a_short_body_that_does_not_come_is_given_up() -> None:
    with pytest.raises(Silent):
        run(lambda: take_short(whole(b"", after_s=5)))


def test_a_short_body_that_was_cut_is_nothing() -> None:
    async def cut() -> bytes:
        raise ProtocolClosed

    assert run(lambda: take_short(cut)) == b""
