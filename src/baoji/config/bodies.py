"""Taking the bodies of requests in the event loop: patiently, but not for ever, and not more than there is room for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

# A peer that sends nothing for so long is given up; a phone that lost its network comes back on a new connection.
SILENT_S = 30.0
LONGEST_S = 600.0
LOOK_S = 1.0
IN_MEMORY = 256 * 1024
# A body that comes in few packets is awaited as one, and given up when it is not whole in time.
SHORT = 16 * 1024
# Bytes of bodies on disk, of all requests of this process.
MOST_ON_DISK = 1024 * 1024 * 1024
GATHER = 256 * 1024
DRAIN, DRAIN_S = 1024 * 1024, 5.0
disk = ThreadPoolExecutor(4, thread_name_prefix="disk")


class Silent(Exception):
    """The peer sends nothing any more, or too slowly; or its bytes are wanted no longer."""


class NoRoom(Exception):
    """So many large bodies are under way that this one has to wait."""


class Watch:
    """Ends the reading inside it (`Silent`) when nothing is heard, and when `is_over` says so; not while it is held."""

    def __init__(self, is_over: Callable[[], bool] = lambda: False, longest_s: float = LONGEST_S) -> None:
        self._is_over = is_over
        self._loop = asyncio.get_running_loop()
        self._limit = asyncio.timeout(None)
        self._last = self._loop.time()
        self._end = self._last + longest_s
        self._held = False

    async def __aenter__(self) -> "Watch":
        await self._limit.__aenter__()
        self._timer = self._loop.call_later(LOOK_S, self._look)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError as over:
            raise Silent from over

    def heard(self) -> None:
        self._last = self._loop.time()

    def _look(self) -> None:
        now = self._loop.time()
        if not self._held and (now - self._last > SILENT_S or now > self._end or self._is_over()):
            self._limit.reschedule(now)
            return
        self._timer = self._loop.call_later(LOOK_S, self._look)

    async def on_disk(self, work: Callable[..., Any], *words: Any) -> None:
        """Work of a thread, to its end: nobody may go on while it still writes."""
        self._held = True
        working = asyncio.ensure_future(self._loop.run_in_executor(disk, work, *words))
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:  # decided a moment before we were held
            await working
            raise
        finally:
            self._held = False
            self.heard()


async def take_short(proto: Any) -> bytes:
    """A body that said it is at most `SHORT`; nothing if it was cut. Raises `Silent`."""
    try:
        async with asyncio.timeout(SILENT_S):
            return bytes(await proto())
    except TimeoutError as over:
        raise Silent from over
    except ProtocolClosed:
        return b""


class Body:
    """A body of at most `most` bytes, whole before anybody looks at it; large ones lie on disk."""

    on_disk = 0  # of all bodies of this process

    def __init__(self, most: int) -> None:
        self.most = most
        self.length = 0
        self.file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self._counted = 0

    async def take(self, proto: Any) -> None:
        """Stops behind `most`. Raises `Silent`, `NoRoom`."""
        async with Watch() as watch:
            async for piece in proto:
                if not piece:
                    break
                watch.heard()
                self.length += len(piece)
                if self.length > self.most:
                    break
                if self.length > IN_MEMORY:
                    self._count(self.length)
                    await watch.on_disk(self.file.write, piece)
                else:
                    self.file.write(piece)
        self.file.seek(0)

    def _count(self, length: int) -> None:
        Body.on_disk += length - self._counted
        self._counted = length
        if Body.on_disk > MOST_ON_DISK:
            raise NoRoom

    def close(self) -> None:
        Body.on_disk -= self._counted
        self._counted = 0
        self.file.close()


async def pour(proto: Any, feed: Callable[[bytes], None], is_over: Callable[[], bool]) -> int:
    """Feeds what arrives, in its order, until it ends; how many bytes. What came before `Silent` is fed all the same."""
    held: list[bytes] = []
    size = fed = 0
    try:
        async with Watch(is_over, longest_s=24 * LONGEST_S) as watch:
            async for piece in proto:
                if not piece:
                    break
                watch.heard()
                held.append(piece)
                size += len(piece)
                if size >= GATHER:
                    data = b"".join(held)
                    held, size = [], 0
                    await watch.on_disk(feed, data)
                    fed += len(data)
    finally:
        if held:
            await asyncio.get_running_loop().run_in_executor(disk, feed, b"".join(held))
            fed += size
    return fed


async def drain(proto: Any, length: str) -> None:
    """Reads a small body that nobody wants, so that its sender is still there to hear the answer."""
    if not length.isdigit() or not 0 < int(length) <= DRAIN:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            async for piece in proto:
                if not piece:
                    break
