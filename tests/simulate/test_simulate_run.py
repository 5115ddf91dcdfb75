"""A run from the command's side: where it begins, that it ends when asked, who fires the timers."""

import os
import signal
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.utils import timezone

from baoji.kernel.flow.models import Case
from baoji.systems.urban.simulate.run import Impossible, Pace, Stop, Teller, shortened, span
from baoji.systems.urban.simulate.voices import word_on


def test_nothing_to_play_is_said():
    now = timezone.now()
    with pytest.raises(Impossible):
        span(3, None, now, last=now)


def test_a_run_begins_after_the_last_act_and_ends_now_at_the_latest():
    now = timezone.now()
    assert span(3, None, now, last=None) == (now - timedelta(days=3), now)
    assert span(3, None, now, last=now - timedelta(days=1)) == (now - timedelta(days=1), now)
    assert span(3, now - timedelta(days=9), now, last=None) == (
        now - timedelta(days=9),
        now - timedelta(days=6),
    )
    assert span(30, now - timedelta(days=9), now, last=None) == (now - timedelta(days=9), now)


@pytest.mark.parametrize(
    ("days", "ago", "said"),
    [
        (8, timedelta(minutes=1), "Only 1 minute of the 8 days can be played"),
        (8, timedelta(seconds=20), "Only 20 seconds of the 8 days"),
        (1, timedelta(hours=12), "Only 12 hours of the 1 day "),
        (8, timedelta(days=2.5), "Only 2.5 days of the 8 days"),
        (8, timedelta(days=9), ""),
        (8, None, ""),
    ],
)
def test_a_run_that_plays_less_than_asked_says_why(days: float, ago: timedelta | None, said: str) -> None:
    now = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
    start, end = span(days, None, now, last=now - ago if ago else None)
    told = shortened(days, None, now, start, end)
    assert told.startswith(said) and bool(told) == bool(said)
    if ago == timedelta(minutes=1):
        assert "that was on 2026-03-17 09:59." in told


def test_the_first_interrupt_is_a_wish_and_the_second_an_order():
    stop = Stop()
    before = signal.getsignal(signal.SIGINT)
    with stop.listening():
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_pace_waits_until_simulated_time_is_there():
    start, began = timezone.now(), monotonic()
    assert Pace(start, 600.0, Stop()).wait(start + timedelta(minutes=2))
    assert 0.15 < monotonic() - began < 2
    assert Pace(start, None, Stop()).wait(start + timedelta(days=9))


def test_pace_gives_up_when_asked_to():
    start, stop = timezone.now(), Stop(asked=True)
    assert not Pace(start, 1.0, stop).wait(start + timedelta(days=1))
    assert not Pace(start, None, stop).wait(start)


def test_the_line_tells_how_far_it_is():
    start = timezone.now()
    teller = Teller(start, start + timedelta(days=10), print)
    line = teller.line(start + timedelta(days=5), 1000, 10.0)
    assert "50%" in line
    assert "100/s" in line
    assert "10 s left" in line


def test_who_speaks_of_a_closed_case_is_drawn_from_its_own_secret():
    """So nothing else in the story changes; collectors are no callers, and most callers say nothing or that they are satisfied."""
    now = datetime(2026, 3, 17, 2, tzinfo=UTC)
    citizens = [Case(number=f"T260317-{n:07d}", salt=f"{n:016x}", source="citizen") for n in range(400)]
    said = [word_on(case, now) for case in citizens]
    again = [
        Case(number=f"T260317-{n + 9:07d}", salt=case.salt, source="citizen")
        for n, case in enumerate(citizens)
    ]
    assert said == [word_on(case, now) for case in again], "another number changes nothing"
    spoken = [word for found in said if found is not None for word in found[1:]]
    assert 160 < len(spoken) < 240 and {"very_good", "good", "fair", "poor", "not_fixed"} == set(spoken)
    assert all(found[0] > now for found in said if found is not None)
    assert word_on(Case(number="T260317-0000001", source="collector"), now) is None
