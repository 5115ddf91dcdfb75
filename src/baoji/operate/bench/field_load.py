"""`field-load`: the app in the street opened in a real Chromium, on a slow line, and with the server killed.

A web process of the bench's own serves the same database, so that killing it ends nobody's city; a line in front of it
paces every byte (`line.py`). The floor is the same browser on a fast line.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from time import sleep
from typing import Any

from django.utils import timezone

from baoji.kernel.evidence.actions import end_device
from baoji.kernel.evidence.queries import devices_of
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.ui import build
from baoji.operate.bench import machine
from baoji.operate.bench.chromium import find_chromium
from baoji.operate.bench.ground import SIZES, Ground
from baoji.operate.bench.line import FAST, THREE_G, Line
from baoji.operate.bench.result import Result
from baoji.operate.errors import Trouble
from baoji.operate.layout import CHECKOUT
from baoji.operate.machine import granian

COLLECTOR = "collector.09"
COLD_MS, WARM_MS, SHELL_MS, MAP_MS = 8000, 3000, 1500, 3000
SLOWER = 6
SCRIPT_KIB = 300
STARTS_S = 60
JsonObject = dict[str, Any]


def run(ground: Ground) -> Result:
    result = Result("field-load", machine=machine.facts())
    found = find_chromium()
    if find_spec("playwright") is None or found is None:
        result.notes.append("not measured: Chromium or playwright is missing (./dev prepare test)")
        return result
    result.machine["browser"] = Path(found).name
    runs = 1 if ground.size is SIZES["tiny"] else 3 if ground.size is SIZES["short"] else 5
    home, caller = Path(mkdtemp(prefix="baoji-phone-")), _collector()
    before = {device.kid for device in devices_of(caller)}
    try:
        with _browser() as browser:
            times = _measured(ground, browser, home, runs)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        for device in devices_of(caller):
            if device.kid not in before:
                end_device(by=caller, kid=device.kid, reason="field-load", now=timezone.now())
    _tell(result, times)
    return result


def _collector() -> Caller:
    found = caller_by_code(COLLECTOR)
    if found is None:
        raise Trouble(f"The bench needs the demo city: there is no {COLLECTOR}.")
    return found


class Browser:
    """The process of `browser.py`: `ask` orders and waits for the answer."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.heard()

    def ask(self, **order: Any) -> JsonObject:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.heard()

    def heard(self) -> JsonObject:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise Trouble("The browser's process ended; its reason stands above.")
        found: JsonObject = json.loads(line)
        return found


@contextmanager
def _browser() -> Iterator[Browser]:
    words = (sys.executable, "-m", "baoji.operate.bench.browser")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Browser(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(30)


def _measured(ground: Ground, browser: Browser, home: Path, runs: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in ("fast", "cold", "warm", "shell", "map", "names")}
    bytes_: list[float] = []
    with _server() as (server, port), Line(port) as line:
        url = f"http://127.0.0.1:{line.port}"
        for n in range(runs):
            profile = home / str(n)
            line.profile = FAST
            browser.ask(do="sign_in", home=str(profile), url=url, code=COLLECTOR)
            ground.say(f"field-load: cold on {THREE_G.name}, {n + 1} of {runs} …")
            line.profile, before = THREE_G, line.down.bytes
            seen = browser.ask(do="open", home=str(profile), url=url, until="shell")
            times["cold"].append(seen["shell"])
            bytes_.append(line.down.bytes - before)
        profile = home / "0"
        line.profile = FAST
        browser.ask(do="open", home=str(profile), url=url, until="map", where="#/map", settle=True)
        for n in range(runs):
            ground.say(f"field-load: warm, {n + 1} of {runs} …")
            line.profile = FAST
            seen = browser.ask(do="open", home=str(profile), url=url, until="shell")
            times["fast"].append(seen["shell"])
            line.profile = THREE_G
            seen = browser.ask(do="open", home=str(profile), url=url, until="shell")
            times["warm"].append(seen["shell"])
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    _require_silence(line.port)
    for n in range(runs):
        ground.say(f"field-load: the server is dead, {SLOWER}-fold slower, {n + 1} of {runs} …")
        for name, ms in _alone(browser, str(profile), url).items():
            times[name].append(ms)
    times["cold kB"] = [sent / 1000 for sent in bytes_]
    return times


def _alone(browser: Browser, home: str, url: str) -> dict[str, float]:
    """`{shell, map, names}` in ms, of a slow phone without a server."""
    given = {"do": "open", "home": home, "url": url, "cpu": SLOWER}
    shell = browser.ask(**given, until="shell")
    if not shell["controlled"]:
        raise Trouble("The page was not opened by the service worker.")
    drawn = browser.ask(**given, until="names", where="#/map")
    return {"shell": shell["shell"], "map": drawn["map"], "names": drawn["names"]}


@contextmanager
def _server() -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A web process of our own on the same database, in a group that can be killed at a stroke."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--loop", "asyncio")
    argv = granian("baoji.config.web:application", "rsgi", *words)
    server = subprocess.Popen(argv, cwd=CHECKOUT, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        for _try in range(STARTS_S * 5):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.2)
        else:
            raise Trouble("The bench's own web process did not start.")
        yield server, port
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _require_silence(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Trouble("Something still answers where the server was killed.")


def script_kib() -> float:
    """Scripts that the app loads before anything is drawn on a map, as they lie on disk."""
    records = json.loads((build.FOLDER / "manifest.json").read_text("utf-8"))
    left = [key for key, record in records.items() if record.get("isEntry") and record.get("name") == "field"]
    found: set[str] = set()
    while left:
        record = records[left.pop()]
        if record["file"] not in found:
            found.add(record["file"])
            left += record.get("imports", [])
    return sum((build.FOLDER / name).stat().st_size for name in found) / 1024


def _tell(result: Result, times: dict[str, list[float]]) -> None:
    """The middle of the runs counts; the worst stands beside it. Times in ms since the navigation began."""
    words = {
        "cold": "3G, first time",
        "warm": "3G, again",
        "shell": "no server: shell",
        "map": "no server: map",
        "names": "no server: names on the map",
    }
    result.ours = {
        text: {"ms": round(median(times[name])), "worst": round(max(times[name]))}
        for name, text in words.items()
    }
    result.ours["kB before it can be used"] = round(median(times["cold kB"]))
    result.ours["script KiB before the map"] = round(script_kib(), 1)
    result.floor = {
        "fast line, again": {"ms": round(median(times["fast"])), "worst": round(max(times["fast"]))}
    }
    result.ratio = {"warm / fast": round(median(times["warm"]) / median(times["fast"]), 2)}
    slow = f"at {SLOWER}-fold slower, server killed"
    for name, text, most in (
        ("cold", f"usable the first time on {THREE_G.name} in {COLD_MS} ms", COLD_MS),
        ("warm", f"usable again on {THREE_G.name} in {WARM_MS} ms", WARM_MS),
        ("shell", f"shell {slow} in {SHELL_MS} ms", SHELL_MS),
        ("map", f"map {slow} in {MAP_MS} ms", MAP_MS),
    ):
        result.promise(text, median(times[name]), median(times[name]) <= most)
    result.promise(
        f"at most {SCRIPT_KIB} KiB of script before the map", script_kib(), script_kib() <= SCRIPT_KIB
    )
