"""Who meets whom: what is expected, how rare more is, and that chance alone is not called a pattern."""

from math import comb, exp, factorial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baoji.systems.urban.rules.collusion import (
    HOURS,
    Met,
    Pair,
    binomial_tail,
    patterns,
    poisson_tail,
    same_hour,
    weigh,
)

S = ("2026-03", "610302001")


@pytest.mark.parametrize(("k", "mean"), [(0, 3.0), (1, 0.5), (3, 3.0), (9, 2.5), (40, 60.0), (30, 4.0)])
def test_the_poisson_tail_is_the_sum(k: int, mean: float) -> None:
    whole = sum(exp(-mean) * mean**n / factorial(n) for n in range(k, 160))
    assert poisson_tail(k, mean) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize(("k", "n", "p"), [(0, 9, 0.3), (9, 9, 0.8), (5, 9, 0.3), (200, 220, 0.7)])
def test_the_binomial_tail_is_the_sum(k: int, n: int, p: float) -> None:
    whole = sum(comb(n, m) * p**m * (1 - p) ** (n - m) for m in range(k, n + 1))
    assert binomial_tail(k, n, p) == pytest.approx(whole, rel=1e-9)


@given(st.integers(0, 500), st.floats(0, 500))
def test_a_tail_is_a_chance_and_falls_with_the_count(k: int, mean: float) -> None:
    tail = poisson_tail(k, mean)
    assert 0 <= tail <= 1
    assert poisson_tail(k + 1, mean) <= tail + 1e-12
    assert poisson_tail(k, mean + 1) >= tail - 1e-12


def test_far_out_a_tail_is_small_and_not_nothing() -> None:
    assert 0 < poisson_tail(100, 2.0) < 1e-100


def test_the_draw_says_what_was_to_be_expected() -> None:
    """Ten checks of one reporter, each drawn among four: two and a half for each."""
    rows = [Met(S, 1, 2, 8, drawn=8, expected=2.5), Met(S, 1, 3, 2, drawn=2, expected=2.5)]
    found = weigh(rows, same_people=True, least=1)
    first, second = found.pairs
    assert (first.other, first.n, first.expected, first.ratio) == (2, 8, 2.5, 3.2)
    assert first.tail == pytest.approx(poisson_tail(8, 2.5))
    assert second.tail > 0.5


def test_without_a_draw_the_sums_of_the_street_say_it() -> None:
    """Two reporters, two checkers, everybody alike: half of each."""
    rows = [Met(S, one, other, 10) for one in (1, 2) for other in (3, 4)]
    found = weigh(rows, same_people=False, least=1)
    assert [pair.expected for pair in found.pairs] == pytest.approx([10.0] * 4)
    assert found.total.n == 40


def test_nobody_could_check_what_they_reported() -> None:
    """Three collectors who report and check alike: each one's reports are checked by the two others, half and half."""
    rows = [Met(S, one, other, 10) for one in (1, 2, 3) for other in (1, 2, 3) if one != other]
    assert [pair.expected for pair in weigh(rows, same_people=True, least=1).pairs] == pytest.approx(
        [10.0] * 6
    )


def test_what_was_expected_adds_up_to_what_happened() -> None:
    """Where each meeting has an expectation of its own, the street's sums share the street's meetings out."""
    dice = Random(7)
    rows = [Met(S, one, other, dice.randint(1, 30)) for one in range(8) for other in range(20, 27)]
    found = weigh(rows, same_people=False, least=1)
    assert sum(pair.expected for pair in found.pairs) == pytest.approx(sum(row.n for row in rows))


def test_another_street_is_no_surprise() -> None:
    """Those who work in different streets do not meet: that is no pattern of those who do."""
    rows = [Met((S[0], "a"), 1, 3, 50), Met((S[0], "b"), 2, 4, 50)]
    assert all(pair.tail > 0.4 for pair in weigh(rows, same_people=False, least=1).pairs)


def test_few_meetings_are_not_looked_at() -> None:
    rows = [Met(S, 1, 2, 9), Met(S, 1, 3, 10)]
    assert [pair.other for pair in weigh(rows, same_people=True, least=10).pairs] == [3]


def test_a_planted_pair_stands_first_and_chance_does_not_look_like_it() -> None:
    """600 pairs by lot, and one that meets three times as often as it should."""
    dice, counts = Random(3), {}
    for reporter in range(20):
        for _case in range(400):
            checker = dice.randrange(100, 130)
            counts[reporter, checker] = counts.get((reporter, checker), 0) + 1
    counts[4, 111] = counts.get((4, 111), 0) + 27
    rows = [Met(S, one, other, n, drawn=n, expected=400 / 30) for (one, other), n in counts.items()]
    found = weigh(rows, same_people=True, least=5)
    assert (found.pairs[0].one, found.pairs[0].other) == (4, 111)
    assert found.by_chance(found.pairs[0].tail) < 0.01
    assert found.by_chance(found.pairs[1].tail) > 0.05


def test_always_fixed_is_notable_only_where_others_are_not() -> None:
    pair, total = Pair(1, 2, n=40, positive=40), Pair(0, 0, n=10_000, positive=7000)
    assert [one.name for one in patterns(pair, total)] == ["positive"]
    assert patterns(pair, Pair(0, 0, n=10_000, positive=9900)) == []
    assert patterns(Pair(1, 2, n=4, positive=4), total) == []


def test_one_device_for_both_is_always_told() -> None:
    found = patterns(Pair(1, 2, n=40, same_device=1), Pair(0, 0, n=10_000, same_device=1))
    assert [(one.name, one.k) for one in found] == [("same_device", 1)]


def test_always_at_one_hour() -> None:
    spread = [0] * 8 + [100] * 10 + [0] * 6
    at_three = [0] * HOURS
    at_three[15] = 20
    found = same_hour(at_three, spread)
    assert found is not None
    assert (found.hour, found.k, found.n, found.usual) == (15, 20, 20, 0.1)
    assert same_hour([2 * n for n in spread], spread) is None
    assert same_hour([], spread) is None
    assert same_hour([0] * HOURS, [0] * HOURS) is None


@given(
    st.lists(
        st.builds(
            lambda stratum, one, other, n, drawn, expected: Met(
                (stratum,), one, other, n, min(n, drawn), expected if drawn else 0.0
            ),
            st.integers(0, 3),
            st.integers(0, 4),
            st.integers(0, 4),
            st.integers(1, 50),
            st.integers(0, 50),
            st.floats(0, 50),
        ),
        max_size=40,
    ),
    st.booleans(),
)
def test_whatever_is_summed_up_is_weighed(rows: list[Met], same_people: bool) -> None:
    if same_people:
        rows = [row for row in rows if row.one != row.other]
    found = weigh(rows, same_people=same_people, least=1)
    assert sum(pair.n for pair in found.pairs) == found.total.n == sum(row.n for row in rows)
    for pair in found.pairs:
        assert pair.expected >= 0
        assert 0 <= pair.tail <= 1
    assert [pair.tail for pair in found.pairs] == sorted(pair.tail for pair in found.pairs)
