"""The worker fires timers each second; at its start, and each hour, it sets again those that were lost."""

from datetime import datetime
from typing import Any

import pytest

from baoji.operate.tasks import Timers

pytestmark = pytest.mark.django_db


def test_the_worker_looks_at_its_start_and_each_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    clock = [5.0]

    def note(name: str) -> Any:
        def done(_now: datetime, *_more: Any) -> int:
            calls.append(name)
            return 0

        return done

    monkeypatch.setattr("baoji.operate.tasks.fire_due", note("fire"))
    monkeypatch.setattr("baoji.operate.tasks.set_lost", note("look"))
    monkeypatch.setattr("baoji.operate.tasks.time.monotonic", lambda: clock[0])
    timers = Timers()
    for second in (5, 6, 3600, 3606, 3607):
        clock[0] = float(second)
        timers()
    assert calls == ["fire", "look", "fire", "fire", "fire", "look", "fire"]


def test_a_look_that_fails_holds_up_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[datetime] = []

    def fails(_now: datetime, _look: Any) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr("baoji.operate.tasks.fire_due", lambda now: fired.append(now))
    monkeypatch.setattr("baoji.operate.tasks.set_lost", fails)
    timers = Timers()
    with pytest.raises(RuntimeError):
        timers()
    timers()
    assert len(fired) == 2
