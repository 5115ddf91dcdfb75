"""The process that looks at pictures (`likeness.eye`), as its callers see it. OpenCV is nowhere else."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from baoji.kernel.base.child import Child
from baoji.kernel.base.errors import Refused
from baoji.kernel.records import renditions, storage

LOOKED_AT = "1600"  # the copy that is looked at: upright, and there when the original's time is over
# One processor, and no room for more: it works behind everybody else.
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "ERROR"}


class Unseen(Exception):
    """The picture cannot be looked at."""


class Gone(Unseen):
    """Its process ended over it: the city is being stopped, or the picture is too much for it."""


class Patience:
    """Remembers what went wrong with which; the third time is the last."""

    def __init__(self, most: int = 3) -> None:
        self._most = most
        self._tries: Counter[int] = Counter()

    def is_over(self, id_: int) -> bool:
        self._tries[id_] += 1
        return self._tries[id_] >= self._most


@dataclass(frozen=True)
class Seen:
    """`prints`: its own fingerprint first, then those of what it may have been made from, the last two by a quarter turn. `is_flat`: they say nothing.
    `parts`: fingerprints of parts of it, the clearest first, each with its weak bits."""

    prints: list[int]
    is_flat: bool
    parts: list[tuple[int, list[int]]]


@dataclass(frozen=True)
class Measure:
    """Two pictures: points of one that lie in the other's as one view (`inliers`), then, laid on each other, which share
    of the blocks agrees (`alike`, 0 to 1, of `blocks`), and how much of the later one is shared (`cover`, 0 to 1).

    `features`: points found in the poorer of the two, at most 800.
    """

    inliers: int = 0
    alike: float = 0.0
    blocks: int = 0
    cover: float = 0.0
    mirrored: bool = False
    features: int = 0


def features_path(sha256: str) -> Path:
    """What is kept to compare a picture quickly; it may be deleted at any time."""
    return Path(settings.DATA) / "copies" / "features" / sha256[:2] / sha256[2:4] / f"{sha256}.npz"


def _place(sha256: str) -> dict[str, str]:
    path = renditions.copy_path(sha256, LOOKED_AT)
    if not path.exists() and storage.original_path(sha256).exists():
        with suppress(Refused):  # then there is nothing to look at, and that is told
            renditions.make_copies(sha256)
    return {"path": str(path), "keep": str(features_path(sha256))}


class Eye(Child):
    module = "baoji.kernel.evidence.likeness.eye"
    patience_s = 120.0
    env = ALONE

    def look(self, sha256: str) -> Seen:
        """Raises `Unseen`."""
        told = self._job(_place(sha256))
        return Seen(told["prints"], told["flat"], [(bits, weak) for bits, weak in told["parts"]])

    def compare(self, later: str, earlier: Sequence[str]) -> list[Measure]:
        """The picture beside each of the others, which are named by their hashes too. Raises as `look`."""
        if not earlier:
            return []
        told = self._job({**_place(later), "others": [_place(one) for one in earlier]})
        return [Measure(**one) for one in told["found"]]

    def _job(self, job: dict[str, Any]) -> dict[str, Any]:
        answer = self._told(job)
        if answer is None:
            raise Gone("its process ended")
        if "bad" in answer:
            raise Unseen(answer["bad"])
        return answer
