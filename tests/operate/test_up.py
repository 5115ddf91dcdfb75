"""./dev's verbs, as a person meets them: separate processes on a data directory of their own."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest
from tests.operate.watching import eventually, lives
from tests.ports import free_port

from baoji.operate import dev as dev_module
from baoji.operate.errors import Trouble
from baoji.operate.layout import CHECKOUT, Layout
from baoji.operate.state import State, held, read_state, write_state
from baoji.operate.up import Launch, Wish, require_port

pytestmark = pytest.mark.slow
ENDED = "the runner ended"  # of the worker's jobs, when the database goes


def dev(*words: str, patience: float = 180) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "baoji.operate.dev", *words]
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BAOJI_DATA")}
    env |= {"PYTHONPATH": str(CHECKOUT / "src"), "DJANGO_SETTINGS_MODULE": "baoji.config.settings.prod"}
    return subprocess.run(
        argv, env=env, capture_output=True, text=True, timeout=patience, check=False, stdin=subprocess.DEVNULL
    )


def facts(data: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        dev("status", "--json", "--data", str(data)).stdout.splitlines()[-1]
    )
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """An empty city for all tests of this file, the last of which ends it."""
    data, port = tmp_path_factory.mktemp("up") / "var", free_port()
    done = dev("up", "--detach", "--empty", "--port", str(port), "--data", str(data))
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield data, port
    finally:
        dev("down", "--data", str(data))


@pytest.mark.parametrize("neighbour", [0, 1])
def test_a_port_taken_is_one_sentence_and_nothing_is_left(tmp_path: Path, neighbour: int) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + neighbour))
        taken.listen()
        done = dev("up", "--port", str(port), "--data", str(tmp_path / "var"))
    assert done.returncode == 1
    sentence = f"Port {port + neighbour} is taken by another program; choose another with --port.\n"
    assert done.stdout + done.stderr == sentence
    assert not (tmp_path / "var/pg").exists()


def test_of_two_cities_at_once_one_has_the_port(tmp_path: Path) -> None:
    """Both find it free: neither serves yet while they make their databases."""
    port = free_port()
    places = [tmp_path / name for name in ("one", "two")]
    words = [("up", "--detach", "--empty", "--port", str(port), "--data", str(place)) for place in places]
    try:
        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(lambda one: dev(*one), words))
        assert sorted(done.returncode for done in ended) == [0, 1]
        sentence = f"Port {port} is taken by another city; choose another with --port.\n"
        assert sentence in {done.stdout + done.stderr for done in ended}
        assert sorted(bool(facts(place)["ready"]) for place in places) == [False, True]
    finally:
        for place in places:
            dev("down", "--data", str(place))


def test_a_city_ended_before_it_was_ready_did_not_come_up(tmp_path: Path) -> None:
    data = tmp_path / "var"
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(
            dev, "up", "--detach", "--empty", "--port", str(free_port()), "--data", str(data)
        )
        eventually(lambda: (state := read_state(Layout(data))) is not None and state.pid > 0)
        assert dev("down", "--data", str(data)).returncode == 0
        done = coming.result()
    assert done.returncode == 1
    assert done.stdout.endswith("It was ended before it was ready.\n")


def test_a_full_disk_is_called_so(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's own words of it, which whoever loads a city never hears: it only recovers."""
    log = layout.log / "postgres.log"
    log.write_text("FATAL: could not write: No space left on device\n")
    launch = Launch(Wish(layout), tell=lambda line: None)
    launch.told_before = log.stat().st_size
    fails = (sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(Trouble, match=r"^Loading failed \(code 3\)"):
        launch._step("Loading", fails, {})
    with log.open("a") as file:
        file.write("PANIC: could not write to file: No space left on device\nLOG: recovering\n")
    with pytest.raises(Trouble, match=r"^The disk under .* is full"):
        launch._step("Loading", fails, {})


def test_a_city_is_not_loaded_where_it_does_not_fit(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def full(self: Layout, least: int) -> None:
        asked.append(least)
        raise Trouble("full")

    monkeypatch.setattr(Layout, "require_space", full)
    monkeypatch.setattr(
        "baoji.operate.machine.operators", lambda *words: (sys.executable, "-c", "raise SystemExit(1)")
    )
    with pytest.raises(Trouble, match="full"):
        Launch(Wish(layout), tell=lambda line: None)._load_city({})
    assert asked[0] >= 500 << 20


def test_data_of_another_version_end_up_cleanly(layout: Layout) -> None:
    layout.pg.mkdir()
    (layout.pg / "PG_VERSION").write_text("9\n")
    done = dev("up", "--port", str(free_port()), "--data", str(layout.data))
    assert done.returncode == 1
    assert len((done.stdout + done.stderr).splitlines()) == 1
    assert "was made by PostgreSQL 9" in done.stderr


def test_status_of_nothing_is_still_one_line_of_json(tmp_path: Path) -> None:
    found = facts(tmp_path / "var")
    nobody = {"postgres": None, "web": None, "worker": None, "stream": None}
    assert found == {"url": None, "ready": False, "processes": nobody}
    assert not (tmp_path / "var").exists()


def test_reset_asks_and_deletes_only_what_is_ours(layout: Layout) -> None:
    (layout.data / "backups").mkdir()
    refused = dev("reset", "--data", str(layout.data))
    assert refused.returncode == 1 and "Nothing was deleted." in refused.stdout
    assert layout.secret_key.exists()
    assert dev("reset", "--yes", "--data", str(layout.data)).returncode == 0
    assert [path.name for path in layout.data.iterdir()] == ["backups"]


def test_how_to_end_it_is_a_command_that_a_shell_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "the city's data"
    dev_module._tell_how_to_stop(Layout(data), then=lambda: None)
    said = capsys.readouterr().out.partition("; ")[2].removesuffix(" ends it.\n")
    assert shlex.split(said) == ["./dev", "down", "--data", str(data)]


def test_psql_on_a_database_that_is_down_leaves_it_down(tmp_path: Path) -> None:
    data = str(tmp_path / "var")
    assert dev("manage", "check", "--data", data).returncode == 0  # makes the database
    for expected in ("1", "1"):
        done = dev("psql", "--data", data, "--", "-Atc", "SELECT 1")
        assert (done.returncode, done.stdout.strip()) == (0, expected), done.stderr
    assert dev("psql", "--data", data, "--", "-Atc", "SELECT current_user").stdout.strip() == "baoji_owner"
    assert not (tmp_path / "var/pg/postmaster.pid").exists()


def test_a_database_killed_and_back_is_noticed_by_nobody(running: tuple[Path, int]) -> None:
    """Every thread of the web has a line by then; the worker's periodic jobs had failed at once, again and again."""
    data, port = running
    pages = [f"http://127.0.0.1:{port}{path}" for path in ("/readyz", "/public/cases.geojson", "/public/")]
    assert ask_all(pages * 10) == {200}
    log = data / "log/worker.log"
    said = log.read_text().count(ENDED)
    pids = facts(data)["processes"]
    assert isinstance(pids, dict)
    os.kill(pids["postgres"], signal.SIGKILL)
    assert eventually(lambda: is_back(data, "postgres", pids["postgres"]), patience=30)
    assert ask_all(pages * 14) == {200}
    assert eventually(lambda: log.read_text().count(ENDED) == said + 1, patience=40)
    before = log.stat().st_size
    assert not eventually(lambda: log.stat().st_size > before + 10_000, patience=12)
    assert is_back(data, "postgres", pids["postgres"])


def test_every_killed_process_is_back_within_five_seconds(running: tuple[Path, int]) -> None:
    data, _ = running
    before = facts(data)
    assert before["ready"] is True
    pids = before["processes"]
    assert isinstance(pids, dict)
    for name, pid in pids.items():
        if pid is None:
            continue
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda name=name, pid=pid: is_back(data, name, pid), patience=5), (
            name,
            facts(data),
        )


def ask_all(addresses: list[str]) -> set[int]:
    """Four at a time, each with its own connection."""

    def ask(address: str) -> int:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(ask, addresses))


