"""A process of its own for work that may eat too much or end badly: both sides of it, a line of JSON a job. No Django."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from select import select
from threading import Lock
from typing import Any, ClassVar, NoReturn

import baoji

SOURCES = str(Path(baoji.__file__).parents[1])
IDLE_S = 30.0
Job = dict[str, Any]
Process = subprocess.Popen[bytes]


class Child:
    """The caller's side. One job at a time; the process is started when needed and gone after half a minute without work."""

    module: ClassVar[str]
    patience_s: ClassVar[float]
    env: ClassVar[Mapping[str, str]] = {}

    def __init__(self, nice: int = 0) -> None:
        self._nice = nice
        self._lock = Lock()
        self._child: Process | None = None

    def end(self) -> None:
        """At once, rather than after half a minute."""
        with self._lock:
            if self._child is not None:
                self._ended(self._child)

    def _told(self, job: Job, payload: bytes = b"") -> Job | None:
        """The answer; None if the process ended over the job, or took too long and was ended."""
        with self._lock:
            return self._ask(json.dumps(job).encode() + b"\n" + payload)

    def _ask(self, job: bytes) -> Job | None:
        for _attempt in range(2):
            child = self._running()
            assert child.stdin
            with suppress(BrokenPipeError):
                child.stdin.write(job)
                child.stdin.flush()
            answer = self._heard(child)
            if answer is not None:
                return answer
            if self._ended(child) != 0:
                break
            # It had just ended for want of work.
        return None

    def _running(self) -> Process:
        if self._child is None or self._child.poll() is not None:
            words = (sys.executable, "-m", self.module, str(self._nice))
            env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": SOURCES, "LC_ALL": "C.UTF-8", **self.env}
            self._child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        return self._child

    def _heard(self, child: Process) -> Job | None:
        """One that takes too long is killed."""
        assert child.stdout
        if not select([child.stdout], [], [], self.patience_s)[0]:
            child.kill()
            return None
        line = child.stdout.readline()
        found: Job | None = json.loads(line) if line.endswith(b"\n") else None
        return found

    def _ended(self, child: Process) -> int:
        """The exit code of a child that gave no answer."""
        self._child = None
        with suppress(BrokenPipeError):
            child.communicate(timeout=5)
        return child.returncode


def confine(nice: int, most_bytes: int) -> None:
    """The child's side, first thing: behind others, on whichever processor is free, within its memory, leaving no core."""
    os.nice(nice)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(answer: Callable[[Job], Job]) -> NoReturn:
    """Answers jobs until there were none for half a minute, or the caller is gone."""
    while select([sys.stdin], [], [], IDLE_S)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            break
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
    sys.exit(0)
