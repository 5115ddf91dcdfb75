"""A load generator that uses little of the machine it shares: keep-alive connections in one thread, over plain sockets.

A client is a generator: it yields what to send and is given the answer. `Crowd` moves many of them at once.
"""

import selectors
import socket
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

MOST_READ = 1 << 18
SILENT_S = 60.0


class Ask(NamedTuple):
    """A request as bytes; `label` names what is measured together, '' is not measured."""

    label: str
    data: bytes


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 400


Client = Generator[Ask, Answer, None]


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: bench",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read(held: bytes | bytearray) -> Answer | None:
    """A whole answer, or None while some of it is missing. Ours all say their length."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(held[:end])
    status = int(head[9:12])
    if status in {204, 304}:
        return Answer(status, head, b"")
    mark = head.lower().find(b"content-length:")
    if mark < 0:
        raise ValueError(f"an answer without its length: {head[:80]!r}")
    length = int(head[mark + 15 :].split(b"\r\n", 1)[0])
    if len(held) < end + 4 + length:
        return None
    return Answer(status, head, bytes(held[end + 4 : end + 4 + length]))


@dataclass
class Tally:
    """What was seen: seconds by label, answers by status, what went wrong in words."""

    times: dict[str, list[float]] = field(default_factory=dict)
    ends: list[tuple[float, float]] = field(default_factory=list)  # (when, how long) of every measured answer
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def add(self, label: str, seconds: float, at: float) -> None:
        if label:
            self.times.setdefault(label, []).append(seconds)
            self.ends.append((at, seconds))

    def fault(self, words: str) -> None:
        self.faults[words] += 1

    @property
    def count(self) -> int:
        return len(self.ends)


def share(times: Iterable[float], part: float) -> float:
    """The value below which that part of the times lies, in milliseconds; 0 for none."""
    known = sorted(times)
    return 1000 * known[min(len(known) - 1, int(part * len(known)))] if known else 0.0


class Line:
    """A connection and the client that speaks on it; `source` is the address it comes from."""

    __slots__ = ("client", "held", "label", "sent", "socket")

    def __init__(self, place: tuple[str, int], client: Client, source: str = "") -> None:
        self.socket = socket.create_connection(
            place, timeout=SILENT_S, source_address=(source, 0) if source else None
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client, self.held, self.label, self.sent = client, bytearray(), "", 0.0

    def send(self, ask: Ask) -> None:
        self.label, self.sent = ask.label, perf_counter()
        self.held.clear()
        self.socket.sendall(ask.data)


class Crowd:
    def __init__(self, host: str, port: int) -> None:
        self.place = (host, port)
        self.waiting = selectors.DefaultSelector()
        self.tally = Tally()
        self.idle: list[Line] = []
        self.busy = 0

    def run(self, clients: Iterable[Client]) -> Tally:
        """Moves the clients until each has ended."""
        return self.arrive((0.0, client) for client in clients)

    def arrive(self, coming: Iterator[tuple[float, Client]]) -> Tally:
        """Clients that come at their own times (seconds from now, in order), whether or not others are done."""
        self.tally.began = perf_counter()
        following = next(coming, None)
        while following or self.busy:
            now = perf_counter() - self.tally.began
            while following and following[0] <= now:
                self._start(following[1])
                following = next(coming, None)
            self._look(max(0.0, following[0] - now) if following else SILENT_S)
        self.tally.ended = perf_counter()
        self._close()
        return self.tally

    def _start(self, client: Client) -> None:
        try:
            line = self.idle.pop() if self.idle else self._connect(client)
        except OSError as fault:
            self.tally.fault(f"not connected: {type(fault).__name__}")
            return
        line.client = client
        self.busy += 1
        try:
            line.send(next(client))
        except StopIteration:
            self._rest(line)
        except OSError:
            self._lose(line, "lost while sending")

    def _connect(self, client: Client) -> Line:
        line = self._line(client)
        self.waiting.register(line.socket, selectors.EVENT_READ, line)
        return line

    def _line(self, client: Client) -> Line:
        return Line(self.place, client)

    def _look(self, patience: float) -> None:
        found = self.waiting.select(patience)
        if not found and patience >= SILENT_S:
            raise TimeoutError(f"no answer within {SILENT_S:.0f} s")
        for key, _events in found:
            self._hear(key.data)

    def _hear(self, line: Line) -> None:
        try:
            more = line.socket.recv(MOST_READ)
            if not more:
                raise ConnectionResetError
        except OSError:
            self._lose(line, "lost while waiting")
            return
        line.held += more
        answer = read(line.held)
        if answer is None:
            return
        now = perf_counter()
        self.tally.add(line.label, now - line.sent, now)
        self.tally.statuses[answer.status] += 1
        try:
            line.send(line.client.send(answer))
        except StopIteration:
            self._rest(line)
        except OSError:
            self._lose(line, "lost while sending")

    def _rest(self, line: Line) -> None:
        self.busy -= 1
        self.idle.append(line)

    def _lose(self, line: Line, words: str) -> None:
        self.waiting.unregister(line.socket)
        line.socket.close()
        if line in self.idle:
            self.idle.remove(line)
            return
        self.tally.fault(words)
        line.client.close()
        self.busy -= 1

    def _close(self) -> None:
        for line in self.idle:
            line.socket.close()
        self.waiting.close()
