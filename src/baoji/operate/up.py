"""`./dev up`: from a data directory to a city that answers, and back."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from baoji.operate import machine, tables
from baoji.operate.cluster import why_not_ready
from baoji.operate.database import (
    Addresses,
    given_addresses,
    given_url,
    private_addresses,
    private_cluster,
)
from baoji.operate.errors import Stopped, Trouble
from baoji.operate.layout import CHECKOUT, CITY_FREE, SOURCES, Layout
from baoji.operate.program import last_lines
from baoji.operate.state import State, held, read_state, state_path, write_state
from baoji.operate.status import answers_ready
from baoji.operate.supervise import Supervisor, say
from baoji.operate.tls.serving import Renewal, Shown, address, how_to_trust, show

LOOK_AT_DISK_EVERY = 5.0
LEFT_S = 8.0  # by then servers whose supervisor was killed have ended
STILL_ENOUGH = 32 * 1024 * 1024
NO_SPACE = os.strerror(errno.ENOSPC).encode()


@dataclass
class Wish:
    """What the person asked for."""

    layout: Layout
    host: str = machine.HOST
    port: int = 8000
    empty: bool = False
    https: bool = False

    @property
    def url(self) -> str:
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"{'https' if self.https else 'http'}://{shown}:{self.port}"


@dataclass
class Launch:
    wish: Wish
    tell: Callable[[str], None] = say
    on_ready: Callable[[], None] = lambda: None
    supervisor: Supervisor = field(init=False)
    phase: str = "starting"
    shown: Shown | None = None
    claims: ExitStack = field(default_factory=ExitStack)
    told_before: int = 0  # bytes of the database's log from earlier runs

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(tell=self._announce, changed=self._remember)
        self.supervisor.guards.append(DiskGuard(self.wish.layout))

    def _announce(self, line: str) -> None:
        with (self.wish.layout.log / "supervise.log").open("a") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
        with suppress(BrokenPipeError):
            self.tell(line)

    def _remember(self, pids: dict[str, int | None]) -> None:
        write_state(self.wish.layout, State(os.getpid(), self.phase, self.wish.url, pids))

    def run(self) -> None:
        """Starts everything and stays until asked to end. Raises Trouble when it cannot."""
        self.supervisor.catch_signals()
        try:
            self._require_ports()
            self.wish.layout.require_space()
            self._remember({})
            self._choose_certificate()
            addresses = self._open_database()
            self._prepare(addresses)
            self._serve(addresses)
            self._report_ready()
            self.supervisor.watch()
        except Stopped:
            self._announce("Ending.")
        except OSError as error:
            raise _as_trouble(error, self.wish.layout) from error
        finally:
            self.phase = "stopping"
            self.supervisor.stop()
            self.claims.close()

    def _choose_certificate(self) -> None:
        if self.wish.https:
            self.shown = show(self.wish.layout.tls)
            self.supervisor.guards.append(
                Renewal(
                    self.wish.layout.tls, lambda: self.supervisor.restart("web", "stream"), self._announce
                )
            )

    def _require_ports(self) -> None:
        """The pages' and, beside it, that of live updates. Servers whose supervisor was killed take some seconds to go."""
        left = state_path(self.wish.layout).exists()
        for port in (self.wish.port, self.wish.port + 1):
            self.claims.enter_context(claimed(self.wish.host, port))
            require_port(self.wish.host, port, patience=LEFT_S if left else 0)

    def _open_database(self) -> Addresses:
        url = given_url()
        if url:
            self._announce("Using the server in DATABASE_URL.")
            return given_addresses(self.wish.layout, url, self._announce)
        self.told_before = _size(self.wish.layout.log / "postgres.log")
        start_private_cluster(self.wish.layout, self.supervisor, self._announce)
        return private_addresses(self.wish.layout)

    def _prepare(self, addresses: Addresses) -> None:
        env = self._environment(addresses)
        as_owner = {**env, "DATABASE_URL": addresses.owner}
        if not tables.are_ready(addresses.owner):
            migrate = machine.manage("migrate", "--no-input", "-v0")
            self._step("Bringing the tables up to date", migrate, as_owner)
            self._step("Granting rights", machine.manage("grant_app_role"), as_owner)
            tables.mark_ready(addresses.owner)
        self._load_city(env)
        if not given_url():
            private_cluster(self.wish.layout).settle()

    def _load_city(self, env: dict[str, str]) -> None:
        """An installation that was made empty stays so until somebody loads a city."""
        empty = self.wish.layout.data / "empty"
        if self.wish.empty:
            empty.touch()
            return
        if self.supervisor.run_step(machine.operators("city", "loaded"), env=env, cwd=CHECKOUT) == 0:
            return
        if empty.exists():
            self._announce(
                "This installation was made with --empty: no demo city. `baoji city load DIR` loads one."
            )
            self.wish.empty = True
            return
        if not given_url():
            self.wish.layout.require_space(CITY_FREE)
        self._step("Loading the demo city", machine.operators("city", "load", str(machine.CITY)), env)

    def _step(self, what: str, argv: tuple[str, ...], env: dict[str, str]) -> None:
        self._announce(f"{what} …")
        began = time.monotonic()
        code = self.supervisor.run_step(argv, env=env, cwd=CHECKOUT)
        if code:
            self._say_if_full()
            raise Trouble(f"{what} failed (code {code}); the reason stands above.")
        self._announce(f"{what}: done in {time.monotonic() - began:.1f} s")

    def _say_if_full(self) -> None:
        """A database whose disk is full ends and begins anew: commands only hear that it is recovering."""
        path = self.wish.layout.log / "postgres.log"
        if not given_url() and said_since(path, self.told_before, NO_SPACE):
            raise Trouble(f"The disk under {self.wish.layout.data} is full; make room and begin anew.")

    def _environment(self, addresses: Addresses) -> dict[str, str]:
        env = self.wish.layout.environment(
            app_url=addresses.app, owner_url=addresses.owner, port=self.wish.port
        )
        if self.shown is not None:
            env["BAOJI_TLS"] = "local" if self.shown.local else "given"
            env.setdefault("BAOJI_PUBLIC_URL", address(self.wish.port))
        return env

    def _serve(self, addresses: Addresses) -> None:
        wish, env = self.wish, self._environment(addresses)
        # Making the database may have taken minutes, and another program the port.
        for port in (wish.port, wish.port + 1):
            require_port(wish.host, port)
        # What faces the net never learns the owner's address.
        env["DATABASE_OWNER_URL"] = addresses.app
        tls = (self.shown.certificate, self.shown.key) if self.shown else None
        self.supervisor.add(machine.web(wish.layout, env, wish.host, wish.port, tls))
        self.supervisor.add(machine.stream(wish.layout, env, wish.host, wish.port + 1, tls))
        self.supervisor.add(machine.worker(wish.layout, env))
        if not self.supervisor.wait_until(lambda: answers_ready(wish.url), patience=90):
            lines = "".join(f"\n    {line}" for line in last_lines(wish.layout.log / "web.log"))
            raise Trouble(
                f"The web server did not become ready within 90 s. Its last lines:{lines or ' none.'}"
            )

    def _report_ready(self) -> None:
        self.phase = "ready"
        self._remember(self.supervisor.pids())
        self._announce(f"Digital Baoji is ready at {self.wish.url}")
        if not self.wish.empty:
            env = self._environment(private_or_given(self.wish.layout))
            self.supervisor.run_step(machine.operators("city", "people"), env=env, cwd=CHECKOUT)
        if self.shown is not None and self.shown.local:
            self._announce(how_to_trust(self.wish.port, self.shown.left_out))
        self.on_ready()


