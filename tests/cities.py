"""Whole cities for tests, started as people start them: ./dev up in a folder of its own.

A demo city is made once in a run, by whoever needs one first; each begins with a copy of it.
"""

import json
import os
import subprocess
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.ports import free_port

REPO = Path(__file__).resolve().parents[1]
HOTLINE_SECRET = "the call system of the journeys"
# Whom most journeys send, besides the two or three of their own.
REGULARS = [
    *(
        "acceptor.1",
        "acceptor.2",
        "chief.1",
        "dispatcher.1",
        "head.1",
        "hotline.1",
        "officer.001",
        "operator.1",
    ),
    *(f"collector.{n:02}" for n in range(1, 51)),
]


def dev(*words: str, check: bool = True) -> str:
    """Runs ./dev as in a new shell; what it printed."""
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in {"DATABASE_URL", "DATABASE_OWNER_URL", "BAOJI_DATA", "DJANGO_SETTINGS_MODULE"}
    } | {"BAOJI_HOTLINE_SECRET": HOTLINE_SECRET}
    done = subprocess.run(["./dev", *words], cwd=REPO, env=env, capture_output=True, text=True, timeout=400)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class RunningCity:
    data: Path
    url: str
    said_at_first: str  # by ./dev up, while it made the city
    _tokens: dict[str, str] = field(default_factory=dict)
    _random: Random = field(default_factory=lambda: Random(1))

    def dev(self, *words: str, check: bool = True) -> str:
        """Runs ./dev with this city's data; what it printed."""
        verb, *rest = words
        return dev(verb, "--data", str(self.data), *rest, check=check)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.dev("status", "--json").strip().splitlines()[-1])
        return found

    def token(self, code: str) -> str:
        if code not in self._tokens:
            asked = {code} if self._tokens else {code, *REGULARS}  # a call is a process: not one for each
            words = [word for one in sorted(asked) for word in ("--person", one)]
            self._tokens |= zip(
                sorted(asked),
                self.dev("baoji", "token", "create", *words).splitlines()[-len(asked) :],
                strict=True,
            )
        return self._tokens[code]

    def client(self, code: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token(code)}"}, timeout=30
        )

    def jpeg(self) -> bytes:
        """A small picture that nobody has sent before."""
        buffer = BytesIO()
        Image.frombytes("RGB", (64, 48), self._random.randbytes(64 * 48 * 3)).save(buffer, "JPEG")
        return buffer.getvalue()


def demo_city(folders: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data of a city that nobody has opened and that is not running, and what `./dev up` said while it was made."""
    own = folders.getbasetemp()
    of_the_run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, told = of_the_run / "demo-city", of_the_run / "demo-city.log"
    with (of_the_run / "demo-city.lock").open("w") as lock:
        flock(lock, LOCK_EX)  # who comes meanwhile waits
        if not told.exists():
            made.mkdir(mode=0o755)
            said = dev("up", "--detach", "--port", str(free_port()), "--data", str(made))
            dev("down", "--data", str(made))
            told.write_text(said)
    data = folders.mktemp("city") / "var"
    subprocess.run(["cp", "--archive", str(made), str(data)], check=True)  # owners and all
    return data, told.read_text()
