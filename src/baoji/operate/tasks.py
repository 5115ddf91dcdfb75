"""What the worker process does, once Django is set up: fires timers, seals the journal, tells open desks what changed, makes copies of photos, runs queued jobs (mail)."""

import signal
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from baoji.kernel.audit.actions import seal
from baoji.kernel.base import sql
from baoji.kernel.base.postgres.base import wait_no_longer
from baoji.kernel.evidence.likeness import prints
from baoji.kernel.flow import pulse
from baoji.kernel.identity.actions import forget_sessions
from baoji.kernel.records import media, uploads
from baoji.kernel.records.actions import sweep
from baoji.operate.idleness import Idleness
from baoji.operate.repeating import STOP, every
from baoji.operate.runner import Runner, take_up
from baoji.systems.urban.actions import likeness
from baoji.systems.urban.actions.citizen_publish import Watched, publish, publish_missing
from baoji.systems.urban.actions.lost_timers import Look, set_lost
from baoji.systems.urban.actions.searching import index, index_missing, last_indexed
from baoji.systems.urban.actions.timers import TIMERS_LOCK, fire_due

PULSE_S = 0.25
TIMERS_S = 1.0
LOST_S = 3600.0
TOUCHED_S = 1.0
USES_S = 5.0
POLICY_S = 2.0
TOUCHED_AT_ONCE = 2000
SWEEP_S = 6 * 3600.0
UPLOADS_S = 3600.0
SESSIONS_S = 3600.0
COPIES_S = 2.0
ENOUGH_LEFT, LOOKS_AGAIN_S = 0.5, 1.0
SCANS_S = 60.0
JOBS_S = 1.0
LEFT_S = 60.0


class Gently:
    """Takes step after step while there are any. Where less than half of the machine is left by those who work, it rests between
    them up to `busy` times as long as it worked, and no longer than that lasts; elsewhere `free` times as long."""

    def __init__(
        self, *steps: Callable[[datetime, Callable[[], bool]], int], busy: float, free: float
    ) -> None:
        self.steps, self.busy, self.free = steps, busy, free
        self.idleness = Idleness()

    def __call__(self) -> None:
        began = time.monotonic()
        while any(step(timezone.now(), STOP.is_set) for step in self.steps):
            self._rest(time.monotonic() - began)
            if STOP.is_set():
                return
            began = time.monotonic()

    def _rest(self, worked: float) -> None:
        until = time.monotonic() + worked * self.busy
        STOP.wait(worked * self.free)
        while self.idleness() < ENOUGH_LEFT and (left := until - time.monotonic()) > 0 and not STOP.is_set():
            STOP.wait(min(left, LOOKS_AGAIN_S))


# A desk may wait for a photo's copies; nobody waits for what photos look like beside others.
copies = Gently(media.make_due, busy=10, free=0)
looks = Gently(prints.make_due, likeness.look_due, prints.fill_parts, busy=100, free=1)


class Timers:
    """Fires what is due, unless a simulation plays the clock itself; at its start, and each hour, it sets again what was lost."""

    def __init__(self) -> None:
        self.looked_at = -LOST_S
        self.look = Look()

    def __call__(self) -> None:
        if not sql.value("SELECT pg_try_advisory_lock_shared(%s)", [TIMERS_LOCK]):
            return
        try:
            while fire_due(timezone.now()) and not STOP.is_set():
                pass
            if time.monotonic() - self.looked_at >= LOST_S:
                self.looked_at = time.monotonic()  # before looking: what fails at it holds up no timer
                set_lost(timezone.now(), self.look)
        finally:
            sql.value("SELECT pg_advisory_unlock_shared(%s)", [TIMERS_LOCK])


class Pulse:
    """Seals, then tells; remembers what it has told."""

    def __init__(self, *hearers: "Touched") -> None:
        self.told = -1
        self.hearers = hearers

    def __call__(self) -> None:
        if self.told < 0:
            self.told = pulse.last_seal()
        if seal(timezone.now()):
            self.told, touched = pulse.tell(self.told)
            for hearer in self.hearers:
                hearer.waiting.extend(touched)


class Touched:
    """Does something about each touched case, some at a time, so that a bulk load holds nothing up; first it catches up."""

    def __init__(self, work: Callable[[list[int]], object], catch_up: Callable[[], object]) -> None:
        self.waiting: deque[int] = deque()
        self.work = work
        self.catch_up = catch_up
        self.began = False

    def __call__(self) -> None:
        if not self.began:
            self.catch_up()
            self.began = True
        while self.waiting and not STOP.is_set():
            some = [self.waiting.popleft() for _n in range(min(TOUCHED_AT_ONCE, len(self.waiting)))]
            try:
                self.work(list(dict.fromkeys(some)))  # a case that moves on and on is looked at once
            except (OperationalError, InterfaceError):
                self.waiting.extend(some)  # a database that went is no fault of theirs
                raise


def beat(folder: Path) -> None:
    """Leaves a sign of life that /readyz looks at."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "worker.beat").touch()


def main() -> None:
    wait_no_longer()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: STOP.set())
    words = Touched(index, lambda: index_missing(last_indexed()))
    shown = Touched(publish, publish_missing)
    uses = Touched(likeness.enter, likeness.enter_missing)
    every(PULSE_S, Pulse(words, shown, uses), "pulse")
    every(TOUCHED_S, words, "words")
    every(TOUCHED_S, shown, "shown")
    every(USES_S, uses, "uses")
    every(POLICY_S, Watched(), "policy of places")
    every(TIMERS_S, Timers(), "timers")
    every(SWEEP_S, sweep, "sweep")
    every(UPLOADS_S, lambda: uploads.sweep(timezone.now()), "uploads")
    every(SESSIONS_S, lambda: forget_sessions(timezone.now()), "sessions")
    every(COPIES_S, copies, "copies")
    every(COPIES_S, looks, "looks")
    every(SCANS_S, media.scan_waiting, "scans")
    every(SWEEP_S, likeness.sweep_features, "features")
    runner = Runner()
    every(JOBS_S, runner, "jobs")
    every(LEFT_S, take_up, "jobs left undone")
    while not STOP.wait(0.5):
        if runner.is_well:
            beat(settings.DATA / "run")
