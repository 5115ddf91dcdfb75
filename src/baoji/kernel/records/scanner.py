"""The virus scanner, where the city has one: clamd's INSTREAM, over a socket file or TCP (`BAOJI_CLAMD`)."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Refused

# '' nobody looked, `waiting` for a scanner that was down, `infected` found later.
Verdict = Literal["", "clean", "waiting", "infected"]
PATIENCE_S = 15.0
PIECE = 256 * 1024
LONGEST_ANSWER = 4096


class Down(Exception):
    """The scanner gave no verdict."""


class NoVerdict(Down):
    """It is there and has none on this file: too large for it, or an answer that is not understood."""


def look(data: bytes) -> Verdict:
    """Raises `Refused`: `infected`; `scanner-down` where the city does not take files unseen (`BAOJI_CLAMD_DOWN`)."""
    if not settings.CLAMD:
        return ""
    try:
        if is_infected(data):
            raise Refused(
                _("没有传上：文件里查出病毒，没有保存。请检查手机后重拍"), code="infected", status=422
            )
    except Down as down:
        if settings.CLAMD_DOWN == "accept":
            return "waiting"
        raise Refused(_("没有传上：病毒检查暂时停了，请稍后再传"), code="scanner-down", status=503) from down
    return "clean"


def is_infected(data: bytes) -> bool:
    """Raises `Down` without a verdict: not reached, too slow, too large for it, or not understood."""
    try:
        with _line() as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                line.sendall(struct.pack(">I", len(piece)) + piece)
            line.sendall(struct.pack(">I", 0))
            answer = _answer(line)
    except OSError as error:
        raise Down(str(error)) from error
    if answer.endswith(b" FOUND"):
        return True
    if answer.endswith(b": OK"):
        return False
    raise NoVerdict(answer.decode(errors="replace")) if answer else Down("it hung up")


@contextmanager
def _line() -> Iterator[socket.socket]:
    where = settings.CLAMD
    if where.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE_S)
        line.connect(where)
    else:
        host, _colon, port = where.rpartition(":")
        line = socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_S)
    with line:
        yield line


def _answer(line: socket.socket) -> bytes:
    heard = b""
    while b"\0" not in heard and len(heard) < LONGEST_ANSWER:
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        heard += more
    return heard.partition(b"\0")[0].strip()
