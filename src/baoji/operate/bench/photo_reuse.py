"""`photo-reuse`: which of five million photos is this one? By index beside the least reading; then the whole check on labelled pictures.

The fingerprints are laid in bulk, into a table of the same make in a schema of the bench's own, which the look-up's own statement
then finds first. Half of them lie around those of drawn streets, so that some chunks are common, as in a city; half are chance.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from time import perf_counter

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness import hashing, index
from baoji.kernel.evidence.likeness.judging import Limits
from baoji.kernel.evidence.likeness.trial.measured import Shot, Tally, measure, shots
from baoji.operate.bench import machine
from baoji.operate.bench.crowd import share
from baoji.operate.bench.ground import SIZES, Ground
from baoji.operate.bench.result import Figures, Result, ratio
from baoji.systems.urban.queries.likeness import DEFAULTS

MOST_MS = 10.0
PICTURES = {"tiny": 20_000, "short": 500_000, "full": 5_000_000}
PLACES = {"tiny": 3, "short": 6, "full": 24}
LOOK_UPS = {"tiny": 50, "short": 300, "full": 600}
NEAR, FAR, MOST = int(DEFAULTS["bits"]), int(DEFAULTS["far_bits"]), int(DEFAULTS["near"])
SCHEMA = "bench_likeness"
Ask = Callable[[list[int]], object]
LAY = f"""
CREATE UNLOGGED TABLE {SCHEMA}.evidence_print_key AS
SELECT (n << 16 | ((h >> (16 * n)) & 65535)::int)::int AS k, file_id, h
  FROM (SELECT file_id, CASE WHEN file_id %% 2 = 0 THEN around[1 + file_id %% cardinality(around)] # (pg_temp.chance() & pg_temp.chance())
                             ELSE pg_temp.chance() END AS h
          FROM generate_series(1000000000::bigint, 1000000000::bigint + %s - 1) AS file_id, (SELECT %s::bigint[] AS around) a) x,
       generate_series(0, 3) AS n
