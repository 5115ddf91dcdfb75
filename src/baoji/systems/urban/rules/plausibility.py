"""核对: what does not fit together in what a phone said. Plain Python: numbers in, numbers out, never a judgement.

Places are degrees of CGCS2000 (WGS 84 is taken as the same), distances metres, spans seconds. A position is as exact as
it says: distances are counted less both inaccuracies, so that a poor fix finds nothing. A missing track says nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from baoji.kernel.maps.coordinates import metres

Numbers = dict[str, int]
# What a look finds, in the order in which a person would want to read it.
KINDS = (
    "speed",
    "jump",
    "far",
    "short",
    "early",
    "old_fix",
    "static",
    "accuracy",
    "skew",
    "gap",
    "sample",
    "no_track",
)
UNKNOWN = frozenset({"no_track"})  # nothing follows from these
SETTLED = frozenset(
    {"short", "no_track", "gap"}
)  # only once late tracks and envelopes have had time to arrive
LEAST_APART_M = 200  # nearer than this no speed is computed: two fixes of one place wander about


@dataclass(frozen=True)
class Limits:
    """The numbers that the city holds against (policy `plausibility`); metres, km/h, seconds, minutes."""

    speed_kmh: int = 90
    jump_m: int = 500
    far_m: int = 100
    place_m: int = 60
    stay_s: int = 30
    static_min: int = 45
    static_points: int = 60
    accuracy_points: int = 60
    accuracy_walked_m: int = 500
    skew_s: int = 120
    early_s: int = 120
    fix_s: int = 120
    gap_min: int = 10


class Fix(NamedTuple):
    """Where a phone said to be."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float = 0.0


@dataclass(frozen=True)
class Shot:
    """A photo by its envelope: `at` by the phone's clock, which was `skew_s` ahead of the server's; `issued_at` of its
    ticket and `received_at` bound the moment of signing."""

    at: datetime
    received_at: datetime
    fix: Fix | None = None
    skew_s: float = 0.0
    issued_at: datetime | None = None

    @property
    def by_our_clock(self) -> datetime:
        return self.at - timedelta(seconds=self.skew_s)


@dataclass(frozen=True)
class Capture:
    """What one delivery brought, and what is known around it."""

    shots: Sequence[Shot]
    before: Shot | None = None  # the same phone's last photo before these
    target: tuple[float, float] | None = None  # where the component or the case lies
    asked_at: datetime | None = None
    track: Sequence[Fix] = field(default_factory=list)
    on_duty: bool = False
    missing: tuple[int, int] | None = None  # envelope numbers that never came, before the first of these
    by_hand: bool = False  # the target was pressed on the map by whoever reported it


class Found(NamedTuple):
    kind: str
    at: datetime
    facts: Numbers


def look(capture: Capture, limits: Limits, *, settled: bool = True) -> list[Found]:
    """What does not fit, each kind once, the worst of it. `settled`: late tracks have had their time."""
    if not capture.shots:
        return []
    found = [test(capture, limits) for kind, test in TESTS.items() if settled or kind not in SETTLED]
    return [one for one in found if one is not None]


def look_at_track(track: Sequence[Fix], limits: Limits) -> list[Found]:
    """What does not fit within one person's positions of a day."""
    steps = sorted(set(track))
    found = (test(steps, limits) for test in (jump, static, constant_accuracy))
    return [one for one in found if one is not None]


def apart_m(a: Fix, b: Fix) -> float:
    """How far apart two fixes are at the least."""
    return max(0.0, metres((a.lon, a.lat), (b.lon, b.lat)) - a.accuracy_m - b.accuracy_m)


def kmh(distance_m: float, seconds: float) -> float:
    """Within one second nobody is at two places: such a span counts as one second."""
    return distance_m / max(1.0, seconds) * 3.6


def _move(a: Fix, b: Fix) -> Numbers:
    far, seconds = apart_m(a, b), abs((b.at - a.at).total_seconds())
    return {"metres": round(far), "seconds": round(seconds), "kmh": round(kmh(far, seconds))}


# Of a delivery --------------------------------------------------------------------


