"""What the worker process does, once Django is set up: fires timers, seals the journal, tells open desks what changed, runs queued jobs (mail)."""

import asyncio
import logging
import signal
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from baoji.kernel.audit.actions import seal
from baoji.kernel.base import sql
from baoji.kernel.flow import pulse
from baoji.kernel.records.actions import sweep
from baoji.systems.urban.actions.searching import index, index_missing, last_indexed
from baoji.systems.urban.actions.timers import fire_due

log = logging.getLogger("baoji.worker")
TIMERS_LOCK = 7105002  # held exclusively by a simulation that plays the clock itself
PULSE_S = 0.25
TIMERS_S = 1.0
WORDS_AT_ONCE = 2000
SWEEP_S = 6 * 3600.0
STOP = threading.Event()


def every(seconds: float, work: Callable[[], object], name: str) -> threading.Thread:
    """Runs `work` again and again in a thread of its own; a lost database is waited for, nothing else is hidden."""

    def loop() -> None:
        while not STOP.wait(seconds):
            try:
                work()
            except DatabaseError as fault:
                log.warning("%s: the database does not answer (%s); trying again", name, type(fault).__name__)
                connection.close()
                STOP.wait(1)
            except Exception:
                log.exception("%s failed; trying again", name)
                connection.close()
                STOP.wait(5)

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread


def timers() -> None:
    if not sql.value("SELECT pg_try_advisory_lock_shared(%s)", [TIMERS_LOCK]):
        return
    try:
        while fire_due(timezone.now()) and not STOP.is_set():
            pass
    finally:
        sql.value("SELECT pg_advisory_unlock_shared(%s)", [TIMERS_LOCK])


class Pulse:
    """Seals, then tells; remembers what it has told."""

    def __init__(self, words: "Words") -> None:
        self.told = -1
        self.words = words

    def __call__(self) -> None:
        if self.told < 0:
            self.told = pulse.last_seal()
        if seal(timezone.now()):
            self.told, touched = pulse.tell(self.told)
            self.words.waiting.extend(touched)


class Words:
    """Makes the words of touched cases searchable, some at a time, so that a bulk load holds nothing up."""

    def __init__(self) -> None:
        self.waiting: deque[int] = deque()
        self.began = False

    def __call__(self) -> None:
        if not self.began:
            index_missing(last_indexed())
            self.began = True
        while self.waiting and not STOP.is_set():
            index([self.waiting.popleft() for _n in range(min(WORDS_AT_ONCE, len(self.waiting)))])


def beat(folder: Path) -> None:
    """Leaves a sign of life that /readyz looks at."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "worker.beat").touch()


async def run_jobs() -> None:
    worker_app = jobs.with_connector(jobs.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            install_signal_handlers=False,
            concurrency=2,
            wait=True,
            listen_notify=True,
            delete_jobs="successful",
        )


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: STOP.set())
    words = Words()
    every(PULSE_S, Pulse(words), "pulse")
    every(PULSE_S, words, "words")
    every(TIMERS_S, timers, "timers")
    every(SWEEP_S, sweep, "sweep")
    threading.Thread(target=lambda: asyncio.run(_jobs_for_ever()), name="jobs", daemon=True).start()
    while not STOP.wait(0.5):
        beat(settings.DATA / "run")


async def _jobs_for_ever() -> None:
    while not STOP.is_set():
        try:
            await run_jobs()
        except Exception:
            log.exception("the job runner stopped; starting it again")
            await asyncio.sleep(5)
