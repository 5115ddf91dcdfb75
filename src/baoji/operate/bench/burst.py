"""`burst`: lifecycles arrive at their own times, 1 a second and then 35, whether or not the city keeps up."""

from collections.abc import Iterator
from time import perf_counter

from baoji.operate.bench import machine
from baoji.operate.bench.crowd import Client, Tally, share
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.lifecycle import Tour, teach
from baoji.operate.bench.loop import Learnt, Manner, Refusal, walk
from baoji.operate.bench.result import Result

CALM, STORM = 1.0, 35.0
RECOVERED_S = 10
WORSE = 3.0  # an act that takes so much longer than in the calm before is not yet recovered
LEAST_MS = 50.0
HONEST = (": 429 ", ": 503 ")


def phases(seconds: float) -> tuple[float, float, float]:
    """Seconds of calm, storm and calm again."""
    return max(2.0, seconds), max(2.0, 5 * seconds), max(6.0, 6 * seconds)


def arrivals(ground: Ground, known: list[Learnt], tour: Tour) -> Iterator[tuple[float, Client]]:
    at = 0.0
    for rate, length in zip((CALM, STORM, CALM), phases(ground.size.seconds), strict=True):
        end = at + length
        while at < end:
            yield at, _one(ground, ground.draw.choice(known), tour)
            at += 1 / rate


def _one(ground: Ground, learnt: Learnt, tour: Tour) -> Client:
    try:
        yield from walk(ground, learnt, Manner())
        tour.done += 1
    except Refusal as refusal:
        tour.refused.append(str(refusal))


def recovery(tally: Tally, before: float, storm_ends: float) -> float:
    """Seconds from the end of the storm to the last answer that took much longer than in the calm before it."""
    most = max(LEAST_MS / 1000, WORSE * before)
    late = [at - tally.began - storm_ends for at, seconds in tally.ends if seconds > most]
    return max(0.0, *late) if late else 0.0


def run(ground: Ground) -> Result:
    result = Result("burst", machine=machine.facts())
    known, tour = teach(ground), Tour()
    calm, storm, _after = phases(ground.size.seconds)
    ground.say(
        f"burst: {CALM:.0f} a second for {calm:.0f} s, {STORM:.0f} a second for {storm:.0f} s, then {CALM:.0f} again …"
    )
    began = perf_counter()
    tally = ground.crowd().arrive(arrivals(ground, known, tour))
    honest = [words for words in tour.refused if any(code in words for code in HONEST)]
    for words in tour.refused:
        if words not in honest:
            tally.fault(words)
    result.count(tally)
    before = [seconds for at, seconds in tally.ends if at - tally.began < calm]
    during = [seconds for at, seconds in tally.ends if calm <= at - tally.began < calm + storm]
    back = recovery(tally, share(before, 0.95) / 1000, calm + storm)
    result.ours = {
        "lifecycles arrived": tour.done + len(tour.refused),
        "finished": tour.done,
        "honest 429 or 503": len(honest),
        "p95 before": round(share(before, 0.95), 1),
        "p95 in the storm": round(share(during, 0.95), 1),
        "acts a second in the storm": round(len(during) / storm, 1),
        "recovered after s": round(back, 1),
        "whole run s": round(perf_counter() - began, 1),
    }
    result.machine["memory"] = machine.memory()
    result.promise("no errors but honest 429 or 503", result.errors, result.errors == 0)
    result.promise(f"recovered within {RECOVERED_S} s", back, back <= RECOVERED_S)
    return result
