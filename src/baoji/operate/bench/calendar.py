"""`calendar`: deadline computations in this one process; the floor walks from day to day."""

from baoji.kernel.worktime.bench import bench_calendar
from baoji.kernel.worktime.queries import load_calendar
from baoji.operate.bench import machine
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.result import Result

LEAST = 500_000


def run(ground: Ground) -> Result:
    ground.say(f"calendar, {ground.size.deadlines:,} deadlines in each band …")
    found = bench_calendar(ground.size.deadlines, load_calendar())
    result = Result(
        "calendar",
        ours=found["ours"],
        floor=found["floor"],
        ratio=found["ratio"],
        errors=found["errors"],
        machine=machine.facts(),
    )
    lowest = found["ours"]["lowest"]
    result.promise(f"at least {LEAST:,} deadlines a second at any span", lowest, lowest >= LEAST)
    result.promise("the same deadlines as the plain walk", found["errors"], found["errors"] == 0)
    return result
