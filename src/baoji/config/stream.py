"""The live-update process: server-sent events for every open desk over one LISTEN. It knows no Django, so it stays small.

GET /stream?ticket=…  The ticket (see `kernel.base.tickets`) names the topics its holder may hear of, and when their page
was drawn: what happened between that and the first listening comes first.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import psycopg

from baoji.config import env
from baoji.kernel.base import tickets

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
HEARTBEAT_S = 15
GATHER_S = 0.3
MOST_WAITING = 100
KEPT_S = 60.0  # a page that was drawn longer ago looks at everything again
CHANNEL = "baoji_pulse"


class Hub:
    """The open desks, and the one connection that listens for all of them."""

    def __init__(self) -> None:
        self.desks: dict[asyncio.Queue[list[str]], frozenset[str]] = {}
        self.told: deque[tuple[float, set[str]]] = deque()
        self.listening = False

    async def listen(self) -> None:
        """Listens for ever; after a lost connection it comes back and tells every desk to look again."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    env.text("DATABASE_URL"), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening = True
                    self.tell(["all"])
                    async for note in connection.notifies():
                        self.tell(json.loads(note.payload))
            except (psycopg.Error, OSError):
                self.listening = False
                await asyncio.sleep(1)

    def tell(self, topics: list[str]) -> None:
        now, touched = time.time(), set(topics)
        self.told.append((now, touched))
        while self.told[0][0] < now - KEPT_S:
            self.told.popleft()
        for queue, wanted in self.desks.items():
            heard = _heard(wanted, touched)
            if heard and queue.qsize() < MOST_WAITING:
                queue.put_nowait(heard)

    def missed(self, wanted: frozenset[str], since: float) -> list[str]:
        """What was told while a page drawn at that time (seconds since the epoch) did not listen yet."""
        if since < time.time() - KEPT_S:
            return ["all"]
        return _heard(wanted, {topic for at, topics in self.told if at >= since for topic in topics})


def _heard(wanted: frozenset[str], touched: set[str]) -> list[str]:
    return sorted(wanted & touched) or (["all"] if "all" in touched else [])


hub = Hub()
secret = env.secret("BAOJI_SECRET_KEY")
started = False


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    global started  # the hub needs the loop that serves
    if scope["type"] != "http":
        await _lifespan(scope, receive, send)
        return
    if not started:
        started = True
        asyncio.get_running_loop().create_task(hub.listen())
    if scope["path"] == "/livez":
        await _plain(send, 200, b"ok")
        return
    ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
    claims = tickets.read(ticket, secret, time.time(), tickets.LIVE)
    if scope["path"] != "/stream" or claims is None:
        await _plain(send, 403, b"ticket")
        return
    await _stream(claims, _origin(scope), receive, send)


async def _lifespan(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _origin(scope: dict[str, Any]) -> bytes:
    return next((value for name, value in scope["headers"] if name == b"origin"), b"*")


async def _plain(send: Send, status: int, body: bytes) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    )
    await send({"type": "http.response.body", "body": body})


async def _stream(claims: dict[str, Any], origin: bytes, receive: Receive, send: Send) -> None:
    queue: asyncio.Queue[list[str]] = asyncio.Queue()
    wanted = hub.desks[queue] = frozenset(claims["topics"])
    if missed := hub.missed(wanted, claims["drawn"]):
        queue.put_nowait(missed)
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"access-control-allow-origin", origin),
        (b"x-accel-buffering", b"no"),
    ]
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(
            {
                "type": "http.response.body",
                "body": b"retry: 2000\nevent: hello\ndata: {}\n\n",
                "more_body": True,
            }
        )
        while not gone.done():
            await send({"type": "http.response.body", "body": await _next(queue, gone), "more_body": True})
    except (OSError, RuntimeError):
        pass  # the browser went away
    finally:
        gone.cancel()
        del hub.desks[queue]


async def _next(queue: asyncio.Queue[list[str]], gone: "asyncio.Future[None]") -> bytes:
    news = asyncio.ensure_future(queue.get())
    waiting: set[asyncio.Future[Any]] = {news, gone}
    await asyncio.wait(waiting, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
    if not news.done():
        news.cancel()
        return b": still here\n\n"
    topics = set(news.result()) | {"cases", "alarms"}
    await asyncio.sleep(GATHER_S)  # a burst of acts is one message
    while not queue.empty():
        topics |= set(queue.get_nowait())
    return f"event: desk\ndata: {json.dumps({'topics': sorted(topics)})}\n\n".encode()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


if not secret:
    raise RuntimeError("BAOJI_SECRET_KEY_FILE names no secret; ./dev up makes one")
