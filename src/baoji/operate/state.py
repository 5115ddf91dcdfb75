"""One lock a data directory, and a small file that says what runs there."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from baoji.operate.errors import Trouble
from baoji.operate.layout import Layout

NAMES = ("postgres", "web", "worker", "stream")


@dataclass
class State:
    """What the holder of the lock says of itself."""

    pid: int
    phase: str  # starting, ready, command (a database lent to one command), stopping
    url: str | None = None
    processes: dict[str, int | None] = field(default_factory=dict)


def is_elsewhere(state: State | None) -> bool:
    """Whether a city is ready whose database is not ours: that of DATABASE_URL."""
    return state is not None and state.phase == "ready" and NAMES[0] not in state.processes


def state_path(layout: Layout) -> Path:
    return layout.run / "state.json"


def write_state(layout: Layout, state: State) -> None:
    """Writes it whole or not at all: others read it at any moment."""
    path = state_path(layout)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(asdict(state)))
    fresh.replace(path)


def read_state(layout: Layout) -> State | None:
    """What the holder of the lock says of itself; None when nobody holds it."""
    if not is_held(layout):
        return None
    with suppress(FileNotFoundError, ValueError, TypeError):
        return State(**json.loads(state_path(layout).read_text()))
    return State(pid=0, phase="starting")


def _lock_path(layout: Layout) -> Path:
    return layout.run / "lock"


def is_held(layout: Layout) -> bool:
    """Whether somebody holds the lock now; asking takes nothing away from them."""
    try:
        handle = os.open(_lock_path(layout), os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def held(layout: Layout) -> Iterator[bool]:
    """Takes the lock if it is free; yields whether it was. Given back at the end, or by our death."""
    try:
        handle = os.open(_lock_path(layout), os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError as error:
        raise Trouble(
            f"{layout.data} belongs to another user; choose another place with --data DIR."
        ) from error
    try:
        free = _try(handle)
        yield free
    finally:
        if free:
            state_path(layout).unlink(missing_ok=True)
        os.close(handle)


def _try(handle: int) -> bool:
    for _ in range(5):  # somebody may just be looking whether it is free
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.05)
    return False
