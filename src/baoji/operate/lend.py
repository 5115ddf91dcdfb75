"""A command in the project's environment: on the running database, or on one lent for its length."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from baoji.operate import machine
from baoji.operate.database import given_url, private_cluster
from baoji.operate.errors import Trouble
from baoji.operate.layout import CHECKOUT, Layout
from baoji.operate.state import State, held, is_elsewhere, read_state, write_state
from baoji.operate.supervise import Supervisor
from baoji.operate.up import private_or_given, start_private_cluster

Command = Callable[[dict[str, str]], Sequence[str]]


def with_database(layout: Layout, command: Command, *, makes: bool = True) -> int:
    """Runs a command in the project's environment; a private database that is down runs just as long.

    Unless it MAKES one, the installation must be there: a name mistyped is no wish for a new one.
    """
    if not (makes or given_url() or private_cluster(layout).is_made or read_state(layout)):
        raise Trouble(f"There is no installation in {layout.data}; ./dev up makes one.")
    layout.prepare()
    while True:
        if given_url() or _is_served(layout):
            return _run(command, environment(layout))
        if is_elsewhere(read_state(layout)):
            raise Trouble(
                f"The city on {layout.data} works on a server of its own; set DATABASE_URL as for ./dev up."
            )
        with held(layout) as free:
            if free:
                return _lend(layout, command)
        time.sleep(0.2)


def _run(command: Command, env: dict[str, str]) -> int:
    """Ctrl-C is for the command; we only pass its answer on."""
    running = subprocess.Popen(list(command(env)), env=env)
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:
            continue


def _is_served(layout: Layout) -> bool:
    state = read_state(layout)
    return state is not None and state.phase in ("starting", "ready") and private_cluster(layout).is_ready()


def environment(layout: Layout) -> dict[str, str]:
    """The environment of a command on this installation's database, with the city's address while it is served."""
    state = read_state(layout)
    addresses = private_or_given(layout)
    env = layout.environment(app_url=addresses.app, owner_url=addresses.owner)
    return {**env, "BAOJI_URL": state.url} if state and state.url else env


def _lend(layout: Layout, command: Command) -> int:
    supervisor = Supervisor(tell=_to_stderr)
    supervisor.catch_signals()
    signal.signal(signal.SIGINT, lambda number, frame: None)  # Ctrl-C is for the command
    layout.require_space()
    write_state(layout, State(os.getpid(), "command"))
    try:
        tell = _silent if private_cluster(layout).is_made else _to_stderr
        first = start_private_cluster(layout, supervisor, tell)
        env = environment(layout)
        if first:
            _make_tables(supervisor, {**env, "DATABASE_URL": env["DATABASE_OWNER_URL"]})
        return supervisor.run_step(command(env), env=env, cwd=Path.cwd(), interactive=True)
    finally:
        supervisor.stop()


def _make_tables(supervisor: Supervisor, as_owner: dict[str, str]) -> None:
    for argv in (machine.manage("migrate", "--no-input", "-v0"), machine.manage("grant_app_role")):
        code = supervisor.run_step(argv, env=as_owner, cwd=CHECKOUT)
        if code:
            raise Trouble(
                f"Making the tables failed (code {code}); the reason stands above. ./dev up tries again."
            )


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silent(line: str) -> None:
    return None
