"""The process that decodes what strangers send (`records.studio`), as its callers see it."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import select
from threading import Lock
from typing import Any

import baoji
from baoji.kernel.records.storage import FULL, full

PATIENCE_S = 60.0
SOURCES = str(Path(baoji.__file__).parents[1])
Process = subprocess.Popen[bytes]


class Bad(Exception):
    """It cannot be opened as a picture within the limits."""


class TooManyPixels(Bad):
    pass


class Studio:
    """One picture at a time; the process is started when needed and gone after half a minute without work."""

    def __init__(self, nice: int = 0) -> None:
        self._nice = nice
        self._lock = Lock()
        self._child: Process | None = None

    def look(self, data: bytes) -> tuple[int, int, bytes]:
        """Width and height as they are shown, and the EXIF, of a HEIC picture that was decoded whole. Raises `Bad`."""
        told = self._job({"look": len(data)}, data)
        return told["width"], told["height"], b64decode(told["exif"])

    def make(self, original: Path, copies: Sequence[dict[str, Any]]) -> None:
        """Raises `Bad`; `Refused` when the disk is full."""
        self._job({"original": str(original), "copies": copies})

    def _job(self, job: dict[str, Any], payload: bytes = b"") -> dict[str, Any]:
        with self._lock:
            answer = self._ask(json.dumps(job).encode() + b"\n" + payload)
        if answer.get("errno") in FULL:
            raise full()
        if "bad" in answer:
            raise TooManyPixels if answer["bad"] == "pixels" else Bad(answer["bad"])
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
        return {"bad": "its process ended"}

    def _running(self) -> Process:
        if self._child is None or self._child.poll() is not None:
            words = (sys.executable, "-m", "baoji.kernel.records.studio", str(self._nice))
            env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": SOURCES, "LC_ALL": "C.UTF-8"}
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


studio = Studio()
