"""Work that a process does again and again, each in a thread of its own: what fails is tried again, and said now and then."""

import logging
import threading
from collections.abc import Callable
from time import monotonic

from django.db import InterfaceError, OperationalError, connection

from baoji.kernel.base.postgres.base import HeldTooLong
from baoji.operate.errors import Trouble

log = logging.getLogger("baoji.worker")
STOP = threading.Event()
DATABASE_WAIT_S = 1.0
LEAST_WAIT_S, MOST_WAIT_S = 5.0, 60.0
SAID_AGAIN_S = 600.0


def every(seconds: float, work: Callable[[], object], name: str) -> threading.Thread:
    """Runs `work` again and again; a lost database is waited for, and nothing else is hidden."""

    def loop() -> None:
        failing = Failing(name, seconds)
        wait = seconds
        while not STOP.wait(wait):
            try:
                work()
            except Exception as fault:
                wait = failing.again(fault, monotonic())
                connection.close()
            else:
                wait = seconds
                failing.over()

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread


class Failing:
    """How long one work waits after a failure, and what is said of it: each kind at once, then every ten minutes.

    A worker that failed at each attempt, and said so, has filled a disk within a day.
    """

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self.most = max(MOST_WAIT_S, seconds)
        self.count = 0
        self.was_said = False
        self.said_at: dict[type[Exception], float] = {}

    def again(self, fault: Exception, now: float) -> float:
        """Takes note of a failure at `now` (seconds, monotonic); seconds to wait before the next attempt."""
        self.count += 1
        if now - self.said_at.get(type(fault), -SAID_AGAIN_S) >= SAID_AGAIN_S:
            self.said_at[type(fault)] = now
            self.was_said = True
            self._say(fault)
        if isinstance(fault, OperationalError | InterfaceError):
            return DATABASE_WAIT_S
        return float(min(self.most, LEAST_WAIT_S * 2 ** min(self.count - 1, 20)))

    def _say(self, fault: Exception) -> None:
        if isinstance(fault, HeldTooLong):
            log.warning("%s: another session holds what it needs; trying again", self.name)
        elif isinstance(fault, OperationalError | InterfaceError):
            log.warning(
                "%s: the database does not answer (%s); trying again", self.name, type(fault).__name__
            )
        elif isinstance(fault, Trouble):
            log.warning("%s: %s; trying again", self.name, fault)
        else:
            log.error("%s failed; trying again", self.name, exc_info=fault)

    def over(self) -> None:
        if self.was_said:
            log.info("%s works again after %d failures", self.name, self.count)
        self.count, self.was_said = 0, False
