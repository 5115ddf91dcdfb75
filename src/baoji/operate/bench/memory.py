"""`memory`: what the processes hold at rest."""

from time import sleep

from baoji.operate.bench import machine
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.result import Result

REST_S = 10
MOST_MIB = 500


def run(ground: Ground) -> Result:
    ground.say(f"memory: {REST_S} s of rest …")
    sleep(REST_S)
    held = machine.memory()
    ours = {name: mib for name, mib in held.items() if name != "postgres"}
    total = round(sum(ours.values()), 1)
    result = Result(
        "memory",
        ours={
            **ours,
            "web + worker": round(held.get("web", 0) + held.get("worker", 0), 1),
            "all but the database": total,
        },
    )
    result.floor, result.machine = {"postgres": held.get("postgres", 0.0)}, machine.facts()
    result.notes.append(
        "MiB resident; PostgreSQL's shared memory is counted once. A web process that has served keeps its tables and tiles"
    )
    result.promise(f"all but the database: at most {MOST_MIB} MiB", total, 0 < total <= MOST_MIB)
    result.errors = int(not held)
    return result
