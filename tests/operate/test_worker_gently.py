"""What nobody waits for gives way to those who work."""

import pytest

from baoji.operate import tasks
from baoji.operate.tasks import Gently


class Time:
    """A clock that only waiting and working move, and how much of the machine is left at each moment."""

    def __init__(self, busy_until: float) -> None:
        self.now, self.busy_until, self.waits = 0.0, busy_until, list[float]()

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        if seconds:
            self.waits.append(round(seconds, 3))
        return False

    def is_set(self) -> bool:
        return False

    def idleness(self) -> float:
        return 0.1 if self.now < self.busy_until else 0.9


def played(monkeypatch: pytest.MonkeyPatch, busy_until: float, *, busy: float, free: float) -> list[float]:
    """The waits of two steps of 0.1 s."""
    time, left = Time(busy_until), [1, 1, 0]

    def step(_now: object, _is_over: object) -> int:
        time.now += 0.1 if left[0] else 0.0
        return left.pop(0)

    monkeypatch.setattr(tasks, "time", time)
    monkeypatch.setattr(tasks, "STOP", time)
    gently = Gently(step, busy=busy, free=free)
    monkeypatch.setattr(gently, "idleness", time.idleness)
    gently()
    return time.waits


def test_on_a_free_machine_it_goes_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, 0.0, busy=10, free=0) == []


def test_or_rests_as_long_as_it_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, 0.0, busy=10, free=1) == [0.1, 0.1]


def test_on_a_busy_one_it_rests_many_times_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(played(monkeypatch, 1000.0, busy=25, free=0)) == pytest.approx(5.0)


def test_and_no_longer_than_it_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, 2.0, busy=100, free=0) == [1.0, 1.0]
