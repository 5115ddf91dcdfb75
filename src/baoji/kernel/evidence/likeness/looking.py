"""The process that looks at pictures (`likeness.eye`), as its callers see it. OpenCV is nowhere else."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from threading import Lock
from typing import Any

from django.conf import settings

import baoji
from baoji.kernel.base.errors import Refused
from baoji.kernel.records import renditions, storage

PATIENCE_S = 120.0
SOURCES = str(Path(baoji.__file__).parents[1])
LOOKED_AT = "1600"  # the copy that is looked at: upright, and there when the original's time is over
# One processor, and no room for more: it works behind everybody else.
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "ERROR"}
Process = subprocess.Popen[bytes]


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
    """`prints`: its own fingerprint first, then those of what it may have been made from. `is_flat`: they say nothing."""

    prints: list[int]
    is_flat: bool


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


class Eye:
    """One job at a time; the process is started when needed and gone after half a minute without work."""

    def __init__(self, nice: int = 0) -> None:
        self._nice = nice
        self._lock = Lock()
        self._child: Process | None = None

    def look(self, sha256: str) -> Seen:
        """Raises `Unseen`."""
        told = self._job(_place(sha256))
        return Seen(told["prints"], told["flat"])

    def compare(self, later: str, earlier: Sequence[str]) -> list[Measure]:
        """The picture beside each of the others, which are named by their hashes too. Raises as `look`."""
        if not earlier:
            return []
        told = self._job({**_place(later), "others": [_place(one) for one in earlier]})
        return [Measure(**one) for one in told["found"]]

    def end(self) -> None:
        """At once, rather than after half a minute."""
        with self._lock:
            if self._child is not None:
                self._ended(self._child)

    def _job(self, job: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            answer = self._ask(json.dumps(job).encode() + b"\n")
        if "gone" in answer:
            raise Gone(answer["gone"])
        if "bad" in answer:
            raise Unseen(answer["bad"])
        return answer

    def _ask(self, job: bytes) -> dict[str, Any]:
        for _attempt in range(2):
            child = self._running()
            assert child.stdin
            with suppress(BrokenPipeError):
                child.stdin.write(job)
                child.stdin.flush()
            answer = _heard(child)
            if answer is not None:
                return answer
            if self._ended(child) != 0:
                break
            # It had just ended for want of work.
        return {"gone": "its process ended"}

    def _running(self) -> Process:
        if self._child is None or self._child.poll() is not None:
            words = (sys.executable, "-m", "baoji.kernel.evidence.likeness.eye", str(self._nice))
            env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": SOURCES, "LC_ALL": "C.UTF-8", **ALONE}
            self._child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        return self._child

    def _ended(self, child: Process) -> int:
        """The exit code of a child that gave no answer."""
        self._child = None
        with suppress(BrokenPipeError):
            child.communicate(timeout=5)
        return child.returncode


def _heard(child: Process) -> dict[str, Any] | None:
    """One that takes too long is killed."""
    assert child.stdout
    if not select([child.stdout], [], [], PATIENCE_S)[0]:
        child.kill()
        return None
    line = child.stdout.readline()
    found: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
    return found
