"""What 核对 finds and, more important, what it does not: a poor fix, a gap, a walk, a late delivery find nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baoji.systems.urban.rules.plausibility import (
    KINDS,
    Capture,
    Fix,
    Limits,
    Shot,
    look,
    look_at_track,
)

NOW = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
HERE = (107.1485, 34.3605)
METRE = 1 / 111_320  # degrees of latitude
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LIMITS = Limits()


def fix(seconds: float = 0, north_m: float = 0, accuracy_m: float = 5) -> Fix:
    return Fix(NOW + seconds * SECOND, HERE[0], HERE[1] + north_m * METRE, accuracy_m)


def shot(seconds: float = 0, north_m: float = 0, accuracy_m: float = 5, **more: object) -> Shot:
    """A photo at a place, which arrived a minute later."""
    at = NOW + seconds * SECOND
    given: dict[str, object] = {"received_at": at + MINUTE, "fix": fix(seconds, north_m, accuracy_m)} | more
    return Shot(at, **given)  # type: ignore[arg-type]


def walk(until: int, metres_a_second: float, *, since: int = 0, step: int = 15) -> list[Fix]:
    return [fix(s, s * metres_a_second) for s in range(since, until + 1, step)]


def kinds(*shots: Shot, settled: bool = False, **more: object) -> dict[str, dict[str, int]]:
    found = look(Capture(shots, **more), LIMITS, settled=settled)  # type: ignore[arg-type]
    assert len({one.kind for one in found}) == len(found)
    return {one.kind: one.facts for one in found}


def test_two_photos_too_far_apart() -> None:
    found = kinds(shot(180, 12_400), before=shot())
    assert found["speed"] == {"metres": 12_390, "seconds": 180, "kmh": 248, "limit_kmh": 90}
    assert kinds(shot(), shot(180, 12_400)) == found
    assert kinds(shot(180, 12_400), shot()) == found  # in whatever order they came


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        (shot(600, 12_400), shot()),  # 74 km/h
        (shot(1, 190), shot()),  # too near to speak of speed
        (shot(180, 12_400, accuracy_m=12_400), shot()),  # nobody knows where it was
        (shot(180, 12_400, fix=None), shot()),
    ],
)
def test_what_may_be_is_not_found(later: Shot, earlier: Shot) -> None:
    assert "speed" not in kinds(later, before=earlier)


def test_two_places_at_one_moment_count_as_one_second() -> None:
    assert kinds(shot(0, 1000), before=shot())["speed"]["kmh"] == 3564


def test_far_from_what_it_is_about() -> None:
    assert kinds(shot(0, 300), target=HERE)["far"] == {"metres": 300, "accuracy_m": 5, "limit_m": 100}
    assert "far" not in kinds(shot(0, 300), shot(20, 80), target=HERE)  # one from near is enough
    assert "far" not in kinds(shot(0, 300, accuracy_m=220), target=HERE)
    assert "far" not in kinds(shot(0, 300))


def passing(metres_a_second: float) -> list[Fix]:
    return [fix(s, s * metres_a_second) for s in range(-300, 301, 10)]


def test_the_longest_possible_stay() -> None:
    quick, slow = passing(10), passing(1)
    assert kinds(shot(), track=quick, settled=True)["short"]["seconds"] < 30
    assert "short" not in kinds(shot(), track=quick)  # late positions may still come
    assert "short" not in kinds(shot(), track=slow, settled=True)
    assert "short" not in kinds(shot(), track=quick[:20], settled=True)  # nobody knows when he left
    assert "short" not in kinds(shot(), track=[fix(-900, 9000), fix(-890, 9000)], settled=True)


def test_a_gap_in_the_track_is_unknown() -> None:
    holed = [fix(-700, 5000), *(fix(s, 0) for s in range(-5, 6, 5)), fix(20, 5000)]
    assert "short" not in kinds(shot(), track=holed, settled=True)


def test_before_the_task_was_given() -> None:
    asked = NOW + 10 * MINUTE
    assert kinds(shot(), asked_at=asked)["early"] == {"seconds": 600, "limit_seconds": 120}
    assert "early" not in kinds(shot(), asked_at=NOW + MINUTE)
    assert "early" not in kinds(shot(skew_s=-600), asked_at=asked)  # the clock was ten minutes slow
    assert "early" not in kinds(shot(issued_at=asked), asked_at=asked)  # its ticket is younger than the task


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"skew_s": 3600}, 3600),
        ({"skew_s": -3600}, -3600),
        ({"skew_s": 100}, None),
        ({"received_at": NOW - 10 * MINUTE}, 600),  # made after it had arrived
        ({"issued_at": NOW + 10 * MINUTE}, -600),  # made before its ticket
        ({"received_at": NOW + timedelta(days=3)}, None),  # late is not off
    ],
)
def test_the_phones_clock(given: dict[str, object], seconds: int | None) -> None:
    found = kinds(shot(**given))  # type: ignore[arg-type]
    assert found.get("skew", {}).get("seconds") == seconds


@pytest.mark.parametrize(
    ("measured", "skew_s", "seconds"),
    [
        (-1200, 0, 1200),
        (-120, 0, None),
        (3, 0, None),  # a position that came while the photo was being taken
        (-1200, 18_000, 1200),  # the clock is five hours ahead, and both times are by it
        (-18_000 - 1200, 18_000, 1200),  # the position is by the satellites' clock
        (18_000 - 1200, -18_000, 1200),
        (-5, 18_000, None),
        (-5, -18_000, None),
        (-18_000 - 5, 18_000, None),
        (18_000 - 5, -18_000, None),
    ],
)
def test_a_position_older_than_its_photo(measured: int, skew_s: float, seconds: int | None) -> None:
    found = kinds(shot(fix=fix(measured), skew_s=skew_s)).get("old_fix")
    assert found == (seconds and {"seconds": seconds, "limit_seconds": 120})
    assert "old_fix" not in kinds(shot(fix=None, skew_s=skew_s))


def test_missing_envelopes_and_missing_tracks() -> None:
    found = kinds(shot(), missing=(4, 6), settled=True)
    assert found["gap"] == {"first": 4, "last": 6, "n": 3}
    assert found["no_track"] == {"minutes": 10, "on_duty": 0}
    assert kinds(shot(), missing=(4, 6)) == {}
    assert kinds(shot(), track=[fix(-500, 9000)], on_duty=True, settled=True) == {}


def test_nothing_from_nothing() -> None:
    assert kinds(settled=True) == {}
    assert look_at_track([], LIMITS) == []
    assert look_at_track([fix()], LIMITS) == []


def track(*fixes: Fix) -> dict[str, dict[str, int]]:
    return {one.kind: one.facts for one in look_at_track(fixes, LIMITS)}


def varied(path: Sequence[Fix]) -> list[Fix]:
    return [one._replace(accuracy_m=5 + n % 7) for n, one in enumerate(path)]


def test_a_leap_of_the_track() -> None:
    leap = [*varied(walk(600, 1.2)), fix(615, 30_000), fix(630, 720)]
    assert track(*leap)["jump"]["n"] == 2
    assert track(*varied(walk(3600, 7))) == {}


def test_a_place_to_the_last_digit() -> None:
    still = [fix(s, 0, 5 + s % 3) for s in range(0, 3600, 15)]
    assert track(*still)["static"] == {"minutes": 60, "points": 240, "limit_minutes": 45}
    trembling = [fix(s, (s % 7) / 10, 5 + s % 3) for s in range(0, 3600, 15)]
    assert track(*trembling) == {}
    assert "static" not in track(fix(0), fix(7200))  # two points are no hour of them


def test_one_accuracy_all_the_way() -> None:
    assert track(*walk(1800, 1.2))["accuracy"]["accuracy_dm"] == 50
    assert track(*varied(walk(1800, 1.2))) == {}
    assert "accuracy" not in track(*walk(1800, 0.05))  # hardly walked


degrees = st.tuples(st.floats(-180, 180), st.floats(-89, 89))
fixes = st.builds(
    lambda seconds, place, accuracy: Fix(NOW + seconds * SECOND, *place, accuracy),
    st.integers(-90_000, 90_000),
    degrees,
    st.floats(0, 50_000),
)
shots = st.builds(
    lambda seconds, sent, where, skew, issued: Shot(
        NOW + seconds * SECOND,
        NOW + sent * SECOND,
        where,
        skew,
        None if issued is None else NOW + issued * SECOND,
    ),
    st.integers(-90_000, 90_000),
    st.integers(-90_000, 90_000),
    st.none() | fixes,
    st.floats(-1e6, 1e6),
    st.none() | st.integers(-90_000, 90_000),
)
captures = st.builds(
    Capture,
    st.lists(shots, max_size=4),
    st.none() | shots,
    st.none() | degrees,
    st.none() | st.integers(-90_000, 90_000).map(lambda seconds: NOW + seconds * SECOND),
    st.lists(fixes, max_size=12),
    st.booleans(),
    st.none() | st.tuples(st.integers(1, 50), st.integers(50, 99)),
)


@given(captures, st.booleans())
def test_whatever_comes_is_told_in_whole_numbers_beyond_their_limit(capture: Capture, settled: bool) -> None:
    for kind, at, facts in look(capture, LIMITS, settled=settled):
        assert kind in KINDS
        assert at.tzinfo is not None
        assert all(type(number) is int for number in facts.values())
        for name, number in facts.items():
            if name.startswith("limit_") and kind != "short":
                unit = (
                    name.removeprefix("limit_").replace("m", "metres", 1) if name == "limit_m" else name[6:]
                )
                assert abs(facts[unit]) >= number
        if kind == "short":
            assert 0 <= facts["seconds"] <= facts["limit_seconds"]


@given(captures, st.permutations(range(4)), st.permutations(range(12)))
def test_the_order_in_which_things_came_does_not_matter(
    capture: Capture, order: list[int], steps: list[int]
) -> None:
    other = Capture(
        [capture.shots[n] for n in order if n < len(capture.shots)],
        capture.before,
        capture.target,
        capture.asked_at,
        [capture.track[n] for n in steps if n < len(capture.track)],
        capture.on_duty,
        capture.missing,
    )
    found = {one.kind: one.facts for one in look(capture, LIMITS)}
    again = {one.kind: one.facts for one in look(other, LIMITS)}
    assert found.keys() == again.keys()


@given(st.lists(fixes, max_size=30), st.floats(0, 20_000))
def test_a_poorer_fix_never_finds_a_leap_that_a_better_one_does_not(path: list[Fix], poorer: float) -> None:
    worse = [one._replace(accuracy_m=one.accuracy_m + poorer) for one in path]
    before = {one.kind for one in look_at_track(path, LIMITS)} & {"jump"}
    assert {one.kind for one in look_at_track(worse, LIMITS)} & {"jump"} <= before


@pytest.mark.thorough
@given(st.lists(st.tuples(st.integers(1, 120), st.floats(-20, 20)), max_size=80), st.floats(0, 30))
def test_whoever_goes_slower_than_the_limit_never_leaps(
    steps: list[tuple[int, float]], accuracy: float
) -> None:
    """20 m/s are 72 km/h."""
    at, north, path = 0, 0.0, []
    for seconds, metres_a_second in steps:
        at, north = at + seconds, north + seconds * metres_a_second
        path.append(fix(at, north, accuracy))
    assert "jump" not in {one.kind for one in look_at_track(path, LIMITS)}
