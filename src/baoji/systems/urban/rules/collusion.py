"""协作分析: who meets whom more often than chance would have it, with numbers that say how little they may mean.

Checks are drawn by lot, so the draw itself says how often two should have met: the sum of one divided by the number of
candidates. Where no draw is on record (older cases, dispatch, which is no lottery) the expectation comes from the sums
of the same month and street: how often the one reported there times the other's share. A tail is the chance of as many
meetings or more if nothing but that were at work (Poisson); it is told together with how many pairs were looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, lgamma, log, log1p
from typing import NamedTuple

KINDS = ("checker", "crew", "body")  # reporter × checker, reporter × who answered, body × checker
SAME_PEOPLE = frozenset({"checker"})  # both sides are people, and nobody meets themselves
HOURS = 24
NOTABLE = 0.001
LEAST_NOTABLE = 3
PATTERNS = ("positive", "quick", "hour", "chosen", "same_device")


class Met(NamedTuple):
    """One row of the summary; see `models.PairMonth`."""

    stratum: tuple[object, ...]  # month and street
    one: int
    other: int
    n: int
    drawn: int = 0
    expected: float = 0.0
    positive: int = 0
    quick: int = 0
    same_device: int = 0
    chosen: int = 0


class Pattern(NamedTuple):
    """`k` of `n`; over all pairs it is the share `usual`; `tail` as for a pair (binomial)."""

    name: str
    k: int
    n: int
    usual: float
    tail: float
    hour: int = -1


@dataclass
class Pair:
    """Two that met `n` times where `expected` were to be expected."""

    one: int
    other: int
    n: int = 0
    drawn: int = 0
    expected: float = 0.0
    positive: int = 0
    quick: int = 0
    same_device: int = 0
    chosen: int = 0
    tail: float = 1.0
    patterns: list[Pattern] = field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        return self.n / self.expected if self.expected else None


@dataclass(frozen=True)
class Weighed:
    """All pairs with at least `least` meetings, the least likely first; `total` sums up everybody's."""

    pairs: list[Pair]
    total: Pair

    def by_chance(self, tail: float) -> float:
        """How many pairs with such a tail are to be expected among all of these if there is nothing to be seen."""
        return min(float(len(self.pairs)), tail * len(self.pairs))


def weigh(rows: Iterable[Met], *, same_people: bool, least: int) -> Weighed:
    """Brings the rows together by pair; `same_people`: both sides are people, who cannot meet themselves."""
    found: dict[tuple[int, int], Pair] = {}
    strata: dict[tuple[object, ...], list[Met]] = defaultdict(list)
    total = Pair(0, 0)
    for row in rows:
        pair = found.setdefault((row.one, row.other), Pair(row.one, row.other))
        for into in (pair, total):
            _add(into, row)
        if row.n > row.drawn:
            strata[row.stratum].append(row)
    for lines in strata.values():
        for line, expected in zip(lines, _margins(lines, same_people), strict=True):
            found[line.one, line.other].expected += expected
    pairs = [pair for pair in found.values() if pair.n >= least]
    for pair in pairs:
        pair.tail = poisson_tail(pair.n, pair.expected)
        pair.patterns = patterns(pair, total)
    pairs.sort(key=lambda pair: (pair.tail, -pair.n, pair.one, pair.other))
    return Weighed(pairs, total)


def _add(into: Pair, row: Met) -> None:
    into.n += row.n
    into.drawn += row.drawn
    into.expected += row.expected
    into.positive += row.positive
    into.quick += row.quick
    into.same_device += row.same_device
    into.chosen += row.chosen


