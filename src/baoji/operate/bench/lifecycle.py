"""`lifecycle`: the whole loop through the API at 8 clients, against ten transactions of the least SQL."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from baoji.operate.bench import floor, loop, machine
from baoji.operate.bench.crowd import Client, Tally, share
from baoji.operate.bench.fill import fill
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.intake import core
from baoji.operate.bench.loop import Learnt, Manner, Refusal
from baoji.operate.bench.neighbour import neighbour
from baoji.operate.bench.result import Figures, Result, beside, middle, ratio

CLIENTS = 8
MOST_SLOWER = 1.1
STEPS = (
    ("accept", "file/accepted"),
    ("file", "dispatch/filed"),
    ("dispatch", "handle/to_sign"),
    ("sign", "handle/handling"),
    ("answer", "feedback/answered"),
    ("review", "check/to_check"),
    ("check_request", "check/checking"),
    ("check_answer", "check/passed"),
    ("close", "evaluate/closed"),
)


@dataclass
class Tour:
    """What several clients did together."""

    done: int = 0
    refused: list[str] = field(default_factory=list)


def teach(ground: Ground) -> list[Learnt]:
    """Learns the loop at each spot, one client after the other."""
    known = [Learnt(ground.spot()) for _n in range(ground.size.spots)]
    tour = Tour()
    tally = ground.run([_lessons(ground, known, tour)])
    if tour.refused or tally.faults:
        raise Refusal((tour.refused or list(tally.faults))[0])
    return known


def _lessons(ground: Ground, known: Iterable[Learnt], tour: Tour) -> Client:
    for learnt in known:
        try:
            yield from loop.learn(ground, learnt)
        except Refusal as refusal:
            tour.refused.append(str(refusal))


def walker(ground: Ground, known: list[Learnt], manner: Manner, until: float, tour: Tour) -> Client:
    while perf_counter() < until:
        yield from once(ground, ground.draw.choice(known), manner, tour)


def once(ground: Ground, learnt: Learnt, manner: Manner, tour: Tour) -> Client:
    try:
        yield from loop.walk(ground, learnt, manner)
        tour.done += 1
    except Refusal as refusal:
        tour.refused.append(str(refusal))


def measure(
    ground: Ground, known: list[Learnt], manner: Manner, result: Result, clients: int = CLIENTS
) -> Figures:
    tour, until, before = Tour(), perf_counter() + ground.size.seconds, machine.used()
    tally = ground.run([walker(ground, known, manner, until, tour) for _n in range(clients)])
    for words in tour.refused:
        tally.fault(words)
    result.count(tally)
    return {**told(tally, tour.done), "cpu_ms": machine.spent(before, tally.count)}


def told(tally: Tally, done: int) -> Figures:
    acts = {act: round(share(times, 0.95), 2) for act, times in tally.times.items() if act != "look"}
    slowest = max(acts, key=lambda act: acts[act], default="")
    return {
        "rate": round(done / tally.seconds, 2),
        "acts": round(sum(len(t) for a, t in tally.times.items() if a != "look") / tally.seconds, 1),
        "p95_any_act": acts.get(slowest, 0.0),
        "slowest": slowest,
        "p95": acts,
    }


def floor_script() -> str:
    """The report, then nine acts; filing takes the next number of its division and day, two acts bring a photo, which is kept."""
    parts, act = [floor.script("intake")], floor.script("act")
    for n, (name, to) in enumerate(STEPS, start=2):
        before, also, ends = "", "", name == "close"
        if name == "file":
            before = (
                "INSERT INTO bench_floor.serial VALUES ('610302', current_date, 1) ON CONFLICT (division, day)"
                " DO UPDATE SET last = bench_floor.serial.last + 1 RETURNING last \\gset"
            )
            also = ", case_number = '610302-' || current_date || '-' || :last::text"
        if name in loop.PHOTO_ACTS:
            before = (
                f"INSERT INTO bench_floor.photo VALUES (:id::bigint, {n}, md5(:id::text || '-{n}'),"
                f" decode(repeat(md5(:id::text), {len(loop.PICTURE) // 16}), 'hex'));"
            )
        timer = (
            "DELETE FROM bench_floor.timer WHERE report = :id::bigint;"
            if ends
            else (
                "INSERT INTO bench_floor.timer VALUES (:id::bigint, 'due', now() + interval '1 hour')"
                " ON CONFLICT (report, kind) DO UPDATE SET due_at = excluded.due_at;"
            )
        )
        parts.append(act.format(before=before, also=also, timer=timer, n=n, act=name, to=to))
    return "\n".join(parts)


def run(ground: Ground) -> Result:
    result = Result("lifecycle", machine=machine.facts())
    result.notes.append(
        f"facts and people of each act are learnt from what the case offers, once at each of {ground.size.spots} spots (class, condition,"
        " place), then used again; full answers unless said otherwise; acts carry no Idempotency-Key, reports do;"
        " the floor keeps the bytes of its two photos, as what is acknowledged must survive a power cut"
    )
    for at in ground.at or (0,):
        fill(at, ground, result)
        _measure_at(ground, result)
    _compare(result)
    if ground.beside is not None:
        _measure_beside(ground, ground.beside, result)
    result.machine["memory"] = machine.memory()
    result.promise("no errors", result.errors, result.errors == 0)
    return result


def _prepared(ground: Ground, cases: int, result: Result) -> list[Learnt]:
    ground.say(f"lifecycle at {cases:,} cases: learning …")
    known = teach(ground)
    for _warm in range(2):
        measure(ground, known, Manner(), result)
    return known


def _measure_at(ground: Ground, result: Result) -> None:
    cases = ground.cases()
    known, name = _prepared(ground, cases, result), f"at_{cases}"
    with floor.tables():
        ours, least = [], []
        pairs = ground.size.runs * 2  # many short ones: processors change their speed within the minute
        for n in range(pairs):
            ground.say(f"lifecycle at {cases:,} cases: pair {n + 1} of {pairs} …")
            ours.append(measure(ground, known, Manner(), result))
            least.append(
                floor.pgbench(floor_script(), clients=CLIENTS, seconds=ground.size.seconds, **core())
            )
    result.ours[name], result.floor[name] = middle(ours), middle(least)
    result.ours[f"{name}_minimal"] = measure(ground, known, Manner(minimal=True), result)
    result.ours[f"{name}_looking"] = measure(ground, known, Manner(look=True), result)
    result.ratio[name] = beside(ours, least)
    _promise(result, name)


def _promise(result: Result, name: str) -> None:
    ours = result.ours[name]
    result.promise(f"{name}: at least 30 lifecycles a second", ours["rate"], ours["rate"] >= 30)
    result.promise(f"{name}: at least 0.15 of the floor", result.ratio[name], result.ratio[name] >= 0.15)
    result.promise(f"{name}: p95 of any act at most 100 ms", ours["p95_any_act"], ours["p95_any_act"] <= 100)


def turns(ground: Ground) -> None:
    """For a city that measures beside this one: one measurement for each line that it sends."""
    result, cases = Result("lifecycle"), ground.cases()
    known = _prepared(ground, cases, result)
    print(json.dumps({"cases": cases}), flush=True)
    for _asked in sys.stdin:
        before = result.errors
        found = measure(ground, known, Manner(), result)
        print(json.dumps({**found, "errors": result.errors - before}), flush=True)


def _measure_beside(ground: Ground, folder: Path, result: Result) -> None:
    """Both sizes in turn: between two runs apart, the machine's own speed changes more than what is asked for."""
    with neighbour("lifecycle", folder, ground.size.name) as other:
        cases = ground.cases()
        known = _prepared(ground, cases, result)
        here, there = [], []
        pairs = ground.size.runs * 4
        for n in range(pairs):
            ground.say(f"lifecycle at {cases:,} and {other.cases:,} cases in turn: pair {n + 1} of {pairs} …")
            if n % 2:
                here.append(measure(ground, known, Manner(), result))
            there.append(other.measure())
            if not n % 2:
                here.append(measure(ground, known, Manner(), result))
    result.errors += sum(one["errors"] for one in there)
    small, large = sorted(((other.cases, there), (cases, here)), key=lambda one: one[0])
    name = f"in turn, {small[0]} to {large[0]}"
    result.ours[f"{name}: smaller"], result.ours[f"{name}: larger"] = middle(small[1]), middle(large[1])
    slower = beside(small[1], large[1])
    result.ratio[name] = slower
    result.promise(f"{name}: at most {MOST_SLOWER} times slower", slower, slower <= MOST_SLOWER)


def _compare(result: Result) -> None:
    """From the smaller database to the larger one."""
    names = [name for name in result.ours if name.removeprefix("at_").isdigit()]
    if len(names) > 1:
        slower = ratio(result.ours[names[0]]["rate"], result.ours[names[-1]]["rate"])
        result.ratio[f"{names[0]} to {names[-1]}"] = slower
        result.promise(
            f"at most {MOST_SLOWER} times slower from {names[0]} to {names[-1]}",
            slower,
            slower <= MOST_SLOWER,
        )