def speed(capture: Capture, limits: Limits) -> Found | None:
    """两次拍照之间: faster than anybody goes."""
    shots = sorted([shot for shot in (capture.before, *capture.shots) if shot is not None], key=_when)
    fixes = [shot.fix for shot in shots if shot.fix is not None]
    moves = [(_move(a, b), b.at) for a, b in pairwise(fixes)]
    over = [
        (move, at) for move, at in moves if move["metres"] >= LEAST_APART_M and move["kmh"] > limits.speed_kmh
    ]
    if not over:
        return None
    worst, at = max(over, key=lambda pair: pair[0]["kmh"])
    return Found("speed", at, {**worst, "limit_kmh": limits.speed_kmh})


def _when(shot: Shot) -> datetime:
    return shot.fix.at if shot.fix is not None else shot.at


def far(capture: Capture, limits: Limits) -> Found | None:
    """离对象远: even the nearest photo was taken far from what it is about."""
    fixes = [shot.fix for shot in capture.shots if shot.fix is not None]
    if capture.target is None or not fixes:
        return None
    target = capture.target
    nearest = min(fixes, key=lambda fix: metres((fix.lon, fix.lat), target) - fix.accuracy_m)
    away = metres((nearest.lon, nearest.lat), target)
    if away - nearest.accuracy_m <= limits.far_m:
        return None
    facts = {"metres": round(away), "accuracy_m": round(nearest.accuracy_m), "limit_m": limits.far_m}
    if capture.by_hand:
        facts["by_hand"] = 1  # a remark: it is as far as it is
    return Found("far", nearest.at, facts)


def short(capture: Capture, limits: Limits) -> Found | None:
    """在场时间短: the longest it can have been, between the last position elsewhere before and the first one after.

    Only where the track is dense all the while; with a gap in it nothing is known.
    """
    fixes = [shot.fix for shot in capture.shots if shot.fix is not None]
    if not fixes:
        return None
    longest = [_stay(fix, sorted(set(capture.track)), limits) for fix in fixes]
    if any(span is None for span in longest):
        return None
    seconds = max(span for span in longest if span is not None)
    if seconds >= limits.stay_s:
        return None
    return Found(
        "short",
        fixes[0].at,
        {"seconds": round(seconds), "metres": limits.place_m, "limit_seconds": limits.stay_s},
    )


def _stay(place: Fix, track: list[Fix], limits: Limits) -> float | None:
    """The longest stay that the track allows, in seconds; None where it does not say."""
    radius = limits.place_m + place.accuracy_m
    outside = [
        n
        for n, fix in enumerate(track)
        if metres((fix.lon, fix.lat), (place.lon, place.lat)) - fix.accuracy_m > radius
    ]
    before = max((n for n in outside if track[n].at <= place.at), default=None)
    after = min((n for n in outside if track[n].at > place.at), default=None)
    if before is None or after is None:
        return None
    within = track[before : after + 1]
    if any(b.at - a.at > timedelta(minutes=limits.gap_min) for a, b in pairwise(within)):
        return None
    return (within[-1].at - within[0].at).total_seconds()


def early(capture: Capture, limits: Limits) -> Found | None:
    """在任务之前拍的: by the phone's clock, set right, and unless its ticket proves otherwise."""
    if capture.asked_at is None:
        return None
    asked = capture.asked_at
    shots = [shot for shot in capture.shots if shot.issued_at is None or shot.issued_at < asked]
    first = min(shots, key=lambda shot: shot.by_our_clock, default=None)
    if first is None:
        return None
    seconds = (asked - first.by_our_clock).total_seconds()
    if seconds <= limits.early_s:
        return None
    return Found("early", first.at, {"seconds": round(seconds), "limit_seconds": limits.early_s})


def old_fix(capture: Capture, limits: Limits) -> Found | None:
    """位置旧: the position on a photo was measured long before it was taken; its holder may have gone on since."""
    worst = max(capture.shots, key=lambda shot: _fix_age(shot, limits))
    seconds = _fix_age(worst, limits)
    if seconds <= limits.fix_s:
        return None
    return Found("old_fix", worst.at, {"seconds": round(seconds), "limit_seconds": limits.fix_s})


