"""One program under supervision: started in its own session, ended with everything it started."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LOG_LIMIT = 16 * 1024 * 1024


def always() -> bool:
    return True


def nothing() -> None:
    return None


@dataclass(frozen=True)
class Program:
    """What is run, how it is ended, and how one knows that it is ready."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 15.0
    is_database: bool = False
    before: Callable[[], None] = nothing
    is_ready: Callable[[], bool] = always


def open_log(path: Path) -> int:
    """A descriptor to append to; a log that grew too long begins anew, one old one is kept."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".old.log"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)


def last_lines(path: Path, count: int = 8) -> list[str]:
    """The last lines of a log that are not empty; none when there is no log."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        text = file.read().decode(errors="replace")
        return [line for line in text.splitlines() if line.strip()][-count:]
    return []


class Child:
    """A running program and the memory of its deaths."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths: deque[float] = deque()
        self.started_at = 0.0

    @property
    def pid(self) -> int | None:
        """Its process id while it is alive."""
        return self.process.pid if self.is_alive() and self.process else None

    def start(self) -> None:
        """Starts it in a session of its own, so that a whole group can be ended later."""
        self.program.before()
        log = open_log(self.program.log)
        try:
            self.process = subprocess.Popen(
                list(self.program.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.program.cwd,
                env=dict(self.program.env),
                start_new_session=True,
            )
        finally:
            os.close(log)
        self.started_at = time.monotonic()

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        return self.is_alive() and self.program.is_ready()

    def manner_of_death(self) -> str:
        """How it ended, in words for the log."""
        code = self.process.returncode if self.process else None
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def sweep(self) -> None:
        """Ends what a dead main process left behind, so that it keeps no port."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def ask_to_end(self) -> None:
        """Sends the signal at which it ends in order, without waiting."""
        if self.is_alive() and self.process:
            self.process.send_signal(self.program.stop_signal)

    def end(self, patience: float | None = None) -> None:
        """Waits for an asked-to-end program; then insists."""
        if self.process is None:
            return
        try:
            self.process.wait(self.program.patience if patience is None else patience)
        except subprocess.TimeoutExpired:
            self.sweep()
            self.process.wait()
        self.sweep()
        self.process = None
