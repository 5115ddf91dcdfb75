"""`photo-reuse`: which of five million photos is this one? By index beside the least reading; then the whole check on labelled pictures.

The fingerprints, of whole pictures and of their parts, are laid in bulk, into tables of the same make in a schema of the bench's own,
which the look-up's own statements then find first. Half of them lie around those of drawn streets, so that some chunks are common, as
in a city; half are chance. One part in a thousand is exactly one of an eighth of the streets' parts: what hangs everywhere.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from random import Random
from time import perf_counter

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness import hashing, index
from baoji.kernel.evidence.likeness.hashing import (
    FEW_PARTS,
    PARTS_KEPT,
    TURNED,
    prints_asked,
    prints_asked_far,
)
from baoji.kernel.evidence.likeness.judging import Limits
from baoji.kernel.evidence.likeness.trial.measured import Asked, Shot, Tally, measure, shots
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
EVERY = 1_000_000
SCHEMA = "bench_likeness"
Ask = Callable[[Asked], object]
LAY = f"""
CREATE UNLOGGED TABLE {SCHEMA}.evidence_print_key AS
SELECT (n << 16 | ((h >> (16 * n)) & 65535)::int)::int AS k, file_id, h
  FROM (SELECT file_id, CASE WHEN file_id %% 2 = 0 THEN around[1 - file_id %% cardinality(around)] # (pg_temp.chance() & pg_temp.chance())
                             ELSE pg_temp.chance() END AS h
          FROM generate_series(-%s::bigint, -1) AS file_id, (SELECT %s::bigint[] AS around) a) x,
       generate_series(0, 3) AS n
"""
LAY_PARTS = f"""
CREATE UNLOGGED TABLE {SCHEMA}.evidence_part_key AS
SELECT 1073741823 & CASE kind WHEN 0 THEN ks[i - i %% 8 + 1] WHEN 1 THEN ks[i + 1] # (pg_temp.some() & pg_temp.some()) ELSE pg_temp.some() END AS k,
       2147483647 & CASE kind WHEN 0 THEN hs[i - i %% 8 + 1] WHEN 1 THEN hs[i + 1] # (pg_temp.some() & pg_temp.some()) ELSE pg_temp.some() END AS h, file_id
  FROM (SELECT file_id, ks, hs, floor(random() * (cardinality(ks) - 1))::int AS i,
               CASE WHEN (file_id * {PARTS_KEPT} + n) %% 1000 = 0 THEN 0 WHEN n %% 2 = 0 THEN 1 ELSE 2 END AS kind
          FROM generate_series(-%s::bigint, -1) AS file_id, generate_series(0, {PARTS_KEPT} - 1) AS n,
               (SELECT %s::int[] AS ks, %s::int[] AS hs) a) x
"""
CHANCE = """
CREATE FUNCTION pg_temp.chance() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (floor(random() * 4294967296)::bigint << 32) | floor(random() * 4294967296)::bigint $$
"""
SOME = """
CREATE FUNCTION pg_temp.some() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT (floor(random() * 4294967296) - 2147483648)::int $$
"""
# Reads the same stretches of the index and counts no bits.
LEAST = "SELECT count(h) FROM evidence_print_key WHERE k = ANY(%s::int[])"
LEAST_PARTS = "SELECT count(h) FROM evidence_part_key WHERE k = ANY(%s::int[])"
SIZE = "SELECT pg_indexes_size('{0}'), pg_total_relation_size('{0}')"


@contextmanager
def laid(pictures: int, known: list[Shot], say: Callable[[str], None]) -> Iterator[None]:
    """So many pictures' fingerprints and parts, and those of the known pictures under their numbers, which are the greatest."""
    began = perf_counter()
    say(f"photo-reuse: fingerprints of {pictures:,} pictures are laid in bulk …")
    _drop()
    try:
        sql.execute(f"CREATE SCHEMA {SCHEMA}")
        sql.execute(CHANCE)
        sql.execute(SOME)
        sql.value("SELECT setseed(0.25)")
        around = [hashing.signed(one) for shot in known for one in shot.asked.prints[:-TURNED]]
        sql.execute(LAY, [pictures, around])
        rows = [hashing.part_rows(shot.asked.parts) for shot in known]
        sql.execute(
            LAY_PARTS, [pictures, [k for ks, _hs in rows for k in ks], [h for _ks, hs in rows for h in hs]]
        )
        sql.execute(f"SET search_path = {SCHEMA}, public")
        _keep(known)
        say(f"photo-reuse: laid in {perf_counter() - began:.0f} s")
        yield
    finally:
        sql.execute("RESET search_path")
        _drop()


def _keep(known: list[Shot]) -> None:
    sql.execute("ALTER TABLE evidence_print_key ADD PRIMARY KEY (k, file_id) INCLUDE (h)")
    sql.execute("ALTER TABLE evidence_part_key ADD PRIMARY KEY (k, h, file_id)")
    for shot in known:
        index.keep(shot.number, shot.asked.prints[0])
        index.keep_parts(shot.number, shot.asked.parts)
    sql.execute("VACUUM ANALYZE evidence_print_key")
    sql.execute("VACUUM ANALYZE evidence_part_key")


def _drop() -> None:
    sql.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def asked(known: list[Shot], number: int) -> list[Asked]:
    """Pictures as they are looked up, each with its variants and parts: half of them a little changed, half never seen."""
    rng, made = Random(7), []
    for n in range(number):
        shot, mask = known[n % len(known)].asked, 0
        for bit in rng.sample(range(64), rng.randrange(0, 8) if n % 2 else 24):
            mask |= 1 << bit
        # Of a crop half of the parts are others.
        parts = [
            (bits if n % 2 and rng.random() < 0.5 else bits ^ rng.getrandbits(63), weak)
            for bits, weak in shot.parts
        ]
        made.append(Asked([one ^ mask for one in shot.prints], parts))
    return made