def _fix_age(shot: Shot, limits: Limits) -> float:
    """The least it can be, in seconds: a phone names the time of a position by its own clock or by the satellites'."""
    if shot.fix is None:
        return 0.0
    ages = ((at - shot.fix.at).total_seconds() for at in (shot.at, shot.by_our_clock))
    return min((age for age in ages if age >= -limits.fix_s), default=0.0)


def skew(capture: Capture, limits: Limits) -> Found | None:
    """手机时钟不准: measured at its last contact, or outside the window between ticket and arrival; + is ahead."""
    worst = max(capture.shots, key=lambda shot: abs(_off(shot)))
    seconds = _off(worst)
    if abs(seconds) <= limits.skew_s:
        return None
    return Found("skew", worst.at, {"seconds": round(seconds), "limit_seconds": limits.skew_s})


def _off(shot: Shot) -> float:
    ahead = max(0.0, (shot.at - shot.received_at).total_seconds())
    behind = max(0.0, (shot.issued_at - shot.at).total_seconds()) if shot.issued_at else 0.0
    return max((shot.skew_s, ahead, -behind), key=abs)


def gap(capture: Capture, limits: Limits) -> Found | None:
    """信封编号有缺: the phone counted further than what came."""
    if capture.missing is None:
        return None
    first, last = capture.missing
    facts = {"first": first, "last": last, "n": last - first + 1}
    return Found("gap", min(shot.at for shot in capture.shots), facts)


def no_track(capture: Capture, limits: Limits) -> Found | None:
    """前后没有轨迹: unknown where the phone was around this; the app may have been closed."""
    span = timedelta(minutes=limits.gap_min)
    shot = min(capture.shots, key=_when)
    if any(abs(fix.at - _when(shot)) <= span for fix in capture.track):
        return None
    return Found("no_track", shot.at, {"minutes": limits.gap_min, "on_duty": int(capture.on_duty)})


TESTS: dict[str, Callable[[Capture, Limits], Found | None]] = {
    "speed": speed,
    "far": far,
    "short": short,
    "early": early,
    "old_fix": old_fix,
    "skew": skew,
    "gap": gap,
    "no_track": no_track,
}


# Of a day's track -------------------------------------------------------------------


def jump(track: Sequence[Fix], limits: Limits) -> Found | None:
    """轨迹跳跃: from one position to the next faster than anybody goes."""
    over = [
        (move, b.at)
        for move, b in ((_move(a, b), b) for a, b in pairwise(track))
        if move["metres"] >= limits.jump_m and move["kmh"] > limits.speed_kmh
    ]
    if not over:
        return None
    worst, at = max(over, key=lambda pair: pair[0]["kmh"])
    return Found("jump", at, {**worst, "n": len(over), "limit_kmh": limits.speed_kmh})


def static(track: Sequence[Fix], limits: Limits) -> Found | None:
    """位置长时间不变: the same to the last digit; a satellite receiver wanders about even where it lies."""
    longest = max(_runs(track), key=lambda run: run[-1].at - run[0].at, default=None)
    if longest is None or len(longest) < limits.static_points:
        return None
    minutes = (longest[-1].at - longest[0].at) / timedelta(minutes=1)
    if minutes < limits.static_min:
        return None
    facts = {"minutes": round(minutes), "points": len(longest), "limit_minutes": limits.static_min}
    return Found("static", longest[0].at, facts)


def _runs(track: Sequence[Fix]) -> Iterator[list[Fix]]:
    """Positions that follow each other at exactly one place."""
    run: list[Fix] = []
    for fix in track:
        if run and (fix.lon, fix.lat) != (run[-1].lon, run[-1].lat):
            yield run
            run = []
        run.append(fix)
    if run:
        yield run


def constant_accuracy(track: Sequence[Fix], limits: Limits) -> Found | None:
    """定位误差始终相同: though its holder went a good way, the phone always knew it equally well."""
    if len(track) < limits.accuracy_points or len({fix.accuracy_m for fix in track}) != 1:
        return None
    walked = sum(metres((a.lon, a.lat), (b.lon, b.lat)) for a, b in pairwise(track))
    if walked < limits.accuracy_walked_m:
        return None
    facts = {
        "points": len(track),
        "metres": round(walked),
        "accuracy_dm": round(track[0].accuracy_m * 10),
        "limit_points": limits.accuracy_points,
    }
    return Found("accuracy", track[0].at, facts)
