"""The floor: the same promises kept by the least SQL, run by pgbench on the same database in the same run."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from baoji.operate.bench.crowd import share
from baoji.operate.bench.ground import owner_url
from baoji.operate.cluster import SERVERS, versions_here
from baoji.operate.errors import Trouble

SCHEMA = Path(__file__).parent / "sql" / "floor.sql"


def binary() -> str:
    for version in versions_here():
        path = SERVERS / str(version) / "bin" / "pgbench"
        if path.exists():
            return str(path)
    raise Trouble("This machine has no pgbench; install postgresql (its contrib programs).")


def script(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


@contextmanager
def tables() -> Iterator[None]:
    """The floor's own tables in a schema of their own: only the columns and keys that the promises need."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA.read_text())
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA bench_floor CASCADE")


def pgbench(text: str, *, clients: int, seconds: float, **known: str | float) -> dict[str, Any]:
    """Transactions a second, p50 and p95 (ms) of a script; `known` become its variables."""
    with tempfile.TemporaryDirectory(prefix="baoji-bench-") as folder:
        path = Path(folder) / "script.sql"
        path.write_text(text)
        argv = [
            binary(),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            f"--jobs={min(2, clients)}",
        ]
        argv += [f"--time={max(1, round(seconds))}", "--log", f"--log-prefix={folder}/log", f"--file={path}"]
        argv += [f"--define={name}={value}" for name, value in known.items()]
        done = subprocess.run(
            [*argv, owner_url()],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        if done.returncode or "aborted" in done.stderr:
            raise Trouble(
                "pgbench: "
                + next((line for line in done.stderr.splitlines() if "ERROR" in line), done.stderr[-300:])
            )
        times = [
            int(line.split()[2]) / 1e6
            for log in Path(folder).glob("log*")
            for line in log.read_text().splitlines()
        ]
    return {
        "rate": round(_rate(done.stdout), 1),
        "p50": round(share(times, 0.5), 2),
        "p95": round(share(times, 0.95), 2),
    }


def _rate(told: str) -> float:
    for line in told.splitlines():
        if line.startswith("tps = "):
            return float(line.split()[2])
    raise Trouble("pgbench told no rate.")
