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
# Begun by a worker that tells no sign of life any more (it gives one each 10 s), or that is forgotten already.
_LEFT = """
SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
 WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '1 minute')
   AND j.queueing_lock IS {periodic} NULL
"""
# What comes again at its hour is left to that: a second one beside the one that waits is refused.
_DROP = f"DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id IN ({_LEFT.format(periodic='NOT')})"
_AGAIN = f"""
UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()
 WHERE status = 'doing' AND id IN ({_LEFT.format(periodic="")})
"""


async def run_jobs() -> None:
    worker_app = jobs.with_connector(jobs.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            install_signal_handlers=False,
            concurrency=4,  # a night's work that takes long leaves room for messages
            wait=True,
            listen_notify=True,
            delete_jobs="successful",
        )


def take_up() -> int:
    """Queues again what a worker that was killed had begun, mails above all; procrastinate leaves it lying. How many jobs."""
    sql.execute(_DROP)
    return sql.execute(_AGAIN)


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