class DiskGuard:
    """Ends the city with one sentence before the disk is so full that PostgreSQL panics."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.next_look = 0.0

    def __call__(self) -> None:
        if time.monotonic() >= self.next_look:
            self.next_look = time.monotonic() + LOOK_AT_DISK_EVERY
            self.layout.require_space(STILL_ENOUGH)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def said_since(path: Path, start: int, words: bytes) -> bool:
    """Whether the words stand in a log behind byte `start`."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        file.seek(start)
        return any(words in line for line in file)


def private_or_given(layout: Layout) -> Addresses:
    url = given_url()
    return given_addresses(layout, url, lambda line: None) if url else private_addresses(layout)


def start_private_cluster(layout: Layout, supervisor: Supervisor, tell: Callable[[str], None]) -> bool:
    """Starts (the first time makes) the private cluster; says whether it was made now."""
    cluster = private_cluster(layout)
    first = not cluster.is_made
    began = time.monotonic()
    if first:
        tell("Making the private database …")
    cluster.prepare()
    supervisor.add(cluster.program())
    if not supervisor.wait_until(cluster.is_ready, patience=300):
        raise Trouble(f"The database did not become ready: {why_not_ready(cluster)}.")
    cluster.ensure_roles()
    tell(f"Database: ready in {time.monotonic() - began:.1f} s")
    return first


