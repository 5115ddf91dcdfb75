"""Writes a zip of stored members as docs/evidence-format.md has it, in which every byte follows from the members.

Python's own writer goes over to other, longer structures from 2 GB on, which the format does not have.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from baoji.kernel.evidence.verification.container import CENTRAL, CHUNK, END, LOCAL
from baoji.kernel.evidence.verification.signed import Wrong

MOST_MEMBERS, MOST_BYTES = (1 << 16) - 1, (1 << 32) - 1
DAY = 33  # 1980-01-01
VERSION = 20
MADE_BY = VERSION | 3 << 8  # Unix
MODE = 0o600 << 16


class PlainZip:
    """Into a file that can be sought in. Raises `Wrong` where it would become larger than such a zip can be."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self._base = target, target.tell()
        self._directory = bytearray()
        self._members = 0

    def add(self, name: str, content: bytes | Path) -> None:
        raw, at = name.encode("ascii"), self._target.tell()
        self._target.write(_head(raw, 0, 0))
        crc = size = 0
        for part in _parts(content):
            self._target.write(part)
            crc, size = crc32(part, crc), size + len(part)
        end = self._target.tell()
        self._members += 1
        if self._members > MOST_MEMBERS or end - self._base > MOST_BYTES:
            raise Wrong("larger than a plain zip file can be")
        self._target.seek(at)
        self._target.write(_head(raw, crc, size))
        self._target.seek(end)
        self._directory += struct.pack(
            CENTRAL, b"PK\x01\x02", MADE_BY, VERSION, 0, 0, 0, DAY, crc, size, size, len(raw), 0, 0, 0, 0, MODE, at - self._base
        )  # fmt: skip
        self._directory += raw

    def close(self) -> None:
        at, count = self._target.tell() - self._base, self._members
        end = struct.pack(END, b"PK\x05\x06", 0, 0, count, count, len(self._directory), at, 0)
        self._target.write(bytes(self._directory) + end)


def _head(name: bytes, crc: int, size: int) -> bytes:
    return struct.pack(LOCAL, b"PK\x03\x04", VERSION, 0, 0, 0, DAY, crc, size, size, len(name), 0) + name


def _parts(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while part := file.read(CHUNK):
            yield part
