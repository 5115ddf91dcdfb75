"""Time limits as the rules write them, and the two ways of measuring them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, Protocol

from baoji.kernel.worktime.calendar import WorkCalendar, epoch

WORK_DAY_HOURS: Final = 8  # 工作日 = 8 工作时, whatever the season's office hours


class LimitUnit(StrEnum):
    URGENT_HOUR = "urgent_hour"  # 紧急工作时: an hour by the clock, day and night
    URGENT_DAY = "urgent_day"  # 紧急工作日: 24 hours by the clock
    WORK_HOUR = "work_hour"  # 工作时: an hour of office time
    WORK_DAY = "work_day"  # 工作日: eight hours of office time


class MeasureKind(StrEnum):
    CLOCK = "clock"
    WORK = "work"


SECONDS: Final = {
    LimitUnit.URGENT_HOUR: 3600,
    LimitUnit.URGENT_DAY: 24 * 3600,
    LimitUnit.WORK_HOUR: 3600,
    LimitUnit.WORK_DAY: WORK_DAY_HOURS * 3600,
}
MEASURES: Final = {
    LimitUnit.URGENT_HOUR: MeasureKind.CLOCK,
    LimitUnit.URGENT_DAY: MeasureKind.CLOCK,
    LimitUnit.WORK_HOUR: MeasureKind.WORK,
    LimitUnit.WORK_DAY: MeasureKind.WORK,
}


@dataclass(frozen=True, slots=True)
class Limit:
    value: Decimal | float | int
    unit: LimitUnit

    def __post_init__(self) -> None:
        exact = Decimal(str(self.value))
        if not exact.is_finite() or exact <= 0:
            raise ValueError(f"a limit must be more than nothing: {self.value}")
        object.__setattr__(self, "unit", LimitUnit(self.unit))

    @property
    def seconds(self) -> int:
        return int((Decimal(str(self.value)) * SECONDS[self.unit]).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def measure(self) -> MeasureKind:
        return MEASURES[self.unit]


class Measure(Protocol):
    def between(self, a: datetime, b: datetime) -> int:
        """Seconds from a to b, negative when b is before a."""
        ...

    def add(self, a: datetime, seconds: int) -> datetime:
        """The earliest instant with that many seconds from a; a itself for zero."""
        ...


class PlainTime:
    """Seconds by the clock, day and night; fractions of a second are dropped as in working time."""

    def between(self, a: datetime, b: datetime) -> int:
        return epoch(b) - epoch(a)

    def add(self, a: datetime, seconds: int) -> datetime:
        return datetime.fromtimestamp(epoch(a) + seconds, a.tzinfo) if seconds else a


@dataclass(frozen=True, slots=True)
class OfficeTime:
    calendar: WorkCalendar

    def between(self, a: datetime, b: datetime) -> int:
        return self.calendar.seconds_between(a, b)

    def add(self, a: datetime, seconds: int) -> datetime:
        return self.calendar.add(a, seconds)


PLAIN_TIME: Final = PlainTime()


def measure_for(kind: MeasureKind, calendar: WorkCalendar) -> Measure:
    return PLAIN_TIME if kind is MeasureKind.CLOCK else OfficeTime(calendar)
