"""How the score counts. Plain Python over facts taken from flow records; nothing is typed in by anybody.

Names and formulas follow the indicators of GB/T 30428.4 as used by cities (see docs/systems/urban.md); every rate is
kept as numerator and denominator. A case belongs to the period in which its deadline falls, so months add up; what
has been done about it is looked at as of one instant, as a rule now.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Facts:
    """A scored case: whose it is, its deadlines, and when it was answered (for good) and closed.

    `n` cases may stand together where every comparison that the tests below make comes out alike for them;
    `used_s` is then their sum.
    """

    due_at: datetime
    close_due_at: datetime
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    reworked: bool = False
    critical: bool = False
    exempt: bool = False
    deferred: bool = False
    used_s: int = 0
    n: int = 1

    @property
    def counts(self) -> bool:
        """缓办 leaves the denominator; a granted appeal exempts, though the overdue fact stays to be seen."""
        return not (self.exempt or self.deferred)


@dataclass(frozen=True)
class Period:
    """Half-open; `as_of` is the last instant that is looked at."""

    start: datetime
    end: datetime
    as_of: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def seen(self, at: datetime | None) -> bool:
        return at is not None and at <= self.as_of


Test = Callable[[Facts, Period], bool]


def need_dispose(f: Facts, p: Period) -> bool:
    """应处置: the body's deadline falls into the period, and has passed or was met early."""
    return f.counts and p.holds(f.due_at) and (f.due_at <= p.as_of or p.seen(f.answered_at))


def disposed(f: Facts, p: Period) -> bool:
    return need_dispose(f, p) and p.seen(f.answered_at)


def in_time(f: Facts, p: Period) -> bool:
    return disposed(f, p) and f.answered_at is not None and f.answered_at <= f.due_at


def overdue_disposed(f: Facts, p: Period) -> bool:
    return disposed(f, p) and not in_time(f, p)


def overdue_undone(f: Facts, p: Period) -> bool:
    return need_dispose(f, p) and not p.seen(f.answered_at)


def overdue(f: Facts, p: Period) -> bool:
    """超期, answered since or not."""
    return need_dispose(f, p) and not in_time(f, p)


def need_close(f: Facts, p: Period) -> bool:
    """应结案: limit plus the limits of review, check and closing fall into the period."""
    return f.counts and p.holds(f.close_due_at) and (f.close_due_at <= p.as_of or p.seen(f.closed_at))


def closed(f: Facts, p: Period) -> bool:
    return need_close(f, p) and p.seen(f.closed_at)


def closed_in_time(f: Facts, p: Period) -> bool:
    return closed(f, p) and f.closed_at is not None and f.closed_at <= f.close_due_at


def closed_late(f: Facts, p: Period) -> bool:
    return closed(f, p) and not closed_in_time(f, p)


def reworked(f: Facts, p: Period) -> bool:
    return disposed(f, p) and f.reworked


def critical_disposed(f: Facts, p: Period) -> bool:
    return disposed(f, p) and f.critical


def exempted(f: Facts, p: Period) -> bool:
    return f.exempt and p.holds(f.due_at)


def deferred(f: Facts, p: Period) -> bool:
    return f.deferred and not f.exempt and p.holds(f.due_at)


FIGURES: dict[str, Test] = {
    "need_dispose": need_dispose,
    "disposed": disposed,
    "in_time": in_time,
    "overdue_disposed": overdue_disposed,
    "overdue_undone": overdue_undone,
    "overdue": overdue,
    "need_close": need_close,
    "closed": closed,
    "closed_in_time": closed_in_time,
    "closed_late": closed_late,
    "reworked": reworked,
    "critical_disposed": critical_disposed,
    "exempted": exempted,
    "deferred": deferred,
}
# rate → (numerator, denominator)
RATES = {
    "dispose_rate": ("disposed", "need_dispose"),
    "in_time_rate": ("in_time", "need_dispose"),
    "overdue_rate": ("overdue", "need_dispose"),
    "close_rate": ("closed", "need_close"),
    "close_in_time_rate": ("closed_in_time", "need_close"),
    "close_late_rate": ("closed_late", "need_close"),
    "rework_rate": ("reworked", "disposed"),
    "return_rate": ("returned", "need_dispose"),
    "satisfied_rate": ("satisfied", "graded"),
}
# What reporters said of closed cases (满意度): the last word of each, and how many were ever called not fixed. Shown, not weighed.
VOICES = (
    "graded_very_good",
    "graded_good",
    "graded_fair",
    "graded_poor",
    "graded_not_fixed",
    "graded",
    "satisfied",
    "said_not_fixed",
)
GRADES = {"A": 0.9, "B": 0.8, "C": 0.6}  # ours; editable as the policy `grades`
LOWEST = "D"


@dataclass
class Row:
    """The figures of one object. `returned` counts acts of returning, not cases; those of `VOICES` count grades."""

    code: str
    name: str
    counts: dict[str, int]
    used_s: int = 0
    critical_used_s: int = 0

    def rate(self, name: str) -> tuple[int, int]:
        top, bottom = RATES[name]
        return self.counts.get(top, 0), self.counts.get(bottom, 0)

    def share(self, name: str) -> float | None:
        top, bottom = self.rate(name)
        return top / bottom if bottom else None

    @property
    def average_s(self) -> float | None:
        return self.used_s / self.counts["disposed"] if self.counts.get("disposed") else None

    @property
    def critical_average_s(self) -> float | None:
        n = self.counts.get("critical_disposed")
        return self.critical_used_s / n if n else None


def tally(
    code: str,
    name: str,
    facts: Iterable[Facts],
    period: Period,
    returned: int = 0,
    voices: Mapping[str, int] | None = None,
) -> Row:
    """`voices` are counts of `VOICES`, which no case's facts hold."""
    row = Row(code, name, dict.fromkeys((*FIGURES, *VOICES), 0) | {"returned": returned} | dict(voices or {}))
    for one in facts:
        for figure, test in FIGURES.items():
            if test(one, period):
                row.counts[figure] += one.n
        if disposed(one, period):
            row.used_s += one.used_s
            row.critical_used_s += one.used_s if one.critical else 0
    return row


def grade(share: float | None, grades: Mapping[str, float] = GRADES) -> str:
    """The grade of an in-time rate; '' where nothing was due."""
    if share is None:
        return ""
    best_first = sorted(grades.items(), key=lambda pair: -pair[1])
    return next((letter for letter, least in best_first if share >= least), LOWEST)
