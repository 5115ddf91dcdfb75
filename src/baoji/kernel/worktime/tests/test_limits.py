from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from baoji.kernel.worktime.limits import PLAIN_TIME, Limit, LimitUnit, MeasureKind, measure_for
from baoji.kernel.worktime.tests.town_hours import at, town_calendar


@pytest.mark.parametrize(
    ("value", "unit", "seconds", "measure"),
    [
        (2, "urgent_hour", 7200, MeasureKind.CLOCK),
        (1, "urgent_day", 86400, MeasureKind.CLOCK),
        (4, "work_hour", 14400, MeasureKind.WORK),
        (5, "work_day", 144000, MeasureKind.WORK),
        (0.5, "work_day", 14400, MeasureKind.WORK),
        (Decimal("0.1"), "work_hour", 360, MeasureKind.WORK),
    ],
)
def test_a_limit_in_seconds(value: Decimal | float, unit: str, seconds: int, measure: MeasureKind) -> None:
    limit = Limit(value, LimitUnit(unit))
    assert (limit.seconds, limit.measure) == (seconds, measure)


@pytest.mark.parametrize("value", [0, -1, Decimal("NaN"), float("inf")])
def test_a_limit_of_nothing_is_refused(value: float) -> None:
    with pytest.raises(ValueError):
        Limit(value, LimitUnit.WORK_DAY)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError):
        Limit(1, "fortnight")  # type: ignore[arg-type]


def test_two_hours_for_a_missing_cover_run_over_the_weekend() -> None:
    urgent = measure_for(MeasureKind.CLOCK, town_calendar())
    office = measure_for(MeasureKind.WORK, town_calendar())
    saturday = at("03-08 23:00")
    assert urgent.add(saturday, 7200) == at("03-09 01:00")
    assert office.add(saturday, 7200) == at("03-10 10:00")
    assert urgent.between(saturday, at("03-09 01:00")) == 7200
    assert office.between(saturday, at("03-09 01:00")) == 0


def test_plain_time_is_not_fooled_by_the_wall_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2025, 3, 30, 1, 30, tzinfo=berlin)
    assert PLAIN_TIME.add(before, 3600) == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert PLAIN_TIME.between(before, PLAIN_TIME.add(before, 3600)) == 3600
