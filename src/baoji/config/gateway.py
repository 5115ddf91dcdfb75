"""Between granian's RSGI and a WSGI application: requests become environments, a few threads ask, answers go out.

Written against RSGI 1.6 (`scope`, `proto` of granian) and PEP 3333.
"""

import asyncio
import io
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, NamedTuple

log = logging.getLogger("baoji.web")
Environ = dict[str, Any]
Headers = list[tuple[str, str]]
PLAIN = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
PIECE = 64 * 1024
OPENED_S = 10.0  # by then granian has opened a file that it was told of
UNREADABLE = "\ufffd"


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: Iterable[bytes]


class FileBody:
    """What an application hands over to have a file sent (`wsgi.file_wrapper`)."""

    def __init__(self, file: Any, size: int = PIECE) -> None:
        self.file, self.size = file, size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.file.read(self.size):
            yield piece

    def close(self) -> None:
        self.file.close()

    def name(self, headers: Headers, keep: Callable[[int], None]) -> str | None:
        """A name under which granian can open the file if all of it is to be sent, so that no thread waits for its reader.

        For a file that has no name any more, `keep` is given a handle that must stay open for a moment.
        """
        if not isinstance(self.file, io.BufferedReader | io.BufferedRandom):
            return None
        told = next((value for name, value in headers if name.lower() == "content-length"), None)
        if self.file.tell() != 0 or told != str(os.fstat(self.file.fileno()).st_size):
            return None
        name = self.file.name
        if isinstance(name, str | os.PathLike):
            return os.path.abspath(name)
        handle = os.dup(self.file.fileno())
        keep(handle)
        return f"/proc/self/fd/{handle}"


def environ_of(scope: Any, body: IO[bytes] | None = None) -> Environ:
    """Headers with an underscore in their name are left out: they would pass for others.

    granian names a header that is not ASCII, and tells no value: it is kept as UNREADABLE, so that what asks for caution
    (`If-Match`, `Idempotency-Key`) is refused rather than overlooked.
    """
    host, _colon, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body or BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBody,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = _key(name)
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    names = scope.headers.keys()
    for name in names:
        if "_" not in name:
            environ.setdefault(_key(name), UNREADABLE)
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    return environ


@lru_cache(maxsize=512)
def _key(header: str) -> str:
    return PLAIN.get(header) or f"HTTP_{header.upper().replace('-', '_')}"


class Threads:
    """So many threads that ask the application; whoever awaits `ask` holds none of them meanwhile."""

    def __init__(self, application: Callable[..., Iterable[bytes]], number: int) -> None:
        self._application = application
        self._waiting: SimpleQueue[tuple[Environ, Callable[[Answer], Any], asyncio.Future[Any]]] = (
            SimpleQueue()
        )
        for n in range(number):
            Thread(target=self._work, name=f"django-{n}", daemon=True).start()

    async def ask(self, environ: Environ, deliver: Callable[[Answer], Any]) -> Any:
        """What `deliver` makes of the answer; it runs in the thread, while the answer is open."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((environ, deliver, done))
        return await done

    def _work(self) -> None:
        while True:
            environ, deliver, done = self._waiting.get()
            result: Any = None
            try:
                result = self._asked(environ, deliver)
            except Exception:
                log.exception("the application failed at %s", environ["PATH_INFO"])
            done.get_loop().call_soon_threadsafe(_settle, done, result)

    def _asked(self, environ: Environ, deliver: Callable[[Answer], Any]) -> Any:
        begun: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, _exc_info: Any = None) -> None:
            begun[:] = [(int(status[:3]), headers)]

        body = self._application(environ, start)
        try:
            return deliver(Answer(*begun[0], body))
        finally:
            if hasattr(body, "close"):
                body.close()


def _settle(done: "asyncio.Future[Any]", result: Any) -> None:
    if not done.done():
        done.set_result(result)


def sender(proto: Any) -> Callable[[Answer], bool]:
    """Sends an answer from the thread that made it. A file is sent by granian; what streams is read to its end at once."""
    loop = asyncio.get_running_loop()

    def keep(handle: int) -> None:
        loop.call_soon_threadsafe(loop.call_later, OPENED_S, os.close, handle)

    def send(answer: Answer) -> bool:
        status, headers, body = answer
        name = body.name(headers, keep) if isinstance(body, FileBody) else None
        if name is not None:
            proto.response_file(status, headers, name)
        elif isinstance(body, FileBody) or getattr(body, "streaming", False):
            stream = proto.response_stream(status, headers)
            with suppress(RuntimeError):  # the reader went away
                for piece in body:
                    stream.send_bytes(piece)
        else:
            proto.response_bytes(status, headers, b"".join(body))
        return True

    return send
