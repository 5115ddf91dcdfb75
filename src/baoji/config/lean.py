"""What a process need not carry, nor look at again and again."""

import ctypes
import fcntl
import gc
import os
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

MOST_YOUNG = 20_000  # objects, before young ones are looked through for cycles; Python's own 700 take a twentieth of a request

MOST_TURN_S = 5.0
LARGE = 2 << 20  # bytes of a large page
COLLAPSE = 25  # MADV_COLLAPSE of madvise(2), since Linux 6.1: only a hint


@contextmanager
def loading(folder: str) -> Iterator[None]:
    """Load everything in here: without looking for garbage, and one process after another that names the same folder.

    Two that load at once on a busy machine keep the first reader waiting twice as long. Who holds up the others for
    MOST_TURN_S is not waited for; where there is no such folder nobody waits.
    """
    gc.disable()
    handle = -1
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _turn(handle)
        yield
    finally:
        if handle >= 0:
            os.close(handle)
        gc.enable()


def _turn(handle: int) -> None:
    until = time.monotonic() + MOST_TURN_S
    while handle >= 0 and time.monotonic() < until:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.02)


def settle() -> None:
    """Once everything is loaded: what is there stays, and is not looked through for garbage any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_YOUNG, 10, 10)


def on_one_processor(folder: str) -> None:
    """Keeps this process on one processor, each that names the same folder on another while there are enough.

    Its threads take turns at Python's lock anyway: handed over between two processors, each turn costs a tenth and more of the
    work done in it. The place is held by a lock and free again when the process ends. Where there is no folder, nothing is done.
    """
    processors = sorted(os.sched_getaffinity(0))
    # Two cities on one machine begin at different ones.
    first = zlib.crc32(os.path.realpath(folder).encode()) % len(processors)
    for processor in processors[first:] + processors[:first]:
        if _holds(Path(folder) / f"processor.{processor}"):
            for thread in os.listdir("/proc/self/task"):
                with suppress(OSError):  # it has ended meanwhile, or the machine does not let us
                    os.sched_setaffinity(int(thread), {processor})
            return


def _holds(place: Path) -> bool:
    """Whether the lock on this file is ours from now on, for as long as the process lives; nobody's where there is no folder."""
    try:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return False
    return True


def on_large_pages() -> None:
    """Puts what is loaded on large pages, where the kernel can. A request walks through much of it, and on a virtual machine
    to find an address costs as much as to read it: small pages take a tenth more of the processor."""
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for first, last in _own_memory(Path("/proc/self/maps")):
        start, end = -(-first // LARGE) * LARGE, last // LARGE * LARGE
        if end > start:
            madvise(start, end - start, COLLAPSE)


def _own_memory(maps: Path) -> Iterator[tuple[int, int]]:
    """First and past-the-end address of each stretch of memory that this process may write and no file stands behind (proc(5))."""
    with suppress(OSError):
        for line in maps.read_text().splitlines():
            places, rights, _offset, _device, _inode, *name = line.split(maxsplit=5)
            if rights.startswith("rw") and name in ([], ["[heap]"]):
                first, last = places.split("-")
                yield int(first, 16), int(last, 16)


def geo_without_numpy() -> None:
    """GeoDjango takes numpy for arrays of raster bands if it is there: 11 MB in every process, for what nothing here asks.

    Those who need numpy import it as ever. Call it before the first model.
    """
    if "numpy" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["numpy"] = None  # an import of it fails, which GeoDjango takes for an answer
    try:
        import_module("django.contrib.gis.shortcuts")
    finally:
        del modules["numpy"]
