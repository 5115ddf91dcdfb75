"""The check on labelled pictures: how much of what was changed it finds, and what it takes for a picture used twice and is not.

Everything runs in this process, as the worker's child runs it. Loads OpenCV: not for the web process.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import cv2
import numpy as np

from baoji.kernel.evidence.likeness import eye, hashing
from baoji.kernel.evidence.likeness.hashing import distance
from baoji.kernel.evidence.likeness.judging import Limits, Sight, sight
from baoji.kernel.evidence.likeness.looking import Measure
from baoji.kernel.evidence.likeness.parts import parts
from baoji.kernel.evidence.likeness.trial.changes import CHANGES, packed
from baoji.kernel.evidence.likeness.trial.scenes import Image, Place, View, another, photo

COPY_QUALITY = 82  # as the copies that are looked at


@dataclass(frozen=True)
class Asked:
    """What a picture is looked up by."""

    prints: list[int]
    parts: list[hashing.Part]


# Which pictures (by their number) an index gives, and in how many bits they differ; None where only parts say so.
Near = Callable[[Asked], dict[int, int | None]]


@dataclass
class Tally:
    """Of `n` pairs: `anywhere`, found among all photos by index and then confirmed; `beside`, found when the two are compared at
    all, as those of one person, department, component or case are."""

    n: int = 0
    anywhere: int = 0
    beside: int = 0
    place: int = 0  # seen to be one place and two pictures

    def add(self, number: int, found: dict[int, int | None], measure: Measure, limits: Limits) -> None:
        """`found` by index, whether or not the picture of this number is among it."""
        seen = sight(measure, found.get(number), limits)
        self.n += 1
        self.anywhere += seen is Sight.PICTURE and number in found
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
    asked: Asked


def asked(grey: eye.Grey) -> Asked:
    return Asked(eye.variants(grey), list(parts(eye.trimmed(grey))))


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
        made.append(Shot(number, place, image, features, asked(features.grey)))
    return made


def by_hand(known: list[Shot], bits: int) -> Near:
    """What an index would find, prints within so many bits, by looking at each."""
    kept = {shot.number: list(zip(*hashing.part_rows(shot.asked.parts), strict=True)) for shot in known}

    def near(given: Asked) -> dict[int, int | None]:
        found: dict[int, int | None] = {}
        ways = list(zip(*hashing.parts_asked(given.parts), strict=True))
        few = hashing.prints_asked(given.prints, given.parts)
        for shot in known:
            whole = min(distance(one, shot.asked.prints[0]) for one in given.prints)
            asked_for = min(distance(one, shot.asked.prints[0]) for one in few)
            if asked_for <= bits or any(_is_part(way, row) for way in ways for row in kept[shot.number]):
                found[shot.number] = whole if whole <= bits else None
        return found

    return near


def _is_part(way: tuple[int, ...], row: tuple[int, int]) -> bool:
    return way[0] == row[0] and distance(way[1], row[1]) <= hashing.PART_BITS


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
    around = {shot.number: near(shot.asked) for shot in known}
    for one, other in combinations(known, 2):
        told = Measure(**eye.best(one.seen, mirrors[one.number], other.seen))
        cross.add(other.number, around[one.number], told, limits)
    return trial


def _weigh(tally: Tally, image: Image, shot: Shot, near: Near, limits: Limits) -> None:
    own = seen(image)
    told = Measure(**eye.best(own, eye.mirrored(own), shot.seen))
    tally.add(shot.number, near(asked(own.grey)), told, limits)


def _innocent(shot: Shot) -> Iterator[tuple[str, Image]]:
    """What people honestly send that looks like the photo."""
    rng = np.random.default_rng([shot.number, 23])
    anew, here = another(View(), rng), View(aside=0.15, forward=0.1, tilt=0.7, light=0.9, moment=99_999)
    yield "the place on another day", photo(shot.place, anew)
    yield "the place after the work", photo(shot.place, replace(anew, has_problem=False))
    yield "after the work, from nearly the same spot", photo(shot.place, replace(here, has_problem=False))
    yield "another day, camera on a stand", photo(shot.place, View(light=0.9, moment=99_999))
    yield "an alike place", photo(Place(100_000 + shot.number, family=shot.number), View(moment=shot.number))
