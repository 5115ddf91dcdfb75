"""A run from the command's side: where it begins, that it ends when asked, who fires the timers."""

import os
import signal
from datetime import timedelta
from time import monotonic

import pytest
from django.utils import timezone

from baoji.systems.urban.simulate.run import Impossible, Pace, Stop, Teller, span


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
