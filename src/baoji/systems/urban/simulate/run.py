"""A run of the simulation: from when to when, how fast, who fires the timers, what is told meanwhile."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType

from django.utils import timezone

from baoji.kernel.base import sql
from baoji.systems.urban.actions.timers import TIMERS_LOCK
from baoji.systems.urban.simulate.play import Play, last_act

LOCK_PATIENCE_S = 30.0
NAP_S = 0.25
TELL_EVERY_S = 0.5
TELL_EVERY_DAYS = 5
BAR = 24


class Impossible(Exception):
    """Why there is nothing to play; one sentence."""


@dataclass
class Stop:
    """Set by the first Ctrl-C: the act under way is finished, then the run ends. A second one breaks off."""

    asked: bool = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@dataclass
class Teller:
    """Where the run stands: on a terminal one line that is written over, elsewhere a line every five days."""

    start: datetime
    end: datetime
    say: Callable[[str], None]
    began: float = field(default_factory=time.monotonic)
    told: float = 0.0
    told_day: int = -TELL_EVERY_DAYS

    def tell(self, at: datetime, acts: int) -> None:
        now, day = time.monotonic(), (at - self.start).days
        if sys.stderr.isatty():
            if now - self.told >= TELL_EVERY_S:
                sys.stderr.write("\r" + self.line(at, acts, now - self.began) + "\x1b[K")
                sys.stderr.flush()
                self.told = now
        elif day - self.told_day >= TELL_EVERY_DAYS:
            self.say(self.line(at, acts, now - self.began))
            self.told_day = day

    def line(self, at: datetime, acts: int, took: float) -> str:
        share = min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))
        filled = int(share * BAR)
        left = took / share - took if share > 0.005 else 0.0
        bar = "█" * filled + "░" * (BAR - filled)
        return f"{bar} {share:4.0%}  {timezone.localtime(at):%Y-%m-%d}  {acts} acts, {acts / max(took, 0.1):.0f}/s, {left:.0f} s left"

    def end_line(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\n")


@dataclass
class Pace:
    """How simulated time follows real time: `speed` simulated seconds a second; None as fast as it goes."""

    start: datetime
    speed: float | None
    stop: Stop
    began: float = field(default_factory=time.monotonic)

    def wait(self, at: datetime) -> bool:
        """Returns when it is time for an event; False if the run is to end."""
        while not self.stop.asked and self.speed is not None:
            reached = self.start + timedelta(seconds=(time.monotonic() - self.began) * self.speed)
            if reached >= at:
                break
            time.sleep(min(NAP_S, (at - reached).total_seconds() / self.speed + 0.001))
        return not self.stop.asked


@contextmanager
def timers_are_ours() -> Iterator[None]:
    """Keeps the worker from firing timers by real time, as long as this connection lives."""
    patience = time.monotonic() + LOCK_PATIENCE_S
    while not sql.value("SELECT pg_try_advisory_lock(%s)", [TIMERS_LOCK]):
        if time.monotonic() > patience:
            raise Impossible("Another simulation is running, or the worker does not let go of the timers.")
        time.sleep(NAP_S)
    try:
        yield
    finally:
        sql.value("SELECT pg_advisory_unlock(%s)", [TIMERS_LOCK])


def span(
    days: float, since: datetime | None, now: datetime, last: datetime | None
) -> tuple[datetime, datetime]:
    """From when to when is played: never before the last act of an earlier run, never beyond now."""
    wanted = since or now - timedelta(days=days)
    start = max(wanted, last) if last else wanted
    end = min(now, wanted + timedelta(days=days))
    if start >= end:
        raise Impossible(
            f"There is nothing to play: the last act was on {timezone.localtime(start):%Y-%m-%d %H:%M}."
        )
    return start, end


def shortened(days: float, since: datetime | None, now: datetime, start: datetime, end: datetime) -> str:
    """Why less is played than was asked for; '' where nothing was cut."""
    if start <= (since or now - timedelta(days=days)):
        return ""
    return (
        f"Only {_length(end - start)} of the {_length(timedelta(days=days))} can be played: a run begins after the last "
        f"act on a case of an earlier run, and that was on {timezone.localtime(start):%Y-%m-%d %H:%M}. "
        "`./dev reset` begins anew."
    )


def _length(span: timedelta) -> str:
    for name, unit in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        count = span.total_seconds() / unit
        if count >= 1:
            return f"{round(count, 1):g} {name}" if round(count, 1) != 1 else f"1 {name[:-1]}"
    return f"{span.total_seconds():.0f} seconds"


def play_past(
    *,
    days: float,
    since: datetime | None,
    speed: float | None,
    reports_per_day: float,
    seed: int,
    say: Callable[[str], None],
) -> Play:
    """Plays days that have passed. The session commits without waiting for the disk; the data can be made again."""
    stop = Stop()
    now = timezone.now()
    start, end = span(days, since, now, last_act())
    if why := shortened(days, since, now, start, end):
        say(why)
    sql.execute("SET synchronous_commit = off")
    say(
        f"From {timezone.localtime(start):%Y-%m-%d %H:%M} to {timezone.localtime(end):%Y-%m-%d %H:%M}, seed {seed}."
    )
    with timers_are_ours(), stop.listening():
        play = Play(seed=seed, reports_per_day=reports_per_day, start=start)
        teller, pace = Teller(start, end, say), Pace(start, speed, stop)

        def before(at: datetime) -> bool:
            teller.tell(at, play.acts.total())
            return pace.wait(at)

        play.run(end, before)
        teller.end_line()
    summarise(play, time.monotonic() - teller.began, say)
    return play


def play_live(*, reports_per_day: float, seed: int, say: Callable[[str], None]) -> Play:
    """From now on in real time, until Ctrl-C; the worker fires the timers."""
    stop, start = Stop(), timezone.now()
    play = Play(seed=seed, reports_per_day=reports_per_day, start=start, ours_timers=False)
    pace, began = Pace(start, 1.0, stop), time.monotonic()
    first = timezone.localtime(play.agenda.next_at() or start)
    say(
        f"The city lives: about {reports_per_day:.0f} reports a day, hardly any at night; something happens "
        f"at {first:%H:%M}. Ctrl-C ends it."
    )

    def before(at: datetime) -> bool:
        if play.latest:
            say(play.latest)
            play.latest = ""
        return pace.wait(at)

    with stop.listening():
        play.run(start + timedelta(days=3660), before)
    summarise(play, time.monotonic() - began, say)
    return play


def summarise(play: Play, took: float, say: Callable[[str], None]) -> None:
    acts = play.acts.total()
    say(
        f"{acts} acts on {play.acts['report']} reports in {took:.1f} s ({acts / max(took, 0.001):.0f}/s), {play.timers} timers fired."
    )
    if acts:
        say("  " + ", ".join(f"{name} {count}" for name, count in play.acts.most_common()))
    if play.refused:
        say(
            "Refused, as people are now and then: "
            + ", ".join(f"{name} {count}" for name, count in play.refused.most_common())
        )
