"""tipg beside us: a well-made tile server of its own, installed for the bench alone and run on the same tables."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from baoji.operate.bench.crowd import Ask, Client, Crowd, request
from baoji.operate.bench.ground import Ground, owner_url
from baoji.operate.bench.result import Figures, Result, figures, ratio

Tile = tuple[int, int, int]
PACKAGES = ("tipg==1.6.1", "uvicorn")
LEAST = 3.0
PATIENCE_S = 60
COLLECTION = "public.urban_component"


def home() -> Path:
    return Path(settings.DATA) / "bench" / "tipg"


def installed(say: Callable[[str], None]) -> bool:
    """Puts tipg in a folder of its own, once; False where that is impossible."""
    if (home() / "tipg").exists():
        return True
    say("Installing tipg for the comparison …")
    home().mkdir(parents=True, exist_ok=True)
    argv = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--target",
        str(home()),
        *PACKAGES,
    ]
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(argv, capture_output=True, check=False, timeout=300).returncode == 0
    return False


def database_url() -> str:
    """The owner's address as tipg's settings take it: a socket's folder stands where a host's name would."""
    known = {name: quote(str(value), safe="") for name, value in conninfo_to_dict(owner_url()).items()}
    who = known.get("user", "") + (f":{known['password']}" if known.get("password") else "")
    return (
        f"postgresql://{who}@{known.get('host', 'localhost')}:{known.get('port', '5432')}/{known['dbname']}"
    )


@contextmanager
def running() -> Iterator[int | None]:
    """Its port; None when it does not come up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    env = {
        **os.environ,
        "PYTHONPATH": str(home()),
        "DATABASE_URL": database_url(),
        "TIPG_DB_SCHEMAS": '["public"]',
    }
    env |= {"TIPG_DB_TABLES": '["public.urban_component"]', "TIPG_CATALOG_TTL": "3600"}
    argv = [
        sys.executable,
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--port",
        str(port),
        "--workers",
        "2",
        "--log-level",
        "error",
        "--no-access-log",
    ]
    with (home() / "log").open("wb") as log:
        server = subprocess.Popen(argv, env=env, stdout=log, stderr=log)
        try:
            yield port if _up(port, server) else None
        finally:
            server.terminate()
            server.wait(30)


def _up(port: int, server: "subprocess.Popen[bytes]") -> bool:
    until = monotonic() + PATIENCE_S
    while monotonic() < until and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            sleep(2)
            return True
        sleep(0.3)
    return False


def ask(tile: Tile) -> Ask:
    z, x, y = tile
    path = f"/collections/{COLLECTION}/tiles/WebMercatorQuad/{z}/{x}/{y}?geom-column=place_web"
    return Ask("tipg", request("GET", path, {"Accept-Encoding": "gzip"}))


def fetch(tiles: list[Tile], refused: list[str]) -> Client:
    for tile in tiles:
        answer = yield ask(tile)
        if not answer.good:
            refused.append(f"{answer.status} {answer.body[:80]!r}")


def measure(port: int, tiles: list[Tile]) -> tuple[Figures, list[str]]:
    refused: list[str] = []
    tally = Crowd("127.0.0.1", port).run([fetch(tiles[n::8], refused) for n in range(8)])
    return figures(tally), refused


def beside(
    ground: Ground, result: Result, zooms: dict[int, list[Tile]], against: Callable[[list[Tile]], Figures]
) -> None:
    """Ours, then tipg's, each cutting the same tiles of the same table for eight clients."""
    if not ground.size.others:
        result.notes.append("tipg is left out at this size")
        return
    if not installed(ground.say):
        result.notes.append("tipg could not be installed here, so nothing is said about it")
        return
    with running() as port:
        if port is None:
            result.notes.append(f"tipg did not come up; its log is {home() / 'log'}")
            return
        for z, tiles in zooms.items():
            ground.say(f"tiles, z{z} beside tipg …")
            measure(port, tiles)  # warm
            theirs, refused = measure(port, tiles)
            ours = against(tiles)
            if refused:
                result.notes.append(f"tipg refused at z{z}: {refused[0]}")
                continue
            result.ours[f"z{z} 8 clients"], result.floor[f"z{z} tipg"] = ours, theirs
            times = ratio(ours["rate"], theirs["rate"])
            result.ratio[f"z{z} tipg"] = times
            result.promise(f"z{z}: at least {LEAST:.0f} times tipg", times, times >= LEAST)