def _margins(lines: list[Met], same_people: bool) -> list[float]:
    """What each pair of one stratum could expect of its meetings without a draw, from the stratum's own sums.

    The other's share is counted among the cases that were open to them; nobody checks what they reported themselves.
    """
    ones: dict[int, int] = defaultdict(int)
    others: dict[int, int] = defaultdict(int)
    for line in lines:
        ones[line.one] += line.n - line.drawn
        others[line.other] += line.n - line.drawn
    whole = sum(ones.values())
    own = ones if same_people else {}
    share = {who: n / max(1, whole - own.get(who, 0)) for who, n in others.items()}
    everybody = sum(share.values())
    return [_expected(line, ones, share, everybody, same_people) for line in lines]


def _expected(
    line: Met, ones: Mapping[int, int], share: Mapping[int, float], everybody: float, same_people: bool
) -> float:
    open_to = everybody - (share.get(line.one, 0.0) if same_people else 0.0)
    return ones[line.one] * share[line.other] / open_to if open_to > 0 else float(line.n - line.drawn)


def patterns(pair: Pair, total: Pair) -> list[Pattern]:
    """What is more frequent with this pair than with all others together, and unlikely to be so by chance."""
    found = [
        Pattern(name, k, pair.n, usual, binomial_tail(k, pair.n, usual))
        for name in ("positive", "quick", "chosen")
        for k, usual in [(getattr(pair, name), _usual(getattr(total, name), total.n))]
        if k >= LEAST_NOTABLE
    ]
    notable = [one for one in found if one.tail < NOTABLE]
    if pair.same_device:
        usual = _usual(total.same_device, total.n)
        tail = binomial_tail(pair.same_device, pair.n, usual)
        notable.append(Pattern("same_device", pair.same_device, pair.n, usual, tail))
    return notable


def same_hour(hours: list[int], usual: list[int]) -> Pattern | None:
    """Always at one hour of the day, though others' work is spread; the tail is for any of the 24 hours."""
    n, whole = sum(hours), sum(usual)
    if not n or not whole:
        return None
    hour = max(range(HOURS), key=lambda one: hours[one])
    share = _usual(usual[hour], whole)
    tail = min(1.0, HOURS * binomial_tail(hours[hour], n, share))
    if hours[hour] < LEAST_NOTABLE or tail >= NOTABLE:
        return None
    return Pattern("hour", hours[hour], n, share, tail, hour)


def _usual(k: int, n: int) -> float:
    return k / n if n else 0.0


def poisson_tail(k: int, mean: float) -> float:
    """P(X ≥ k) of a Poisson variable; exact to rounding also far out, where 1 − P(X < k) would be 0."""
    if k <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if k <= mean:
        below = sum(exp(_log_poisson(n, mean)) for n in range(_from(k, mean), k))
        return max(0.0, 1.0 - below)
    term, tail, n = exp(_log_poisson(k, mean)), 0.0, k
    while term > tail * 1e-16 and term > 0:
        tail += term
        n += 1
        term *= mean / n
    return min(1.0, tail)


def _from(k: int, mean: float) -> int:
    """Below this nothing adds up any more."""
    return max(0, min(k, int(mean - 12 * (mean**0.5 + 1))))


def _log_poisson(n: int, mean: float) -> float:
    return n * log(mean) - mean - lgamma(n + 1)


def binomial_tail(k: int, n: int, p: float) -> float:
    """P(X ≥ k) of n tries with chance p."""
    if k <= 0:
        return 1.0
    if p <= 0 or k > n:
        return 0.0
    if p >= 1:
        return 1.0
    if k <= n * p:
        return max(0.0, 1.0 - binomial_tail(n - k + 1, n, 1 - p))
    term, tail, m, odds = exp(_log_binomial(k, n, p)), 0.0, k, p / (1 - p)
    while m <= n and term > tail * 1e-16:
        tail += term
        term *= (n - m) / (m + 1) * odds
        m += 1
    return min(1.0, tail)


def _log_binomial(m: int, n: int, p: float) -> float:
    return lgamma(n + 1) - lgamma(m + 1) - lgamma(n - m + 1) + m * log(p) + (n - m) * log1p(-p)
