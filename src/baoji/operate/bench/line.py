"""A slow line in front of a server: everything that passes is paced and delayed, whoever sends it, service workers too.

A browser's own throttling leaves out what its workers fetch; here nothing gets by.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from types import TracebackType

CHUNK = 4096
AHEAD = 32  # chunks that may wait on one connection


@dataclass(frozen=True)
class Profile:
    """Bytes a second towards the phone and from it, and the round trip in seconds; 0 bytes stand for unlimited."""

    name: str
    down: float = 0.0
    up: float = 0.0
    round_trip: float = 0.0


FAST = Profile("fast")
# The "3G" of WebPageTest: 1.6 Mbit/s, 768 kbit/s, 300 ms.
THREE_G = Profile("3G", 1_600_000 / 8, 768_000 / 8, 0.3)


@dataclass
class _Way:
    """One direction, shared by all connections as a radio is."""

    free_at: float = 0.0
    bytes: int = 0

    def due(self, now: float, size: int, rate: float, delay: float) -> float:
        self.bytes += size
        self.free_at = max(now, self.free_at) + (size / rate if rate else 0.0)
        return self.free_at + delay


@dataclass
class Line:
    """Listens on a port of its own while it is open: `with Line(port) as line`. Cut by leaving, or by `cut` until `mend`."""

    to_port: int
    profile: Profile = FAST
    port: int = 0
    down: _Way = field(default_factory=_Way)
    up: _Way = field(default_factory=_Way)
    is_cut: bool = False

    def __enter__(self) -> "Line":
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._joined, "127.0.0.1", 0, limit=CHUNK), self.loop
        ).result()
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def cut(self) -> None:
        """What is under way breaks off, and nothing new gets through."""
        self.is_cut = True
        asyncio.run_coroutine_threadsafe(self._drop(), self.loop).result()

    def mend(self) -> None:
        self.is_cut, self.up.free_at, self.down.free_at = False, 0.0, 0.0

    async def _close(self) -> None:
        self.server.close()
        await self._drop()

    async def _drop(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            if self.is_cut:
                return writer.close()
            await asyncio.sleep(self.profile.round_trip)  # the handshake
            there, back = await asyncio.open_connection("127.0.0.1", self.to_port, limit=CHUNK)
            await asyncio.gather(self._carry(reader, back, self.up), self._carry(there, writer, self.down))
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: _Way) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(AHEAD)

        async def hand_on() -> None:
            while True:
                at, data = await waiting.get()
                await asyncio.sleep(max(0.0, at - self.loop.time()))
                if not data:
                    return
                writer.write(data)
                await writer.drain()

        handing = asyncio.ensure_future(hand_on())
        try:
            while data := await reader.read(CHUNK):
                rate = self.profile.down if way is self.down else self.profile.up
                await waiting.put(
                    (way.due(self.loop.time(), len(data), rate, self.profile.round_trip / 2), data)
                )
            await waiting.put((self.loop.time(), b""))
            await handing
        finally:
            handing.cancel()
            with suppress(OSError):
                writer.close()
