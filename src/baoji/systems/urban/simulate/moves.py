"""What somebody is going to do about a case, and what a person who decides it looks at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from baoji.kernel.flow import clockwork
from baoji.kernel.flow.models import Case
from baoji.kernel.worktime.limits import Measure, measure_for
from baoji.systems.urban.simulate.town import Town

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Life:
    """What the simulation knows of a case that the case itself does not say. `epoch` counts the steps it has seen."""

    case: Case
    extra: dict[str, Any]
    scene: str
    true_class: tuple[str, str] = ("event", "")
    twin_of: str = ""
    is_stubborn: bool = False
    thing: str = ""
    wrong_body: bool = False
    epoch: int = 0
    refusals: int = 0


@dataclass
class Look:
    """A moment in which somebody looks at a case."""

    life: Life
    now: datetime
    rng: Random
    town: Town

    @property
    def case(self) -> Case:
        return self.life.case

    @property
    def is_loud(self) -> bool:
        return self.case.severity == "critical"

    @property
    def measure(self) -> Measure:
        return measure_for(clockwork.limit_of(self.case).measure, self.town.calendar)

    def happens(self, share: float) -> bool:
        return self.rng.random() < share

    def in_minutes(self, median: float, spread: float = 0.7) -> datetime:
        """A human delay: mostly about the median, sometimes several times as long."""
        return self.now + MINUTE * (median * self.rng.lognormvariate(0, spread))

    def in_office(self, median: float, spread: float = 0.7) -> datetime:
        """The same for people who keep office hours; the loud kind does not wait for them."""
        at = self.in_minutes(median, spread)
        return at if self.is_loud else self.town.office(at, self.rng)

    def say(self, sentences: tuple[str, ...]) -> str:
        return self.rng.choice(sentences)


Fill = Callable[[Look], dict[str, Any] | None]


@dataclass
class Move:
    """One act to come. `by` is a post's kind or one of @body, @crew, @asked, @reporter, @fresh:KIND (nobody who was involved).

    `fill` works out facts when the time has come; None from it means: not after all. A `side` move does not carry the
    case on, so nobody plans anew when it is refused. An empty act means: look again.
    """

    at: datetime
    act: str = ""
    by: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    fill: Fill | None = None
    photos: int = 0
    shows_done: bool = False
    side: bool = False


Plan = list[Move]
