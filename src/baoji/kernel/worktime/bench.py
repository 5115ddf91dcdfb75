"""How many deadlines a second: ours against a walk from day to day, the same arithmetic done plainly."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from time import perf_counter
from typing import Any

from baoji.kernel.worktime.calendar import MIDNIGHT, SHANGHAI, HoursPeriod, WorkCalendar

SPANS_S = {"minutes": (60, 3600), "days": (3600, 5 * 28800), "60 days": (5 * 28800, 60 * 28800)}
FLOOR_SHARE = 50  # the plain walk is slow: it gets one in so many

Task = tuple[datetime, int]


def plain_add(calendar: WorkCalendar, a: datetime, seconds: int) -> datetime:
    """The deadline by walking through the days; right where the clocks do not change."""
    day = a.astimezone(calendar.tz).date()
    while True:
        for start, end in calendar.spans_on(day):
            opens = max(a, datetime.combine(day, start, calendar.tz))
            last = day + timedelta(days=1) if end == MIDNIGHT else day
            here = (datetime.combine(last, end, calendar.tz) - opens).total_seconds()
            if here >= seconds:
                return opens + timedelta(seconds=seconds)
            seconds -= max(0, int(here))
        day += timedelta(days=1)


def made_up_calendar(seed: int = 1) -> WorkCalendar:
    """Winter and summer hours with random days off, for measuring only."""
    draw = Random(seed)
    winter = ((time(8), time(12)), (time(14), time(18)))
    summer = ((time(8), time(12)), (time(14, 30), time(18)))
    periods = [HoursPeriod(date(2015, 1, 1), None, winter)]
    periods += [HoursPeriod(date(y, 6, 1), date(y, 10, 1), summer) for y in range(2015, 2036)]
    days = [date(2015, 1, 1) + timedelta(days=draw.randrange(20 * 365)) for _ in range(20 * 30)]
    return WorkCalendar(periods, {day: "holiday" if day.weekday() < 5 else "workday" for day in days})


def bench_calendar(n: int, calendar: WorkCalendar | None = None, seed: int = 1) -> dict[str, Any]:
    """Times n deadlines in each band of spans. `errors` counts deadlines where the two ways differ."""
    calendar = calendar or made_up_calendar(seed)
    ours: dict[str, float] = {}
    plain: dict[str, float] = {}
    errors = 0
    for band, limits in SPANS_S.items():
        tasks = _tasks(Random(seed), n, limits)
        ours[band] = _per_second(calendar.add, tasks)
        few = tasks[: max(1, n // FLOOR_SHARE)]
        plain[band] = _per_second(lambda a, s: plain_add(calendar, a, s), few)
        errors += sum(calendar.add(a, s) != plain_add(calendar, a, s) for a, s in few)
    return {
        "name": "calendar",
        "ours": ours | {"lowest": min(ours.values())},
        "floor": plain,
        "ratio": {band: ours[band] / plain[band] for band in SPANS_S},
        "errors": errors,
    }


def _tasks(draw: Random, n: int, limits: tuple[int, int]) -> list[Task]:
    """Instants over three years, half as the database gives them (UTC) and half in local time."""
    start = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    zones = (UTC, SHANGHAI)
    return [
        (datetime.fromtimestamp(start + draw.randrange(3 * 365 * 86400), zones[i % 2]), draw.randint(*limits))
        for i in range(n)
    ]


def _per_second(add: Callable[[datetime, int], datetime], tasks: list[Task]) -> float:
    begun = perf_counter()
    for at, seconds in tasks:
        add(at, seconds)
    return len(tasks) / (perf_counter() - begun)