def is_back(data: Path, name: str, old: int) -> bool:
    found = facts(data)
    pids = found["processes"]
    return isinstance(pids, dict) and found["ready"] is True and pids[name] not in (None, old)


def test_a_second_up_says_where_the_first_one_is(running: tuple[Path, int]) -> None:
    data, port = running
    began = time.monotonic()
    again = dev("up", "--port", str(port), "--data", str(data))
    assert again.returncode == 0
    assert again.stdout == f"Digital Baoji is running already, at http://127.0.0.1:{port}\n"
    assert time.monotonic() - began < 10


def test_down_ends_everything(running: tuple[Path, int]) -> None:
    data, port = running
    pids = facts(data)["processes"]
    assert isinstance(pids, dict)
    assert dev("down", "--data", str(data)).returncode == 0
    assert not any(lives(pid) for pid in pids.values() if pid)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_down_signals_nobody_before_it_knows_whom(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Number 0 of one who has just taken the lock would mean our own group."""
    looks: list[State | None] = []
    signalled: list[int] = []
    monkeypatch.setattr(dev_module, "read_state", lambda at: looks.append(read_state(at)) or looks[-1])
    monkeypatch.setattr(dev_module.os, "kill", lambda pid, kind: signalled.append(pid))
    with ThreadPoolExecutor(1) as pool:
        with held(layout) as free:
            assert free
            down = pool.submit(dev_module.do_down, layout, [])
            assert eventually(lambda: len(looks) > 2, patience=10)
            assert signalled == []
            write_state(layout, State(4711, "starting"))
            assert eventually(lambda: bool(signalled), patience=10)
        assert down.result(10) == 0
    assert signalled == [4711]


def test_a_port_that_comes_free_is_waited_for() -> None:
    port = free_port()
    leftover = socket.create_server(("127.0.0.1", port))
    Timer(0.5, leftover.close).start()
    require_port("127.0.0.1", port, patience=10)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Trouble, match="taken by another program"):
        require_port("127.0.0.1", port)


def test_what_was_made_empty_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path / "var")
    layout.prepare()
    asked: list[tuple[str, ...]] = []
    for empty in (True, False):
        launch = Launch(Wish(layout, port=free_port(), empty=empty))
        monkeypatch.setattr(launch.supervisor, "run_step", lambda argv, **_more: asked.append(argv) or 1)
        launch._load_city({})
    assert not [argv for argv in asked if "load" in argv]
    assert launch.wish.empty, "no demo people are told"
