"""The web process (granian, RSGI): bodies are taken by the event loop, so that a slow or silent phone holds no thread.

Django answers in a few threads (`config.wsgi`), and is asked when a body is whole. Uploads are poured to the disk as they
arrive, so that a cut keeps what came before it.
"""

import asyncio
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpResponse

from baoji.config.bodies import SHORT, Body, NoRoom, Silent, drain, pour, take_short
from baoji.config.gate import Full, Gate, Pass
from baoji.config.gateway import Answer, Environ, Threads, environ_of, sender
from baoji.config.lean import on_one_processor
from baoji.config.wsgi import RUN
from baoji.config.wsgi import application as site
from baoji.kernel.base.errors import Refused
from baoji.kernel.wire import tus
from baoji.kernel.wire.tus import PREFIX, Patch
from baoji.kernel.wire.uploads import LATER

log = logging.getLogger("baoji.web")
on_one_processor(RUN)  # before there are threads
threads = Threads(site, 4)
# Uploads are checked and made durable here, so that a hundred phones coming back at once do not stand before everybody else.
keepers = ThreadPoolExecutor(2, thread_name_prefix="keeper")
gate = Gate(8)
questions = asyncio.Semaphore(2)  # that Django is asked at once; the threads beside them are everybody else's
MOST_UPLOADS, MOST_OF_ONE = 500, 8
under_way: Counter[int] = Counter()
BUSY_TRIES, BUSY_S = 20, 0.15
CLOSE = [("connection", "close"), ("content-length", "0")]


async def application(scope: Any, proto: Any) -> None:
    environ = environ_of(scope)
    if environ["PATH_INFO"].startswith(PREFIX):
        await _upload(environ, proto)
        return
    if not _has_body(environ):
        await _answered(environ, proto)
        return
    try:
        await _with_body(environ, proto)
    except Silent:
        proto.response_empty(408, CLOSE)
    except NoRoom:
        proto.response_empty(503, [*CLOSE, ("retry-after", "5")])


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ


async def _with_body(environ: Environ, proto: Any) -> None:
    """The answer to a request with a body, which is whole before Django is asked."""
    told = environ.get("CONTENT_LENGTH", "")
    if told.isdigit() and int(told) <= SHORT:
        data = await take_short(proto)
        await _whole(environ, proto, BytesIO(data), len(data))
        return
    body = Body(settings.MAX_REQUEST_BYTES)
    try:
        if told.isdigit() and int(told) > body.most:
            await _answered(environ, proto)  # Django says what is wrong, unread
        else:
            await body.take(proto)
            await _whole(environ, proto, body.file, body.length)
    finally:
        body.close()


async def _whole(environ: Environ, proto: Any, body: IO[bytes], length: int) -> None:
    if environ.get("CONTENT_LENGTH", "") not in {"", str(length)}:
        proto.response_empty(400, CLOSE)  # cut: nobody hears this, and nothing is done by halves
        return
    environ["CONTENT_LENGTH"] = str(length)
    environ["wsgi.input"] = body
    await _answered(environ, proto)


async def _answered(environ: Environ, proto: Any) -> None:
    if not await threads.ask(environ, sender(proto)):
        proto.response_empty(500, CLOSE)


async def _upload(environ: Environ, proto: Any) -> None:
    key = _key(environ)
    if environ["REQUEST_METHOD"] == "HEAD":
        sender(proto)(await _how_far(environ, key))
        return
    if environ["REQUEST_METHOD"] != "PATCH" and "HTTP_X_HTTP_METHOD_OVERRIDE" not in environ:
        sender(proto)(await _begun(environ))
        return
    turn = gate.begin(key)
    try:
        answer = await _with_pieces(environ, proto, turn)
    finally:
        turn.leave()
    sender(proto)(answer)


async def _how_far(environ: Environ, key: str) -> Answer:
    """Django's answer, once there is room for what follows it. Who is refused waits for none, and takes none from phones."""
    answer = await _begun(environ)
    if not _may_go_on(environ, answer.status):
        return answer
    try:
        await gate.ask(key)
    except Full:
        return _parts(tus.crowded())
    return answer


def _may_go_on(environ: Environ, status: int) -> bool:
    """Whether a phone sends next: it goes on, or begins after a 404, which at the address of an upload no stranger gets."""
    return status == 200 or (
        status == 404 and tus.HASH.fullmatch(environ["PATH_INFO"].removeprefix(PREFIX)) is not None
    )


def _key(environ: Environ) -> str:
    """Whose upload it is, as far as it can be told without asking Django."""
    return "\0".join(environ.get(name, "") for name in ("PATH_INFO", "HTTP_AUTHORIZATION", "HTTP_COOKIE"))


async def _with_pieces(environ: Environ, proto: Any, turn: Pass) -> Answer:
    later: list[Patch] = []
    answer = await _begun({**environ, LATER: later})
    if later:
        return _parts(await _poured(later[0], environ, proto, turn))
    turn.leave()
    if answer.status >= 400:
        await drain(proto, environ.get("CONTENT_LENGTH", "0"))
    return answer


async def _begun(environ: Environ) -> Answer:
    """Django's answer. While another connection writes the upload, that one is given a moment to end."""
    for _try in range(BUSY_TRIES):
        async with questions if environ["REQUEST_METHOD"] == "HEAD" else nullcontext():
            answer = await threads.ask(dict(environ), _read)
        if answer is None:
            return Answer(500, CLOSE, [b""])
        if answer.status != 423:
            break
        await asyncio.sleep(BUSY_S)
    return answer  # type: ignore[no-any-return]


def _read(answer: Answer) -> Answer:
    return answer._replace(body=[b"".join(answer.body)])


def _parts(response: HttpResponse) -> Answer:
    return Answer(response.status_code, list(response.items()), [response.content])


async def _poured(patch: Patch, environ: Environ, proto: Any, turn: Pass) -> HttpResponse:
    person = patch.person_id
    if under_way.total() >= MOST_UPLOADS or under_way[person] >= MOST_OF_ONE:
        patch.close()
        return tus.crowded()
    under_way[person] += 1
    try:
        return await _taken(patch, environ, proto, turn)
    except Silent:
        return tus.silent()
    except Refused as refused:
        return tus.refusal(refused)
    finally:
        patch.close()
        under_way[person] -= 1
        if not under_way[person]:
            del under_way[person]


async def _taken(patch: Patch, environ: Environ, proto: Any, turn: Pass) -> HttpResponse:
    turn.holds_on()
    fed = await pour(proto, patch.feed, patch.is_wanted)
    turn.stays()
    whole = environ.get("CONTENT_LENGTH", str(fed)) == str(fed)
    return await asyncio.get_running_loop().run_in_executor(keepers, _end, patch, whole)


def _end(patch: Patch, whole: bool) -> HttpResponse:
    close_old_connections()
    try:
        return patch.end(whole=whole)
    except Exception:
        log.exception("an upload could not be ended")
        return HttpResponse(status=500)