"""
CHANCE = """
CREATE FUNCTION pg_temp.chance() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (floor(random() * 4294967296)::bigint << 32) | floor(random() * 4294967296)::bigint $$
"""
KEEP = "INSERT INTO evidence_print_key (k, file_id, h) SELECT unnest(%s::int[]), %s, %s"
# Reads the same stretches of the index and counts no bits.
LEAST = "SELECT count(h) FROM evidence_print_key WHERE k = ANY(%s::int[])"


@contextmanager
def laid(pictures: int, known: list[Shot], say: Callable[[str], None]) -> Iterator[None]:
    """So many fingerprints, and those of the known pictures under their numbers."""
    began = perf_counter()
    say(f"photo-reuse: {pictures:,} fingerprints are laid in bulk …")
    around = [hashing.signed(one) for shot in known for one in shot.prints]
    _drop()
    try:
        sql.execute(f"CREATE SCHEMA {SCHEMA}")
        sql.execute(CHANCE)
        sql.value("SELECT setseed(0.25)")
        sql.execute(LAY, [pictures, around])
        sql.execute(f"SET search_path = {SCHEMA}, public")
        for shot in known:
            own = shot.prints[0]
            sql.execute(KEEP, [hashing.own_keys(own), shot.number, hashing.signed(own)])
        sql.execute("ALTER TABLE evidence_print_key ADD PRIMARY KEY (k, file_id) INCLUDE (h)")
        sql.execute("VACUUM ANALYZE evidence_print_key")
        say(f"photo-reuse: laid in {perf_counter() - began:.0f} s")
        yield
    finally:
        sql.execute("RESET search_path")
        _drop()


def _drop() -> None:
    sql.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def asked(known: list[Shot], number: int) -> list[list[int]]:
    """Pictures as they are looked up, each with its variants: half of them a little changed, half never seen."""
    rng, made = Random(7), []
    for n in range(number):
        shot = known[n % len(known)]
        mask = 0
        for bit in rng.sample(range(64), rng.randrange(0, 8) if n % 2 else 24):
            mask |= 1 << bit
        made.append([one ^ mask for one in shot.prints])
    return made


def beside(ours: Ask, least: Ask, pictures: list[list[int]]) -> tuple[Figures, Figures]:
    """p50 and p95 of both, asked in turn so that both meet the same machine; and the database's processor time of each, which
    does not depend on who else is at work. Milliseconds."""
    for ask in (ours, least):
        ask(pictures[0])
    times = [(_took(ours, picture), _took(least, picture)) for picture in pictures]
    return (
        {**_shares([one for one, _other in times]), "cpu": _cpu(ours, pictures)},
        {**_shares([other for _one, other in times]), "cpu": _cpu(least, pictures)},
    )


def _took(ask: Ask, picture: list[int]) -> float:
    began = perf_counter()
    ask(picture)
    return perf_counter() - began


def _shares(times: list[float]) -> Figures:
    return {"p50": round(share(times, 0.5), 2), "p95": round(share(times, 0.95), 2)}


def _cpu(ask: Ask, pictures: list[list[int]]) -> float:
    before = machine.used()
    for picture in pictures:
        ask(picture)
    return machine.spent(before, len(pictures)).get("postgres", 0.0)


def _near(picture: list[int]) -> object:
    return index.find(picture, bits=NEAR, most=MOST)


def _far(picture: list[int]) -> object:
    return index.find(picture, bits=FAR, most=MOST, flips=2)


def _least(picture: list[int]) -> object:
    return sql.value(LEAST, [hashing.asked(picture)[0]])


def near(prints: list[int]) -> dict[int, int]:
    """As the worker asks: what is near, and only where nothing is, what is further away."""
    found = index.find(prints, bits=NEAR, most=MOST)
    return dict(found or index.find(prints, bits=FAR, most=MOST, flips=2))


def look_ups(known: list[Shot], number: int, result: Result) -> None:
    pictures = asked(known, number)
    alone = [picture[:1] for picture in pictures]
    for name, given in (("with variants", pictures), ("as it is", alone)):
        result.ours[name], result.floor[name] = beside(_near, _least, given)
        result.ratio[name] = ratio(result.ours[name]["p50"], result.floor[name]["p50"])
    result.ours[f"as it is, within {FAR} bits"] = _shares([_took(_far, one) for one in alone])
    missed = sum(
        n % len(known) not in dict(index.find(one, bits=NEAR, most=MOST))
        for n, one in enumerate(pictures)
        if n % 2
    )
    result.errors += missed
    result.promise("nothing within seven bits is missed", missed, missed == 0)


def told(tally: Tally) -> Figures:
    return {"beside": tally.share("beside"), "anywhere": tally.share("anywhere"), "n": tally.n}


def check(known: list[Shot], result: Result) -> None:
    limits = Limits(NEAR, int(DEFAULTS["inliers"]), DEFAULTS["alike"], DEFAULTS["alike_near"])
    trial = measure(known, near, limits)
    result.ours |= {f"found: {name}": told(tally) for name, tally in trial.changed.items()}
    result.ours |= {f"false: {name}": told(tally) for name, tally in trial.others.items()}
    n = sum(tally.n for tally in trial.changed.values())
    for name in ("beside", "anywhere"):
        found = sum(getattr(tally, name) for tally in trial.changed.values())
        result.ours[f"recall, {name}"] = round(found / n, 3)
    strangers = [trial.others[name] for name in ("two places", "an alike place")]
    false = sum(tally.beside for tally in strangers)
    result.ours["false pairs of different places"] = f"{false} of {sum(tally.n for tally in strangers)}"


def run(ground: Ground) -> Result:
    size = next(name for name, one in SIZES.items() if one is ground.size)
    result = Result("photo-reuse", machine=machine.facts())
    ground.say(f"photo-reuse: {PLACES[size]} streets are drawn …")
    known = shots(PLACES[size])
    with laid(PICTURES[size], known, ground.say):
        result.machine["fingerprints"] = PICTURES[size]
        result.machine["index MB"] = round(sql.value("SELECT pg_indexes_size('evidence_print_key')") / 1e6)
        look_ups(known, LOOK_UPS[size], result)
        ground.say("photo-reuse: the whole check on labelled pictures …")
        check(known, result)
    result.notes += [
        "fingerprints are laid in bulk, unlogged, half around those of drawn streets, half by chance; pictures are drawn",
        "floor reads the same stretches of the index and counts no bits",
        "anywhere: found by index among all; beside: compared because of the same person, department, component or case",
    ]
    late = result.ours["with variants"]["p95"]
    result.promise(f"look-up with all variants: p95 at most {MOST_MS:.0f} ms", late, late <= MOST_MS)
    return result