def beside(ours: Ask, least: Ask, pictures: list[Asked]) -> tuple[Figures, Figures]:
    """p50 and p95 of both, asked in turn so that both meet the same machine; and the database's processor time of each, which
    does not depend on who else is at work. Milliseconds."""
    for ask in (ours, least):
        ask(pictures[0])
    times = [(_took(ours, picture), _took(least, picture)) for picture in pictures]
    return (
        {**_shares([one for one, _other in times]), "cpu": _cpu(ours, pictures)},
        {**_shares([other for _one, other in times]), "cpu": _cpu(least, pictures)},
    )


def _took(ask: Ask, picture: Asked) -> float:
    began = perf_counter()
    ask(picture)
    return perf_counter() - began


def _shares(times: list[float]) -> Figures:
    return {"p50": round(share(times, 0.5), 2), "p95": round(share(times, 0.95), 2)}


def _cpu(ask: Ask, pictures: list[Asked]) -> float:
    before = machine.used()
    for picture in pictures:
        ask(picture)
    return machine.spent(before, len(pictures)).get("postgres", 0.0)


def _near(picture: Asked) -> object:
    """As the worker asks."""
    asked = prints_asked(picture.prints, picture.parts)
    return index.find(asked, bits=NEAR, most=MOST), index.find_parts(picture.parts, most=MOST)


def _far(picture: Asked) -> object:
    return index.find(prints_asked_far(picture.prints), bits=FAR, most=MOST, flips=2)


def _parts(picture: Asked) -> object:
    return index.find_parts(picture.parts, most=MOST)


def _least(picture: Asked) -> object:
    asked = prints_asked(picture.prints, picture.parts)
    found = [sql.value(LEAST, [sql.array(hashing.asked(asked)[0])])]
    return (
        [*found, sql.value(LEAST_PARTS, [sql.array(hashing.parts_asked(picture.parts)[0])])]
        if picture.parts
        else found
    )


def near(given: Asked, known: list[Shot]) -> dict[int, int | None]:
    """What is near or has parts in common, and where neither can say, what is further away: as the worker asks."""
    asked = prints_asked(given.prints, given.parts)
    found = index.find(asked, bits=NEAR, most=MOST + 1)
    if not found and len(given.parts) < FEW_PARTS:
        found = index.find(prints_asked_far(given.prints), bits=FAR, most=MOST + 1, flips=2)
    parts: dict[int, int | None] = dict.fromkeys(index.find_parts(given.parts, most=MOST + 1))
    return parts | _nearness(given, known, parts) | dict(found)


def _nearness(given: Asked, known: list[Shot], files: Collection[int]) -> dict[int, int | None]:
    """Of those found by parts, in whichever way they are shown; of what was laid in bulk nobody knows whole prints."""
    least = {
        shot.number: min(hashing.distance(one, shot.asked.prints[0]) for one in given.prints)
        for shot in known
        if shot.number in files
    }
    return {number: bits for number, bits in least.items() if bits <= NEAR}


def look_ups(known: list[Shot], number: int, result: Result) -> None:
    """`with variants`: as it is, and its parts, which know it mirrored, turned and cut as well. `no parts`: of what has none, each
    variant."""
    pictures = asked(known, number)
    alone = [Asked(picture.prints[:1], []) for picture in pictures]
    bare = [Asked(picture.prints, []) for picture in pictures]
    for picture in pictures:  # from here on the indexes are in memory
        _near(picture)
    for name, given in (("with variants", pictures), ("as it is", alone), ("no parts", bare)):
        result.ours[name], result.floor[name] = beside(_near, _least, given)
        result.ratio[name] = ratio(result.ours[name]["p50"], result.floor[name]["p50"])
    result.ours["its parts"] = {
        **_shares([_took(_parts, one) for one in pictures]),
        "cpu": _cpu(_parts, pictures),
    }
    result.ours[f"no parts, within {FAR} bits"] = _shares([_took(_far, one) for one in bare])
    missed = sum(
        n % len(known) not in dict(index.find(one.prints, bits=NEAR, most=EVERY))
        for n, one in enumerate(pictures)
        if n % 2
    )
    result.errors += missed
    result.promise("nothing within seven bits is missed", missed, missed == 0)


def told(tally: Tally) -> Figures:
    return {"beside": tally.share("beside"), "anywhere": tally.share("anywhere"), "n": tally.n}


def check(known: list[Shot], result: Result) -> None:
    limits = Limits(NEAR, int(DEFAULTS["inliers"]), DEFAULTS["alike"], DEFAULTS["alike_near"])
    trial = measure(known, lambda given: near(given, known), limits)
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
        for name, table in (("", "evidence_print_key"), ("parts: ", "evidence_part_key")):
            ((of_index, whole),) = sql.tuples(SIZE.format(table))
            result.machine |= {
                f"{name}index MB": round(of_index / 1e6),
                f"{name}whole MB": round(whole / 1e6),
            }
        look_ups(known, LOOK_UPS[size], result)
        ground.say("photo-reuse: the whole check on labelled pictures …")
        check(known, result)
    result.notes += [
        "fingerprints are laid in bulk, unlogged, half around those of drawn streets, half by chance; pictures are drawn",
        "floor reads the same stretches of the indexes and counts no bits; both find them in memory",
        "anywhere: found by index among all; beside: compared because of the same person, department, component or case",
    ]
    late = result.ours["with variants"]["p95"]
    result.promise(f"look-up with all variants: p95 at most {MOST_MS:.0f} ms", late, late <= MOST_MS)
    return result
