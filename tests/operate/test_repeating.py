"""What a worker does when its work fails again and again: it waits, and does not fill the disk with saying so."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from procrastinate.exceptions import ConnectorException
from tests.operate.watching import eventually

from baoji.kernel.base.postgres.base import HeldTooLong
from baoji.operate import repeating, runner
from baoji.operate.errors import Trouble
from baoji.operate.repeating import Failing, every
from baoji.operate.runner import Runner


@pytest.fixture(autouse=True)
def stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runner.sql, "value", lambda statement: 1)
    yield
    repeating.STOP.clear()


def days_of(fault: Exception, caplog: pytest.LogCaptureFixture) -> tuple[int, int]:
    """Attempts and log lines of a day in which every attempt fails at once."""
    failing, now, attempts = Failing("work", 0.25), 0.0, 0
    with caplog.at_level(logging.INFO, "baoji.worker"):
        while now < 86_400:
            now += failing.again(fault, now)
            attempts += 1
    return attempts, len(caplog.records)


def test_a_lost_database_is_asked_each_second_and_told_of_each_ten_minutes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    attempts, lines = days_of(OperationalError("gone"), caplog)
    assert (attempts, lines) == (86_400, 144)
    assert caplog.records[0].exc_info is None


def test_what_another_session_holds_is_no_lost_database(caplog: pytest.LogCaptureFixture) -> None:
    Failing("work", 1).again(HeldTooLong("canceling statement due to lock timeout"), 0)
    assert "another session holds what it needs" in caplog.text and "does not answer" not in caplog.text


def test_any_other_fault_is_tried_each_minute(caplog: pytest.LogCaptureFixture) -> None:
    attempts, lines = days_of(ConnectorException(), caplog)
    assert 1_440 <= attempts < 1_450 and lines <= 144
    assert caplog.records[0].exc_info is not None


def test_one_fault_does_not_hide_another(caplog: pytest.LogCaptureFixture) -> None:
    failing = Failing("work", 1)
    failing.again(KeyError("one"), 0)
    failing.again(OSError("two"), 5)
    failing.again(KeyError("one"), 10)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError, OSError]


def test_work_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "LEAST_WAIT_S", 0.01)
    monkeypatch.setattr(repeating.connection, "close", lambda: None)
    done: list[int] = []

    def work() -> None:
        done.append(1)
        if len(done) < 3:
            raise RuntimeError

    thread = every(0.01, work, "work")
    try:
        assert eventually(lambda: len(done) > 5)
    finally:
        repeating.STOP.set()
        thread.join(5)


def ending(lasting: float) -> "object":
    async def run() -> None:
        await asyncio.sleep(lasting)

    return run


def test_a_runner_that_ends_at_once_is_not_well_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end without a word was begun again at once, thousands of times an hour."""
    monkeypatch.setattr(runner, "run_jobs", ending(0))
    jobs = Runner()
    assert jobs.is_well
    with pytest.raises(Trouble):
        jobs()
    assert not jobs.is_well


def test_a_runner_that_lasts_is_well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PROVEN_S", 0.05)
    monkeypatch.setattr(runner, "LONG_S", 0.2)
    jobs = Runner()
    jobs.has_failed = True
    seen: list[bool] = []

    async def run() -> None:
        seen.append(jobs.is_well)
        await asyncio.sleep(0.3)
        seen.append(jobs.is_well)

    monkeypatch.setattr(runner, "run_jobs", run)
    jobs()
    assert seen == [False, True] and not jobs.is_well
