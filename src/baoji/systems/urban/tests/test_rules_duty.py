"""From presses to shifts: plain rules, whatever the order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baoji.systems.urban.rules.duty import STEP, Press, Shift, covering, shifts, time_of

DAY = datetime(2026, 3, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONGEST = 16 * HOUR


def at(hour: float) -> datetime:
    return DAY + hour * HOUR


def made(*presses: tuple[float, str], now: float = 100) -> list[tuple[float, float | None, bool]]:
    found = shifts([Press(at(hour), act == "on") for hour, act in presses], at(now), LONGEST)
    return [((a - DAY) / HOUR, (b - DAY) / HOUR if b else None, rule) for a, b, rule in found]


@pytest.mark.parametrize(
    ("presses", "now", "wanted"),
    [
        ([(8, "on")], 9, [(8, None, False)]),
        ([(8, "on"), (17, "off")], 18, [(8, 17, False)]),
        ([(8, "on"), (9, "on"), (17, "off"), (17.5, "off")], 18, [(8, 17, False)]),
        ([(17, "off")], 18, []),
        ([(8, "on"), (12, "off"), (13, "on")], 14, [(8, 12, False), (13, None, False)]),
        ([(8, "on")], 30, [(8, 24, True)]),
        ([(8, "on"), (25, "off")], 30, [(8, 24, True)]),
        ([(8, "on"), (24, "off")], 30, [(8, 24, False)]),
        ([(8, "on"), (20, "on")], 30, [(8, None, False)]),  # the longest time runs from the last 上班
        ([(8, "on"), (26, "on")], 30, [(8, 24, True), (26, None, False)]),
        ([(8, "on"), (8, "off")], 30, [(8, 8, False)]),
    ],
)
def test_shifts(
    presses: list[tuple[float, str]], now: float, wanted: list[tuple[float, float | None, bool]]
) -> None:
    assert made(*presses, now=now) == wanted
    assert made(*reversed(presses), now=now) == wanted


@given(
    presses=st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["on", "off"])), max_size=12),
    now=st.integers(90, 200),
)
def test_shifts_never_overlap_last_too_long_or_end_before_they_begin(
    presses: list[tuple[float, str]], now: float
) -> None:
    found = made(*presses, now=now)
    for (_start, end, _rule), (start, _end, _other) in pairwise(found):
        assert end is not None and end <= start
    begun = [hour for hour, act in presses if act == "on"]
    for start, end, rule in found:
        assert start in begun
        last = max(hour for hour in begun if start <= hour <= (now if end is None else end))
        assert (now if end is None else end) - last <= 16
        assert end is None or start <= end <= now
        assert not rule or end == last + 16
    assert sum(end is None for _start, end, _rule in found) <= 1


@pytest.mark.parametrize(
    ("said", "more", "counts"),
    [
        (8, {}, at(8)),
        (None, {}, at(18)),  # a clock that cannot be believed: the arrival
        (19, {}, at(18)),  # never after the arrival
        (3, {"issued": at(7)}, at(7)),  # never before the ticket that the phone held
        (8, {"issued": at(20)}, at(8)),  # no ticket comes from the future
        (8, {"after": at(9)}, at(9) + STEP),
        (18, {"after": at(18)}, at(18) + STEP),
        (12, {"before": at(9)}, at(9) - STEP),
        (None, {"before": at(9)}, at(9) - STEP),
        (12, {"before": at(9), "issued": at(10)}, at(9) - STEP),
        (12, {"before": at(9), "after": at(9)}, at(9) + STEP),
    ],
)
def test_the_time_that_counts(said: float | None, more: dict[str, datetime], counts: datetime) -> None:
    claimed = None if said is None else at(said)
    assert time_of(claimed, at(18), **more) == counts


def test_which_shift_a_moment_falls_into() -> None:
    one, two = Shift(at(8), at(12)), Shift(at(13), None)
    assert [covering([one, two], at(hour)) for hour in (7, 8, 12, 12.5, 13, 99)] == [
        None,
        one,
        one,
        None,
        two,
        two,
    ]
