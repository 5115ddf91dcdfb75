"""What measures say, by limits that the city sets. Plain Python. Nobody is judged here: it decides what a person looks at."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Measured(Protocol):
    """As `looking.Measure` and a kept pair."""

    @property
    def inliers(self) -> int: ...
    @property
    def alike(self) -> float: ...


class Sight(StrEnum):
    """What two pictures look like beside each other."""

    PICTURE = "picture"  # one and the same, perhaps cut, turned, mirrored, taken from a screen
    PLACE = "place"  # one place, two pictures
    NOTHING = "nothing"


@dataclass(frozen=True)
class Limits:
    """`bits` of 64 in which fingerprints may differ to be near; `inliers` from which it is one place; `alike` from which it is one
    picture, `alike_near` where the fingerprints are near as well."""

    bits: int = 7
    inliers: int = 20
    alike: float = 0.94
    alike_near: float = 0.78


def sight(measure: Measured, distance: int | None, limits: Limits) -> Sight:
    """`distance` None where the fingerprints are not near or say nothing."""
    if measure.inliers < limits.inliers:
        return Sight.NOTHING
    is_near = distance is not None and distance <= limits.bits
    least = limits.alike_near if is_near else limits.alike
    return Sight.PICTURE if measure.alike >= least else Sight.PLACE