def claimed(host: str, port: int) -> socket.socket:
    """Ours as long as it is open. Two cities that start at once both find the port free, and web servers can share one.

    The name is the kernel's: it leaves no file and ends with its process.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0baoji {host} {port}")
    except OSError as error:
        claim.close()
        raise Trouble(f"Port {port} is taken by another city; choose another with --port.") from error
    return claim


def require_port(host: str, port: int, *, patience: float = 0) -> None:
    """Raises Trouble if it cannot be opened, also not after so many seconds."""
    until = time.monotonic() + patience
    while (fault := _why_closed(host, port)) is not None:
        if fault.errno != errno.EADDRINUSE:
            raise Trouble(f"Port {port} on {host} cannot be opened: {fault.strerror}.") from fault
        if time.monotonic() >= until:
            raise Trouble(f"Port {port} is taken by another program; choose another with --port.") from fault
        time.sleep(0.1)


def _why_closed(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _as_trouble(error: OSError, layout: Layout) -> Exception:
    if error.errno == errno.ENOSPC:
        return Trouble(f"The disk under {layout.data} is full.")
    if error.errno == errno.EACCES:
        return Trouble(f"{error.filename} is closed to this user; choose another place with --data DIR.")
    return error


def up(wish: Wish, *, tell: Callable[[str], None] = say, on_ready: Callable[[], None] = lambda: None) -> int:
    """In the foreground; returns the exit code."""
    wish.layout.prepare()
    said = False
    while True:
        with held(wish.layout) as free:
            if free:
                Launch(wish, tell, on_ready).run()
                return 0
        state = read_state(wish.layout)
        if state is not None and state.phase == "ready":
            tell(f"Digital Baoji is running already, at {state.url}")
            return 0
        if state is not None and not said:
            tell("Somebody is using this data directory already; waiting for them.")
            said = True
        time.sleep(0.3)


def up_detached(wish: Wish, *, out: TextIO | None = None) -> int:
    """A child in its own session runs the city; we pass on what it says until it is ready."""
    reading, writing = os.pipe()
    words = ["--data", str(wish.layout.data), "--host", wish.host, "--port", str(wish.port)]
    words += ["--empty"] if wish.empty else []
    words += ["--https"] if wish.https else []
    argv = [sys.executable, "-m", "baoji.operate.dev", "up", "--detached-child", *words]
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    child = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, env=env, start_new_session=True
    )
    os.close(writing)
    try:
        with os.fdopen(reading, errors="replace", newline="") as lines:
            while text := lines.read(1):
                print(text, end="", flush=True, file=out or sys.stdout)
    except KeyboardInterrupt:
        child.terminate()
        return child.wait()
    state = read_state(wish.layout)
    if state is not None and state.pid == child.pid and state.phase == "ready":
        child.returncode = 0  # it lives on; nobody waits for it
        return 0
    code = child.wait()
    if code == 0 and (state is None or state.phase != "ready"):  # else another city runs there already
        print("It was ended before it was ready.", file=out or sys.stdout)
        return 1
    return code


def let_go(layout: Layout) -> None:
    """The detached child stops talking to whoever started it and writes to its log instead."""
    sys.stdout.flush()
    log = os.open(layout.log / "supervise.out.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
