"""`tiles`: map tiles over the urban core, cut and kept, against the best SQL run bare and against tipg."""

import math
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter, sleep

import psycopg
from django.db import transaction

from baoji.kernel.base.snapshot import bump
from baoji.operate.bench import machine, tipg
from baoji.operate.bench.crowd import Answer, Ask, Client, Tally, request, share
from baoji.operate.bench.ground import NOTICED_S, Ground, owner_url
from baoji.operate.bench.intake import core
from baoji.operate.bench.result import Figures, Result, figures, ratio

ZOOMS = (12, 13, 14, 15, 16, 17)
WEIGHED = range(10, 18)
MOST_BYTES = 500_000
MOST_TIMES, MOST_MORE_MS = 1.5, 5
Tile = tuple[int, int, int]
HEADERS = {"Accept-Encoding": "gzip"}
# The best SQL for the components of a tile: stored EPSG:3857, two attributes near, one far.
BARE = """
WITH b AS MATERIALIZED (SELECT ST_TileEnvelope(%s, %s, %s) AS box)
SELECT ST_AsMVT(t, 'component', 4096, 'g') FROM (
  SELECT ST_AsMVTGeom(place_web, b.box, 4096, 64, true) AS g, left(class_code, 2) AS m{more}
    FROM urban_component, b WHERE place_web && b.box) t
"""


def column(lon: float, z: int) -> int:
    return int((lon + 180) / 360 * 2**z)


def row(lat: float, z: int) -> int:
    return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)


def tiles_of(z: int) -> list[Tile]:
    """Every tile of a zoom that touches the urban core."""
    box = core()
    west, south = box["west"], box["south"]
    east, north = west + box["wide"], south + box["high"]
    return [
        (z, x, y)
        for x in range(column(west, z), column(east, z) + 1)
        for y in range(row(north, z), row(south, z) + 1)
    ]


def drawn(ground: Ground, z: int) -> list[Tile]:
    found = tiles_of(z)
    return ground.draw.sample(found, min(len(found), ground.size.tiles))


def ask(tile: Tile, label: str, name: str = "components") -> Ask:
    z, x, y = tile
    return Ask(label, request("GET", f"/tiles/{name}/{z}/{x}/{y}", HEADERS))


def forget() -> None:
    """What an edit of the ledger does: every process throws its kept tiles away."""
    with transaction.atomic():
        bump("components")
    sleep(NOTICED_S)


def fetch(
    tiles: Iterator[Tile], make: Callable[[Tile], Ask], refused: list[str], until: float = math.inf
) -> Client:
    for tile in tiles:
        if perf_counter() > until:
            return
        answer = yield make(tile)
        if not answer.good:
            refused.append(f"tile {tile}: {answer.status}")


def measure(ground: Ground, clients: list[Client], refused: list[str], result: Result) -> Tally:
    tally = ground.run(clients)
    for words in refused:
        tally.fault(words)
    result.count(tally)
    return tally


def first_touch(ground: Ground, tiles: list[Tile], result: Result, name: str = "components") -> Tally:
    """Each tile once, one after the other, after everything kept was thrown away."""
    forget()
    refused: list[str] = []
    return measure(
        ground, [fetch(iter(tiles), lambda tile: ask(tile, "cut", name), refused)], refused, result
    )


def bare(tiles: list[Tile]) -> list[float]:
    """Seconds for each of the same tiles by SQL alone, on a connection of its own."""
    times = []
    with psycopg.connect(owner_url(), autocommit=True) as connection:
        for tile in tiles:
            statement = BARE.format(more=", code AS id, class_code AS k, state" if tile[0] >= 16 else "")
            began = perf_counter()
            connection.execute(statement, tile, prepare=True).fetchone()
            times.append(perf_counter() - began)
    return times


def endless(tiles: list[Tile], start: int) -> Iterator[Tile]:
    n = start
    while True:
        yield tiles[n % len(tiles)]
        n += 1


