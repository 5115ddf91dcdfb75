"""Fingerprints of parts of a picture, each around a spot that stands out. A crop shows some of the same spots, wherever it was cut
and however much it was enlarged, and with them has some of the same parts. Loads OpenCV: not for the web process."""

from typing import Any

import cv2
import numpy as np

from baoji.kernel.evidence.likeness.hashing import FREQUENCIES, KEY_BITS, PARTS_ASKED, WEAK

SIDE, LOW = 32, 8
SHRUNK = 2  # spots are looked for at half the size: four times as quick, and those that last are large
REACH = 4.5  # a part reaches so many times as far as its spot: what is around it tells it from other spots of its kind
LONG_SIDE = 640
LEAST_PX, MOST_PX = 30.0, 150.0  # of that reach, in a picture of 640 pixels
STANDS_OUT = 0.02
APART = 0.5  # of the smaller reach: nearer ones of about the same size are one spot
ALIKE_SIZE = 1.4
FLAT = 9.0  # grey levels of deviation below which a part says nothing
Grey = np.ndarray[Any, np.dtype[np.uint8]]
Spot = tuple[float, float, float]  # x, y, reach


def _cosines() -> Any:
    n = np.arange(SIDE)
    return np.cos(np.pi * (2 * n[None, :] + 1) * n[:LOW, None] / (2 * SIDE))


COSINES = _cosines()


def parts(grey: Grey) -> list[tuple[int, list[int]]]:
    """At most 24 fingerprints of 63 bits, the clearest spots first, so that two pictures of one thing agree on which; beside each
    the bits of its key that are nearest to being the other way."""
    grey = _sized(grey)
    found: list[tuple[int, list[int]]] = []
    taken: list[Spot] = []
    for spot in _spots(grey):
        if any(_is_one(spot, other) for other in taken):
            continue
        part = _part(grey, spot)
        if part.std() >= FLAT:
            taken.append(spot)
            found.append(_fingerprint(part))
            if len(found) == PARTS_ASKED:
                break
    return found


def _sized(grey: Grey) -> Grey:
    """Its long side 640 pixels, also of a small one: a picture within a screenshot has the parts of the whole one."""
    share = LONG_SIDE / max(grey.shape)
    size = (max(1, round(grey.shape[1] * share)), max(1, round(grey.shape[0] * share)))
    way = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=way), np.uint8)


def _spots(grey: Grey) -> list[Spot]:
    """Those whose part lies within the picture, the clearest first."""
    height, width = grey.shape
    size = (max(1, width // SHRUNK), max(1, height // SHRUNK))
    half = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    finder = cv2.SIFT_create(nOctaveLayers=3, contrastThreshold=STANDS_OUT)  # type: ignore[attr-defined]
    found = sorted(finder.detect(half, None), key=lambda one: (-one.response, one.pt))
    middle = (SHRUNK - 1) / 2
    spots = [
        (x * SHRUNK + middle, y * SHRUNK + middle, REACH * one.size / 2 * SHRUNK)
        for one in found
        for x, y in (one.pt,)
    ]
    return [
        (x, y, reach)
        for x, y, reach in spots
        if LEAST_PX <= reach <= MOST_PX and reach <= x <= width - reach and reach <= y <= height - reach
    ]


def _is_one(spot: Spot, other: Spot) -> bool:
    near = APART * min(spot[2], other[2])
    apart = (spot[0] - other[0]) ** 2 + (spot[1] - other[1]) ** 2
    return apart <= near * near and 1 / ALIKE_SIZE < spot[2] / other[2] < ALIKE_SIZE


def _part(grey: Grey, spot: Spot) -> Any:
    x, y, reach = spot
    top, left = max(0, round(y - reach)), max(0, round(x - reach))
    cut = grey[top : round(y + reach), left : round(x + reach)]
    return cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float64)


def _fingerprint(part: Any) -> tuple[int, list[int]]:
    """Signs of the lowest frequencies but the very lowest, which is only how light it is."""
    low = COSINES @ part @ COSINES.T
    waves = np.array([low[one] for one in FREQUENCIES])
    bits = sum(1 << n for n, wave in enumerate(waves) if wave > 0)
    return bits, [int(n) for n in np.argsort(np.abs(waves[:KEY_BITS]))[:WEAK]]
