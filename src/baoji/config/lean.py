"""What a process need not carry, nor look at again and again."""

import fcntl
import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

MOST_YOUNG = 20_000  # objects, before young ones are looked through for cycles; Python's own 700 take a twentieth of a request


MOST_TURN_S = 5.0


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
