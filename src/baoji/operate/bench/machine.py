"""What a figure was measured on: processors, load, versions, durability, memory of each process."""

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from baoji.kernel.base import sql
from baoji.operate.errors import Trouble
from baoji.operate.layout import Layout
from baoji.operate.state import read_state

MIB = 1024


def facts() -> dict[str, Any]:
    """Raises Trouble when the database may lose what it has acknowledged: such figures would mean nothing."""
    durable = {name: str(sql.value(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")}
    if set(durable.values()) != {"on"}:
        raise Trouble(f"The database is not durable ({durable}); nothing is measured.")
    return {
        "processors": len(os.sched_getaffinity(0)),
        "model": _model(),
        "load_before": round(os.getloadavg()[0], 2),
        **durable,
        "postgresql": str(sql.value("SHOW server_version")).split()[0],
        "python": platform.python_version(),
        "cases": int(sql.value("SELECT count(*) FROM flow_case")),
    }


def _model() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def memory() -> dict[str, float]:
    """Resident MiB of each of our programs with its children; of PostgreSQL's, what is shared is counted once."""
    state = read_state(Layout(settings.DATA))
    if state is None:
        return {}
    children = _children()
    found = {}
    for name, pid in state.processes.items():
        if pid:
            family = list(_family(pid, children))
            found[name] = round(sum(map(_proportional if name == "postgres" else _resident, family)) / MIB, 1)
    return found


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parent = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
                found.setdefault(parent, []).append(int(name))
    return found


def _family(pid: int, children: dict[int, list[int]]) -> Iterable[int]:
    yield pid
    for child in children.get(pid, []):
        yield from _family(child, children)


def _kib(path: Path, name: str) -> int:
    with suppress(OSError):
        for line in path.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _resident(pid: int) -> int:
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:")


def _proportional(pid: int) -> int:
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") or _resident(pid)


def used() -> dict[str, float]:
    """Seconds of processor time that each of our programs has used, its living children included."""
    state = read_state(Layout(settings.DATA))
    children, tick = _children(), os.sysconf("SC_CLK_TCK")
    pids = state.processes if state else {}
    return {
        name: sum(_ticks(one) for one in _family(pid, children)) / tick for name, pid in pids.items() if pid
    }


def _ticks(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(parts[11]) + int(parts[12])
    return 0


def spent(before: dict[str, float], n: int) -> dict[str, float]:
    """Milliseconds of processor time for each of n things since `before`: what stays true on a busy machine."""
    return (
        {name: round(1000 * max(0.0, now - before.get(name, now)) / n, 2) for name, now in used().items()}
        if n
        else {}
    )
