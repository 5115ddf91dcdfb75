"""The clock of one limit: what has been used, what is left, when it is due. Times come in as arguments."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, Self

from baoji.kernel.worktime.calendar import WorkCalendar
from baoji.kernel.worktime.limits import Limit, MeasureKind, measure_for

NEAR_SHARE: Final = 0.2  # our choice: yellow once a fifth of the limit is left

Light = Literal["green", "yellow", "red"]


class ClockError(ValueError):
    """Started while running, or stopped while standing: the caller has lost track of the clock."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds are of the clock's own measure. `since` is set while it runs; an instant earlier than `since`
    (the machine's clock was set back) counts as `since`."""

    measure: MeasureKind
    limit_s: int
    used_s: int = 0  # counted up to the last stop
    since: datetime | None = None
    credit_s: int = 0  # reviewers' time given back and not yet taken off what was used

    @classmethod
    def fresh(cls, limit: Limit, at: datetime | None = None) -> Self:
        """A new limit, running from `at` if given; also after an upheld return or an arbitration."""
        return cls(measure=limit.measure, limit_s=limit.seconds, since=at)

    @property
    def runs(self) -> bool:
        return self.since is not None

    def start(self, at: datetime) -> Self:
        if self.since is not None:
            raise ClockError("the clock is running already")
        return replace(self, since=at)

    def stop(self, calendar: WorkCalendar, at: datetime) -> Self:
        if self.since is None:
            raise ClockError("the clock is standing already")
        return replace(self, used_s=self.used_s + self._ran(calendar, self.since, at), since=None)

    def settle(self) -> Self:
        """Reviewers' time is taken off what was used, as it is charged; the due instant stays."""
        return replace(self, used_s=self.used_s - self.credit_s, credit_s=0)

    def pause(self, calendar: WorkCalendar, at: datetime) -> Self:
        """挂账 begins: what was used stays used."""
        return self.stop(calendar, at)

    def resume(self, at: datetime) -> Self:
        """挂账 ends: the clock goes on where it was paused."""
        return self.start(at)

    def reopen(self, calendar: WorkCalendar, at: datetime, stopped_at: datetime, credit_s: int = 0) -> Self:
        """Go on as if never stopped at `stopped_at`: the answer counts as never given.

        `credit_s` is reviewers' time beyond their own limits, in this clock's measure; no more is given
        back than has passed since the answer.
        """
        passed = self._ran(calendar, stopped_at, at)
        credit = min(max(credit_s, 0), passed)
        running = self.start(at)
        return replace(running, used_s=self.used_s + passed, credit_s=self.credit_s + credit)

    def extend(self, seconds: int) -> Self:
        if seconds <= 0:
            raise ValueError(f"an extension must be more than nothing: {seconds} s")
        return replace(self, limit_s=self.limit_s + seconds)

    def spent(self, calendar: WorkCalendar, at: datetime) -> int:
        """Seconds charged up to `at`, reviewers' time taken off."""
        running = self._ran(calendar, self.since, at) if self.since else 0
        return self.used_s + running - self.credit_s

    def left(self, calendar: WorkCalendar, at: datetime) -> int:
        """Seconds left of the limit; negative once overdue."""
        return self.limit_s - self.spent(calendar, at)

    def instant_at(self, calendar: WorkCalendar, spent_s: int) -> datetime | None:
        """When `spent_s` seconds will have been (or were) charged: milestones, twice overdue and the like.

        None while the clock stands.
        """
        if self.since is None:
            return None
        ahead = spent_s + self.credit_s - self.used_s
        return measure_for(self.measure, calendar).add(self.since, ahead)

    def due_at(self, calendar: WorkCalendar) -> datetime | None:
        return self.instant_at(calendar, self.limit_s)

    def near_at(self, calendar: WorkCalendar, share: float = NEAR_SHARE) -> datetime | None:
        """When `share` of the limit will be left."""
        return self.instant_at(calendar, self.limit_s - round(self.limit_s * share))

    def _ran(self, calendar: WorkCalendar, start: datetime, end: datetime) -> int:
        return max(0, measure_for(self.measure, calendar).between(start, end))


def light(now: datetime, due_at: datetime | None, near_at: datetime | None) -> Light | None:
    """None for a clock that stands; red only after the due instant, so an answer at that instant is in time."""
    if due_at is None:
        return None
    if now > due_at:
        return "red"
    return "yellow" if near_at is not None and now >= near_at else "green"
