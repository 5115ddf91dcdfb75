"""`intake`: durable reports without photo through the API, against the same promises in the least SQL."""

import json
from itertools import count
from time import perf_counter
from uuid import uuid4

from baoji.kernel.base import sql
from baoji.operate.bench import floor, machine
from baoji.operate.bench.crowd import Ask, Client, request
from baoji.operate.bench.ground import Ground, Spot
from baoji.operate.bench.result import Figures, Result, beside, figures, middle

BASE = "/api/v1/reports"
_numbers = count(1)


def report_body(spot: Spot) -> bytes:
    return json.dumps(
        {
            "kind": "event",
            "class": spot.class_code,
            "condition": spot.condition,
            "description": f"测速上报第 {next(_numbers)} 件",
            "location": {"type": "Point", "coordinates": [spot.lon, spot.lat]},
        },
        ensure_ascii=False,
    ).encode()


def report_ask(token: str, spot: Spot, label: str = "report") -> Ask:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": uuid4().hex,
    }
    return Ask(label, request("POST", BASE, headers, report_body(spot)))


def reporter(ground: Ground, token: str, until: float, refused: list[str]) -> Client:
    while perf_counter() < until:
        answer = yield report_ask(token, ground.spot())
        if answer.status != 201:
            refused.append(f"{answer.status} {answer.body[:120].decode(errors='replace')}")


def measure(ground: Ground, clients: int, seconds: float, result: Result) -> Figures:
    tokens = ground.tokens([f"officer.{n:03d}" for n in range(1, clients + 1)])
    refused: list[str] = []
    until, before = perf_counter() + seconds, machine.used()
    tally = ground.run([reporter(ground, token, until, refused) for token in tokens])
    for words in refused:
        tally.fault(words)
    result.count(tally)
    return {**figures(tally), "cpu_ms": machine.spent(before, tally.count)}


def core() -> Figures:
    """Where the floor's points fall: the middle of the urban core."""
    west, south, east, north = sql.tuples(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(place) AS e FROM maps_unit_grid WHERE valid_to IS NULL) x"
    )[0]
    return {"west": west, "south": south, "wide": east - west, "high": north - south}


def run(ground: Ground) -> Result:
    result, box, size = Result("intake", machine=machine.facts()), core(), ground.size
    measure(ground, max(size.clients), min(1.0, size.seconds), result)  # every thread has read its tables
    with floor.tables():
        for clients in size.clients:
            ground.say(f"intake, {clients} clients …")
            ours, least = [], []
            for _run in range(size.runs):
                ours.append(measure(ground, clients, size.seconds, result))
                least.append(
                    floor.pgbench(floor.script("intake"), clients=clients, seconds=size.seconds, **box)
                )
            name = f"c{clients}"
            result.ours[name], result.floor[name] = middle(ours), middle(least)
            result.ratio[name] = beside(ours, least)
    promise(result)
    result.machine["memory"] = machine.memory()
    return result


def promise(result: Result) -> None:
    for name in ("c8", "c32"):
        if name in result.ratio:
            result.promise(
                f"{name}: at least 0.25 of the floor", result.ratio[name], result.ratio[name] >= 0.25
            )
    if "c8" in result.ours:
        result.promise("c8: p95 at most 25 ms", result.ours["c8"]["p95"], result.ours["c8"]["p95"] <= 25)
    result.promise("no errors", result.errors, result.errors == 0)
