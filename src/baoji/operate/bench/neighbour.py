"""A second city on the same machine that measures when it is told, so that two sizes are asked within the same seconds."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baoji.operate.bench.result import Figures
from baoji.operate.errors import Trouble
from baoji.operate.layout import CHECKOUT

OWN = ("DATABASE_", "BAOJI_", "DJANGO_")  # of the city that asks, not of the one that is asked


class Neighbour:
    """`./dev bench NAME --turns` on another data folder: it learns, says how many cases it has, then measures once a line."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running
        self.cases = int(self._answer()["cases"])

    def measure(self) -> Figures:
        assert self._running.stdin is not None
        self._running.stdin.write("\n")
        self._running.stdin.flush()
        return self._answer()

    def _answer(self) -> Figures:
        assert self._running.stdout is not None
        for line in self._running.stdout:
            if line.startswith("{"):
                found: Figures = json.loads(line)
                return found
        raise Trouble("The other city could not be measured; what it said stands above.")


@contextmanager
def neighbour(name: str, folder: Path, size: str) -> Iterator[Neighbour]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    with subprocess.Popen(
        [str(CHECKOUT / "dev"), "bench", name, "--turns", "--size", size, "--data", str(folder)],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield Neighbour(running)
        finally:
            assert running.stdin is not None
            running.stdin.close()  # it ends by itself
