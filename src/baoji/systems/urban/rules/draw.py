"""抽取采集员: who is asked to go and look is drawn by lot among those within reach, so that nobody can choose or foresee it.

The lot of each candidate is a hash over the case's secret salt, the act and the number of its record: the same offer
made twice draws the same person, whoever knows the salt afterwards can draw again, and nobody can before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple


@dataclass(frozen=True)
class Reach:
    """Distances in metres. `fewest`: fewer candidates than this and the circle is widened; `most`: the nearest so many."""

    near_m: int = 3000
    wide_m: int = 8000
    fewest: int = 3
    most: int = 12


class Candidate(NamedTuple):
    """`away_m` in metres from the place; `looked` at this case before."""

    id: int
    code: str
    away_m: float
    looked: bool = False


class Lot(NamedTuple):
    """Who was drawn among whom, and the circle in metres; 0 stands for the whole city."""

    drawn: Candidate
    among: tuple[Candidate, ...]
    within_m: int


def draw(candidates: Iterable[Candidate], seed: bytes, reach: Reach) -> Lot | None:
    """One of those within reach; those who looked before only where there is nobody else. None without candidates."""
    found = list(candidates)
    fresh = [one for one in found if not one.looked] or found
    if not fresh:
        return None
    fresh.sort(key=lambda one: (one.away_m, one.code))
    among, within = _circle(fresh, reach)
    among = among[: reach.most]
    return Lot(min(among, key=lambda one: (lot(seed, one.code), one.code)), tuple(among), within)


def _circle(nearest_first: Sequence[Candidate], reach: Reach) -> tuple[list[Candidate], int]:
    for within in (reach.near_m, reach.wide_m):
        inside = [one for one in nearest_first if one.away_m <= within]
        if len(inside) >= reach.fewest:
            return inside, within
    return list(nearest_first), 0


def lot(seed: bytes, code: str) -> bytes:
    """The lot of one candidate: the smallest is drawn."""
    return blake2b(code.encode(), key=seed[:64], digest_size=8).digest()


def seed_of(salt: str, act: str, record: int) -> bytes:
    """`record` is the number that the act's record will have."""
    return blake2b(f"{salt}:{act}:{record}".encode(), digest_size=16).digest()
