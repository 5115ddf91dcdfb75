"""Uploads under way: each a file that grows under its owner and hash, written by one writer at a time, of all processes."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import time

from baoji.kernel.records import storage

# So much stays free for the database, whose loss would be worse than a photo that comes later.
LEAST_FREE = 256 * 1024 * 1024
WANTED = ".wanted"


class Busy(Exception):
    """Somebody is writing this upload. They have been asked to stop; try again in a moment."""


def root() -> Path:
    """On the disk of the originals, so that a whole upload becomes one without being copied."""
    return storage.root() / ".uploads"


def path_of(person_id: int, sha256: str) -> Path:
    """Where the part grows; there may be none."""
    return root() / str(person_id) / sha256


def require_room(size: int) -> None:
    """Raises `Refused` (storage-full) unless the disk holds so many bytes more and still leaves room."""
    storage.root().mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(storage.root()).free - size < LEAST_FREE:
        raise storage.full()


class Part:
    """An open, locked part. Bytes are on disk when `sync` returns; until then they survive the process, not the power."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    @property
    def size(self) -> int:
        return os.fstat(self._handle).st_size

    def append(self, data: bytes) -> None:
        """Raises `Refused` (storage-full); what was written before stays."""
        view = memoryview(data)
        with storage.told_when_full():
            while view:
                view = view[os.write(self._handle, view) :]

    def read(self) -> bytes:
        return self.path.read_bytes()

    def cut(self, size: int) -> None:
        os.ftruncate(self._handle, size)

    def sync(self) -> None:
        os.fchmod(self._handle, 0o640)
        with storage.told_when_full():
            os.fsync(self._handle)

    def discard(self) -> None:
        """Gives the name up; never shortens the file, which may be an original by now."""
        with suppress(FileNotFoundError):
            self.path.unlink()

    def is_wanted(self) -> bool:
        """Whether somebody else asks for this upload: a phone that came back on a new connection."""
        return _wish(self.path).exists()

    def close(self) -> None:
        os.close(self._handle)


def open_part(person_id: int, sha256: str, *, make: bool) -> Part | None:
    """The part, locked; None when there is none and none is to be made. Raises `Busy`, after asking the writer to stop."""
    path = path_of(person_id, sha256)
    if make:
        with storage.told_when_full():
            path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            with storage.told_when_full():
                handle = os.open(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if make else 0), 0o640)
        except FileNotFoundError:
            return None
        if not _locked(handle):
            os.close(handle)
            _wish(path).touch()
            raise Busy
        if _is_named(handle, path):
            _wish(path).unlink(missing_ok=True)
            return Part(path, handle)
        os.close(handle)


def _wish(path: Path) -> Path:
    return path.with_name(path.name + WANTED)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_named(handle: int, path: Path) -> bool:
    """Whether the name still stands for this file: it may have been finished while we opened it."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def old(age_s: float) -> Iterator[tuple[int, str]]:
    """(person, hash) of parts that nobody has added to for so many seconds; forgotten wishes are taken away."""
    for path in root().glob("*/*"):
        with suppress(FileNotFoundError):
            if time() - path.stat().st_mtime < age_s:
                continue
            if path.name.endswith(WANTED):
                path.unlink()
            elif path.parent.name.isdigit():
                yield int(path.parent.name), path.name
