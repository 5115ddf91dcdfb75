"""A whole city, started as people start it: ./dev up in a folder of its own. One for all journeys of a worker."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.ports import free_port

REPO = Path(__file__).resolve().parents[2]
HOTLINE_SECRET = "the call system of the journeys"


@dataclass
class RunningCity:
    data: Path
    url: str
    said_at_first: str = ""  # by ./dev up, while it made the city
    _tokens: dict[str, str] = field(default_factory=dict)
    _random: Random = field(default_factory=lambda: Random(1))

    def dev(self, *words: str, check: bool = True) -> str:
        """Runs ./dev with this city's data; what it printed."""
        env = {
            k: v
            for k, v in os.environ.items()
            if k not in {"DATABASE_URL", "DATABASE_OWNER_URL", "BAOJI_DATA", "DJANGO_SETTINGS_MODULE"}
        } | {"BAOJI_HOTLINE_SECRET": HOTLINE_SECRET}
        verb, *rest = words
        done = subprocess.run(
            ["./dev", verb, "--data", str(self.data), *rest],
            cwd=REPO,
            env=env,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.dev("status", "--json").strip().splitlines()[-1])
        return found

    def token(self, code: str) -> str:
        if code not in self._tokens:
            self._tokens[code] = (
                self.dev("baoji", "token", "create", "--person", code).strip().splitlines()[-1]
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


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    data = tmp_path_factory.mktemp("city")
    data.chmod(0o755)
    port = free_port()
    running = RunningCity(data, f"http://127.0.0.1:{port}")
    try:
        running.said_at_first = running.dev("up", "--detach", "--port", str(port))
        yield running
    finally:
        running.dev("down", check=False)
