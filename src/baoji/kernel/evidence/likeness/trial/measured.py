"""The check on labelled pictures: how much of what was changed it finds, and what it takes for a picture used twice and is not.

Everything runs in this process, as the worker's child runs it. Loads OpenCV: not for the web process.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import cv2
import numpy as np

from baoji.kernel.evidence.likeness import eye
from baoji.kernel.evidence.likeness.hashing import distance
from baoji.kernel.evidence.likeness.judging import Limits, Sight, sight
from baoji.kernel.evidence.likeness.looking import Measure
from baoji.kernel.evidence.likeness.trial.changes import CHANGES, packed
from baoji.kernel.evidence.likeness.trial.scenes import Image, Place, View, another, photo

# Fingerprints → which pictures (by their number) are near, and in how many bits.
Near = Callable[[list[int]], dict[int, int]]
COPY_QUALITY = 82  # as the copies that are looked at


@dataclass
class Tally:
    """Of `n` pairs: `anywhere`, found among all photos by index and then confirmed; `beside`, found when the two are compared at
    all, as those of one person, department, component or case are."""

    n: int = 0
    anywhere: int = 0
    beside: int = 0
    place: int = 0  # seen to be one place and two pictures

    def add(self, near: int | None, measure: Measure, limits: Limits) -> None:
        seen = sight(measure, near, limits)
        self.n += 1
        self.anywhere += seen is Sight.PICTURE and near is not None
        self.beside += seen is Sight.PICTURE
        self.place += seen is Sight.PLACE

    def share(self, name: str) -> float:
        found: int = getattr(self, name)
        return round(found / self.n, 3) if self.n else 0.0


@dataclass
class Trial:
    """`changed`: by what was done to the picture, which should be found. `others`: pairs that are no picture used twice."""

    changed: dict[str, Tally] = field(default_factory=dict)
    others: dict[str, Tally] = field(default_factory=dict)


@dataclass(frozen=True)
class Shot:
    number: int
    place: Place
    image: Image
    seen: eye.Features
    prints: list[int]


def seen(image: Image) -> eye.Features:
    grey = cv2.cvtColor(packed(image, COPY_QUALITY), cv2.COLOR_BGR2GRAY)
    return eye.features(eye.scaled(np.asarray(grey, np.uint8)))


def shots(places: int) -> list[Shot]:
    """A photo of each place."""
    made = []
    for number in range(places):
        place = Place(number)
        image = photo(place, View(moment=number))
        features = seen(image)
        made.append(Shot(number, place, image, features, eye.variants(features.grey)))
    return made


def by_hand(known: list[Shot], bits: int) -> Near:
    """What an index would find within so many bits, by looking at each."""

    def near(prints: list[int]) -> dict[int, int]:
        found = {shot.number: min(distance(one, shot.prints[0]) for one in prints) for shot in known}
        return {number: least for number, least in found.items() if least <= bits}

    return near


def measure(known: list[Shot], near: Near, limits: Limits) -> Trial:
    trial = Trial()
    for shot in known:
        for name, change in CHANGES.items():
            rng = np.random.default_rng([shot.number, 5])
            _weigh(trial.changed.setdefault(name, Tally()), change(shot.image, rng), shot, near, limits)
        for name, image in _innocent(shot):
            _weigh(trial.others.setdefault(name, Tally()), image, shot, near, limits)
    cross = trial.others.setdefault("two places", Tally())
    mirrors = {shot.number: eye.mirrored(shot.seen) for shot in known}
    around = {shot.number: near(shot.prints) for shot in known}
    for one, other in combinations(known, 2):
        told = Measure(**eye.best(one.seen, mirrors[one.number], other.seen))
        cross.add(around[one.number].get(other.number), told, limits)
    return trial


def _weigh(tally: Tally, image: Image, shot: Shot, near: Near, limits: Limits) -> None:
    own = seen(image)
    told = Measure(**eye.best(own, eye.mirrored(own), shot.seen))
    tally.add(near(eye.variants(own.grey)).get(shot.number), told, limits)


def _innocent(shot: Shot) -> Iterator[tuple[str, Image]]:
    """What people honestly send that looks like the photo."""
    rng = np.random.default_rng([shot.number, 23])
    anew, here = another(View(), rng), View(aside=0.15, forward=0.1, tilt=0.7, light=0.9, moment=99_999)
    yield "the place on another day", photo(shot.place, anew)
    yield "the place after the work", photo(shot.place, replace(anew, has_problem=False))
    yield "after the work, from nearly the same spot", photo(shot.place, replace(here, has_problem=False))
    yield "another day, camera on a stand", photo(shot.place, View(light=0.9, moment=99_999))
    yield "an alike place", photo(Place(100_000 + shot.number, family=shot.number), View(moment=shot.number))
