"""How much happens when: the year, the week and the day of a city. Plain numbers of our choice."""

from collections.abc import Callable
from datetime import date
from math import exp
from random import Random

# Share of the reports by door; the rest of a hundred is the collectors'.
DOORS = {"collector": 62, "hotline": 17, "cleaner": 8, "citizen": 7, "officer": 6}
# Hours of the day (from, to, weight) in which each door reports.
HOURS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "collector": ((7.6, 11.8, 5), (11.8, 14, 1.2), (14, 18, 4.5), (18, 19.9, 1)),
    "officer": ((7.2, 12, 4), (14, 18, 4), (18, 21.9, 2)),
    "cleaner": ((5.1, 8, 4), (8, 12, 3), (13.1, 18, 3), (18, 20.8, 1)),
    "hotline": ((7, 9, 2), (9, 12, 5), (12, 14, 2), (14, 18, 5), (18, 22, 3), (22, 24, 0.7), (0, 7, 0.5)),
    "citizen": ((7, 9, 3), (9, 12, 3), (12, 14, 2.5), (14, 18, 3), (18, 23, 4), (23, 24, 0.4), (0, 7, 0.3)),
}
# Words in the name of an event's class: how common it is, and the months in which it is many times as common.
COMMON: tuple[tuple[str, float, tuple[int, ...], float], ...] = (
    ("暴露", 12, (), 1),
    ("积存", 6, (), 1),
    ("道路不洁", 9, (), 1),
    ("小广告", 10, (), 1),
    ("店外经营", 9, (), 1),
    ("占道经营", 8, (), 1),
    ("游商", 9, (5, 6, 7, 8, 9), 1.6),
    ("非机动车", 8, (), 1),
    ("机动车", 5, (), 1),
    ("乱堆", 6, (), 1),
    ("晾挂", 4, (5, 6, 7, 8, 9), 1.5),
    ("道路破损", 5, (2, 3), 1.6),
    ("焚烧", 1.5, (10, 11, 12, 1), 4),
    ("烧烤", 1, (5, 6, 7, 8, 9), 7),
    ("积雪", 0.02, (12, 1, 2), 150),
    ("积水", 0.6, (6, 7, 8, 9), 8),
    ("扬尘", 2.5, (3, 4, 5), 2),
    ("绿地脏乱", 3, (), 1),
    ("遗撒", 3, (), 1),
    ("噪音", 2, (6, 7, 8), 1.5),
    ("夜市", 2, (6, 7, 8, 9), 2),
    ("施工", 2, (), 1),
    ("病虫害", 0.4, (5, 6, 7), 4),
    ("医疗", 0.1, (), 1),
    ("填埋", 0.1, (), 1),
    ("屠宰", 0.1, (), 1),
    ("管道破裂", 0.3, (12, 1, 2), 2),
    ("塌陷", 0.3, (7, 8, 9), 2),
    ("绿化弃料", 2, (10, 11), 2),
)


def of_month(name: str, month: int) -> float:
    """How often events of a class turn up in a month, against 1 for a class nobody thought of."""
    for word, weight, months, factor in COMMON:
        if word in name:
            return weight * (factor if month in months else 1)
    return 1.0


def reports_on(day: date, a_day: float, is_workday: Callable[[date], bool], rng: Random) -> int:
    """How many reports a day brings: fewer on days off, more in spring and autumn; Poisson around that."""
    season = {1: 0.85, 2: 0.75, 3: 1.1, 4: 1.1, 5: 1.05, 9: 1.05, 10: 1.1, 12: 0.95}.get(day.month, 1.0)
    off = 1.08 if is_workday(day) else 0.78
    return poisson(a_day * season * off, rng)


def poisson(mean: float, rng: Random) -> int:
    if mean > 60:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    count, product, floor = 0, rng.random(), exp(-mean)
    while product > floor:
        count += 1
        product *= rng.random()
    return count


def second_of_day(door: str, rng: Random) -> float:
    spans = HOURS[door]
    start, end, _weight = rng.choices(spans, [weight for _a, _b, weight in spans])[0]
    return rng.uniform(start, end) * 3600


def a_door(rng: Random) -> str:
    return rng.choices(list(DOORS), list(DOORS.values()))[0]
