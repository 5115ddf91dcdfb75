"""The disk's own floor: the same bytes made durable by as many writers as are useful, without anything else."""

import os
import shutil
from collections import deque
from pathlib import Path
from random import Random
from threading import Thread
from time import perf_counter

from baoji.operate.bench.crowd import share
from baoji.operate.bench.result import Figures

WRITERS = (1, 2, 4, 8, 16, 32)
TRIAL = 48  # files


def floor(folder: Path, *, files: int, size: int, at_once: int) -> Figures:
    """MB a second, and p50 and p95 (ms) from handing a file over to its being durable with `at_once` of them waiting.

    `p95 alone` is without waiting: what a write takes among as many writers as are useful.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        trials = {
            writers: _rate(_write(folder, min(files, TRIAL), size, writers, writers), size)
            for writers in WRITERS
        }
        best = max(trials, key=lambda writers: trials[writers])
        alone, _seconds = _write(folder, min(files, TRIAL), size, best, best)
        times, seconds = _write(folder, files, size, best, at_once)
    finally:
        shutil.rmtree(folder)
    return {
        "writers": best,
        "MB a second": round(_rate((times, seconds), size), 1),
        "p50": round(share(times, 0.5), 1),
        "p95": round(share(times, 0.95), 1),
        "p95 alone": round(share(alone, 0.95), 1),
        "seconds": round(seconds, 2),
    }


def _rate(done: tuple[list[float], float], size: int) -> float:
    return len(done[0]) * size / 1e6 / done[1]


def _write(folder: Path, files: int, size: int, writers: int, at_once: int) -> tuple[list[float], float]:
    """`at_once` senders hand over a file each, and the next when it is durable, until all files are."""
    writers = min(writers, at_once, files)
    began = perf_counter()
    data, waiting, times = Random(1).randbytes(size), deque([began] * min(at_once, files)), []
    left = iter(range(files))

    def work(mine: Path) -> None:
        mine.mkdir(exist_ok=True)
        for n in left:
            since = waiting.popleft()
            _durable(mine / str(n), data)
            now = perf_counter()
            times.append(now - since)
            waiting.append(now)

    threads = [Thread(target=work, args=(folder / str(n),)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, perf_counter() - began


def _durable(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
