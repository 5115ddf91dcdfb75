"""Runs benches one after the other and tells what they found."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from baoji.operate.bench.ground import ground
from baoji.operate.bench.result import Result, tell


def series(
    name: str,
    modules: Sequence[ModuleType],
    *,
    size: str,
    at: tuple[int, ...],
    beside: Path | None,
    as_json: bool,
) -> int:
    """0 when nothing went wrong; a missed goal is told, not an error: the machine may be busy with something else."""
    found: list[Result] = []
    with ground(size, _say, at, beside) as here:
        for module in modules:
            rested = here.rest()
            result: Result = module.run(here)
            result.notes[:0] = rested
            result.machine["load_after"] = round(os.getloadavg()[0], 2)
            tell(result, print)
            found.append(result)
    if as_json:
        print(found[0].as_json() if len(found) == 1 else _together(name, found), flush=True)
    return 1 if any(result.errors for result in found) else 0


def turns(module: ModuleType, size: str) -> int:
    """Measures when it is told on its standard input, for another city's bench."""
    with ground(size, _say) as here:
        here.rest()
        module.turns(here)
    return 0


def _together(name: str, found: list[Result]) -> str:
    parts = {one.name: json.loads(one.as_json()) for one in found}
    return json.dumps(
        {
            "name": name,
            **{part: {one: parts[one][part] for one in parts} for part in ("ours", "floor", "ratio")},
            "errors": sum(one.errors for one in found),
            "machine": found[0].machine,
            "goals": [{"bench": one, **goal} for one in parts for goal in parts[one]["goals"]],
        },
        ensure_ascii=False,
    )


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
