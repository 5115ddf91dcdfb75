"""Keeps programs alive: starts them again when they die, ends them all when one cannot live."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from baoji.operate.errors import Stopped, Trouble
from baoji.operate.program import Child, Program, last_lines

POLL = 0.2
# After a start of the database, its users may still fall over it; that is not their fault.
SETTLING = 5.0


def say(line: str) -> None:
    """A line for whoever started us, at once: a pipe would hold it back."""
    print(line, flush=True)


class Supervisor:
    """Single-threaded: everything happens in `tend`, called every POLL seconds by whoever waits."""

    def __init__(
        self,
        *,
        tell: Callable[[str], None] = say,
        changed: Callable[[dict[str, int | None]], None] = lambda pids: None,
        most_deaths: int = 3,
        within: float = 60.0,
    ) -> None:
        self.children: list[Child] = []
        self.tell = tell
        self.changed = changed
        self.most_deaths = most_deaths
        self.within = within
        self.stopping = False
        self.guards: list[Callable[[], None]] = []

    def catch_signals(self) -> None:
        """From now on a wish to end is seen at the next look, and nothing is cut off in between."""
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(kind, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def add(self, program: Program) -> Child:
        """Starts a program and watches over it."""
        child = Child(program)
        self.children.append(child)
        child.start()
        self._report()
        return child

    def restart(self, *names: str) -> None:
        """Ends the programs so called and starts them again; no death of theirs is counted."""
        chosen = [child for child in self.children if child.program.name in names]
        for child in chosen:
            child.ask_to_end()
        for child in chosen:
            child.end()
            child.start()
        self._report()

    def pids(self) -> dict[str, int | None]:
        """The process id of each program that is alive."""
        return {child.program.name: child.pid for child in self.children}

    def tend(self) -> None:
        """One look at everything; raises Stopped when asked to end, Trouble when it is hopeless."""
        if self.stopping:
            raise Stopped
        for guard in self.guards:
            guard()
        for child in self.children:
            if child.process is not None and not child.is_alive():
                self._bury(child)
            if child.process is None and (child.program.is_database or self._database_is_ready()):
                child.start()
                self._report()

    def _bury(self, child: Child) -> None:
        manner = child.manner_of_death()
        child.sweep()
        child.process = None
        self._report()
        if child.program.is_database or self._database_is_steady():
            child.deaths.append(time.monotonic())
        while child.deaths and child.deaths[0] < time.monotonic() - self.within:
            child.deaths.popleft()
        if len(child.deaths) >= self.most_deaths:
            raise Trouble(self._hopeless(child, manner))
        self.tell(f"{child.program.name} was {manner}; starting it again.".replace("was ended", "ended"))

    def _hopeless(self, child: Child, manner: str) -> str:
        name, log = child.program.name, child.program.log
        lines = "".join(f"\n    {line}" for line in last_lines(log))
        what = f"{name} died {len(child.deaths)} times within a minute (last: {manner})"
        return f"{what}, so everything was ended. Its last lines, from {log}:{lines or ' none.'}"

    def _database(self) -> Child | None:
        return next((child for child in self.children if child.program.is_database), None)

    def _database_is_ready(self) -> bool:
        database = self._database()
        return database is None or database.is_ready()

    def _database_is_steady(self) -> bool:
        database = self._database()
        return database is None or (
            database.is_ready() and (time.monotonic() - database.started_at > SETTLING or not database.deaths)
        )

    def _report(self) -> None:
        self.changed(self.pids())

    def wait_until(self, is_so: Callable[[], bool], *, patience: float) -> bool:
        """Tends until IS_SO or PATIENCE seconds are over; says which."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.tend()
            if is_so():
                return True
            time.sleep(POLL)
        return False

    def run_step(
        self, argv: Sequence[str], *, env: dict[str, str], cwd: Path, interactive: bool = False
    ) -> int:
        """Runs a command to its end while tending the rest; its exit code."""
        step = subprocess.Popen(list(argv), env=env, cwd=cwd, start_new_session=not interactive)
        try:
            while True:
                try:
                    return step.wait(POLL)
                except subprocess.TimeoutExpired:
                    self.tend()
        finally:
            if step.poll() is None:
                end_group(step, alone=interactive)

    def watch(self) -> None:
        while True:
            self.tend()
            time.sleep(POLL)

    def stop(self) -> None:
        """Ends everything that was started: the users of the database first, then the database."""
        for databases in (False, True):
            wave = [child for child in reversed(self.children) if child.program.is_database is databases]
            for child in wave:
                child.ask_to_end()
            for child in wave:
                child.end()
        self._report()


def end_group(step: "subprocess.Popen[bytes]", *, alone: bool) -> None:
    """Asks a step (and unless ALONE everything it started) to end, and insists after ten seconds."""
    for kind, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
        try:
            step.send_signal(kind) if alone else os.killpg(step.pid, kind)
            step.wait(patience)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    from baoji.operate.dev import main

    sys.exit(main(["up", *sys.argv[1:]]))
