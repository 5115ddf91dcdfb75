"""Brings the database to a number of cases with `baoji simulate --cases`, and says so."""

import subprocess

from baoji.kernel.base import sql
from baoji.operate import machine
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.result import Result
from baoji.operate.errors import Trouble

ENOUGH = 0.98


def fill(cases: int, ground: Ground, result: Result) -> None:
    """Loads what is missing, and waits until the city has taken it in. More cases than asked for are left, and told: nothing is ever
    deleted."""
    held = int(sql.value("SELECT count(*) FROM flow_case"))
    if not cases:
        return
    if held > cases * 1.05:
        result.notes.append(f"{cases:,} cases were asked for, {held:,} are there; measured with these")
    if held >= cases * ENOUGH:
        return
    missing = cases - held
    ground.say(f"Loading {missing:,} cases in bulk …")
    if subprocess.run(machine.operators("simulate", "--cases", str(missing)), check=False).returncode:
        raise Trouble(f"{missing:,} cases are missing and could not be loaded.")
    sql.execute("ANALYZE")
    result.notes.append(f"{missing:,} of {cases:,} cases were loaded in bulk")
    result.notes += ground.rest()