def kept(ground: Ground, tiles: list[Tile], clients: int, result: Result) -> Figures:
    """Tiles that every process has at hand."""
    refused: list[str] = []
    for _again in range(3):
        measure(
            ground,
            [fetch(iter(tiles), lambda tile: ask(tile, "warm"), refused) for _n in range(clients)],
            refused,
            result,
        )
    until = perf_counter() + ground.size.seconds
    made = {tile: ask(tile, "kept") for tile in tiles}
    return figures(
        measure(
            ground,
            [fetch(endless(tiles, n), made.__getitem__, refused, until) for n in range(clients)],
            refused,
            result,
        )
    )


def weigh(ground: Ground, result: Result) -> None:
    """The heaviest tile of the map and of the ledger, of all there are over the core."""
    heaviest: dict[str, tuple[int, Tile]] = {}

    def client(name: str) -> Client:
        for z in WEIGHED:
            found = tiles_of(z) if len(tiles_of(z)) <= 4 * ground.size.tiles else drawn(ground, z)
            for tile in found:
                z_, x, y = tile
                answer: Answer = yield Ask("", request("GET", f"/tiles/{name}/{z_}/{x}/{y}", {}))
                heaviest[name] = max(heaviest.get(name, (0, tile)), (len(answer.body), tile))

    for name in ("city", "components"):
        ground.run([client(name)])
        size, tile = heaviest[name]
        result.ours[f"heaviest {name}"] = {"bytes": size, "tile": "/".join(map(str, tile))}
        result.promise(f"no {name} tile over {MOST_BYTES:,} bytes", size, size <= MOST_BYTES)


def run(ground: Ground) -> Result:
    result = Result("tiles", machine=machine.facts())
    for z in ZOOMS:
        ground.say(f"tiles, z{z} …")
        tiles = drawn(ground, z)
        bare(tiles)  # what the disk holds is in memory for both
        runs = [
            (bare(tiles), first_touch(ground, tiles, result).times.get("cut", []))
            for _run in range(ground.size.runs)
        ]
        least, ours = (
            [median(column) for column in zip(*side, strict=True)] for side in zip(*runs, strict=True)
        )
        _beside(result, z, ours, least)
        result.ours[f"z{z} whole map"] = figures(first_touch(ground, tiles, result, "city"))
    ground.say("tiles, kept …")
    result.ours["kept"] = kept(ground, drawn(ground, 16), 8, result)
    result.promise(
        "kept: at least 5,000 a second", result.ours["kept"]["rate"], result.ours["kept"]["rate"] >= 5000
    )
    ground.say("tiles, the heaviest …")
    weigh(ground, result)
    tipg.beside(ground, result, {z: drawn(ground, z) for z in (14, 16)}, against=_at_eight(ground, result))
    result.machine["memory"] = machine.memory()
    result.promise("no errors", result.errors, result.errors == 0)
    return result


def _beside(result: Result, z: int, ours: list[float], least: list[float]) -> None:
    """A tile's own time against its own bare SQL: the promise is made for each tile, and looked at in the middle."""
    over = [1000 * (mine - MOST_TIMES * bare_) for mine, bare_ in zip(ours, least, strict=True)]
    result.ours[f"z{z} cut"], result.floor[f"z{z}"] = _spread(ours), _spread(least)
    result.ratio[f"z{z}"] = ratio(sum(ours), sum(least))
    middle = round(median(over), 2)
    result.promise(
        f"z{z} cut: beyond {MOST_TIMES} × bare SQL at most {MOST_MORE_MS} ms", middle, middle <= MOST_MORE_MS
    )


def _spread(times: list[float]) -> Figures:
    return {
        "rate": round(len(times) / sum(times), 1),
        "p50": round(share(times, 0.5), 2),
        "p95": round(share(times, 0.95), 2),
    }


def _at_eight(ground: Ground, result: Result) -> Callable[[list[Tile]], Figures]:
    """The way tipg is measured: eight clients, everything cut anew."""

    def measured(tiles: list[Tile]) -> Figures:
        forget()
        refused: list[str] = []
        shares = [tiles[n::8] for n in range(8)]
        return figures(
            measure(
                ground,
                [fetch(iter(part), lambda tile: ask(tile, "cut"), refused) for part in shares],
                refused,
                result,
            )
        )

    return measured
