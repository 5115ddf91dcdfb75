"""当班: from when to when, by what was pressed. The same presses give the same shifts, in whatever order they arrive."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

STEP = timedelta(milliseconds=1)  # between two presses of one phone whose clock cannot tell them apart


class Press(NamedTuple):
    """上班 (`begins`) or 下班, at the time that counts."""

    at: datetime
    begins: bool


class Shift(NamedTuple):
    """`end` is None while it lasts; `by_rule`: nobody said 下班, and the longest time was over."""

    start: datetime
    end: datetime | None
    by_rule: bool = False


def time_of(
    said: datetime | None,
    now: datetime,
    *,
    issued: datetime | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
) -> datetime:
    """The time that counts for a press that arrived at `now`: the phone's word as far as nothing known speaks against it.

    Never after the arrival, never before the ticket that the phone held was `issued`, and between the presses that the
    phone names as the one `after` which and `before` which it came; where these contradict, that order holds. `said` is
    None for a clock that cannot be believed.
    """
    latest = now if before is None else min(now, before - STEP)
    at = min(latest if said is None else said, latest)
    if issued is not None and issued <= latest:
        at = max(at, issued)
    return at if after is None else max(at, after + STEP)


def shifts(presses: Iterable[Press], now: datetime, longest: timedelta) -> list[Shift]:
    """The shifts that these presses make, the first first. Who is on duty already goes on; 下班 without 上班 ends nothing.

    The longest time runs from the last 上班.
    """
    found: list[Shift] = []
    start: datetime | None = None
    limit = now
    for press in sorted(presses, key=lambda one: (one.at, not one.begins)):
        if start is not None and press.at > limit:
            found.append(Shift(start, limit, by_rule=True))
            start = None
        if press.begins:
            start, limit = start or press.at, press.at + longest
        elif start is not None:
            found.append(Shift(start, press.at))
            start = None
    if start is not None:
        over = now > limit
        found.append(Shift(start, limit if over else None, by_rule=over))
    return found


def covering(found: Iterable[Shift], at: datetime) -> Shift | None:
    """The shift that a moment falls into, its ends included."""
    return next((one for one in found if one.start <= at and (one.end is None or at <= one.end)), None)
