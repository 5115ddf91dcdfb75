"""Runs queued jobs and queues those whose hour has come, until the worker ends."""

import asyncio
import logging
from time import monotonic

from procrastinate.contrib.django import app as jobs

from baoji.kernel.base import sql
from baoji.operate.errors import Trouble
from baoji.operate.repeating import STOP

log = logging.getLogger("baoji.worker")
PROVEN_S = 3.0  # by then what keeps the hours has worked, or failed
LONG_S = 60.0


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


class Runner:
    """One call runs jobs as long as it goes well: procrastinate ends its worker when any part of it fails."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.has_failed = False

    @property
    def is_well(self) -> bool:
        """Whether jobs run and come at their hours; once it has failed, only what has run a moment is believed."""
        began = self.began
        return not self.has_failed or (began is not None and monotonic() - began > PROVEN_S)

    def __call__(self) -> None:
        """Raises `Trouble`, or what made it end, when it did not last."""
        sql.value("SELECT 1")  # a lost database is waited for quietly
        self.began = began = monotonic()
        try:
            asyncio.run(run_jobs())
        except Exception as fault:
            if monotonic() - began < LONG_S:
                raise
            log.warning("the job runner stopped (%s); starting it again", type(fault).__name__)
            return
        finally:
            self.began = None
            self.has_failed = self.has_failed or not STOP.is_set()
        if STOP.is_set():
            return
        if monotonic() - began < LONG_S:
            raise Trouble("the runner ended, for the reason above")
        log.warning("the job runner ended; starting it again")
