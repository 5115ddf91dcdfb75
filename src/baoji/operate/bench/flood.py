"""`flood`: ten thousand anonymous posts from twenty addresses at once, by the page and by the API, while officers report.

What is promised: nothing is lost or answered with 5xx, the desks get no more than the city lets in, others' intake goes
on, and an acceptor clears what was held back in bulk.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.operate.bench import intake, machine
from baoji.operate.bench.crowd import Answer, Ask, Client, Crowd, Line, request, share
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.result import Result
from baoji.systems.urban.actions.citizen_door import drop, waiting
from baoji.systems.urban.actions.citizen_gate import setting
from baoji.systems.urban.rules.citizens import is_solved

POSTS = {0.4: 60, 2.0: 2_000, 4.0: 10_000}  # by the seconds of the bench's size
ADDRESSES, CROWD, OFFICERS = 20, 32, 4
WEB_PROCESSES = 2  # each counts for itself
API, PAGE = "/api/v1/public/reports", "/report/"
SOLVE_ONE_IN = 40  # of those who are asked for a proof of work so many take the trouble
SLOWEST_MS = 500.0  # of the brief: p95 of others meanwhile
IN_BULK = 1000
REASON = "测速用的上报，不予受理"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
COOKIE = re.compile(rb"csrftoken=(\w+)")
_numbers = count(1)


@dataclass
class Flood:
    """What became of the posts, by the words of their answers."""

    left: int
    became: Counter[str] = field(default_factory=Counter)
    unforeseen: Counter[str] = field(default_factory=Counter)

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def heard(self, answer: Answer, words: str) -> None:
        if words:
            self.became[words] += 1
        else:
            self.unforeseen[f"{answer.status} {answer.body[:100].decode(errors='replace')}"] += 1


class Neighbours(Crowd):
    """Connections from many addresses of this machine: 127.0.0.2 and on."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._made = count()

    def _line(self, client: Client) -> Line:
        n = next(self._made)
        strangers = n < CROWD
        return Line(self.place, client, f"127.0.0.{2 + n % ADDRESSES}" if strangers else "")


def by_api(ground: Ground, flood: Flood) -> Client:
    """A program that posts again and again, and now and then solves what it is asked."""
    while flood.take():
        body, key = intake.report_body(ground.spot()), uuid4().hex
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = yield Ask("", request("POST", API, headers, body))
        if answer.status == 429 and next(_numbers) % SOLVE_ONE_IN == 0 and b'"proof"' in answer.body:
            proof = json.loads(answer.body)["proof"]
            headers = {"Content-Type": "application/json", "Idempotency-Key": proof["key"]}
            headers["X-Proof-Of-Work"] = solved(proof["challenge"], proof["bits"])
            answer = yield Ask("", request("POST", API, headers, body))
            flood.heard(
                answer, {201: "let in after a proof", 202: "held after a proof"}.get(answer.status, "")
            )
            continue
        flood.heard(
            answer, {201: "let in", 202: "held", 429: "asked for a proof, or refused"}.get(answer.status, "")
        )


def solved(challenge: str, bits: int) -> str:
    return f"{challenge}:{next(n for n in count() if is_solved(challenge, str(n), bits))}"


def by_page(ground: Ground, flood: Flood) -> Client:
    """Somebody's script that fills in the form without running what the page asks a browser to run."""
    page = yield Ask("", request("GET", PAGE, {}))
    token, cookie = TOKEN.search(page.body), COOKIE.search(page.head)
    assert token and cookie
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={cookie[1].decode()}",
    }
    while flood.take():
        spot = ground.spot()
        form = {
            "csrfmiddlewaretoken": token[1].decode(),
            "key": uuid4().hex,
            "what": "rubbish",
            "lon": spot.lon,
            "lat": spot.lat,
            "description": f"门口有垃圾，第 {next(_numbers)} 次",
        }
        answer = yield Ask("", request("POST", PAGE, headers, urlencode(form).encode()))
        flood.heard(
            answer, {302: "let in or held by the page", 429: "refused by the page"}.get(answer.status, "")
        )


def officer(ground: Ground, token: str, flood: Flood, refused: list[str]) -> Client:
    """Reports as long as the flood lasts."""
    while flood.left > 0:
        answer = yield intake.report_ask(token, ground.spot(), "officer")
        if answer.status != 201:
            refused.append(f"officer: {answer.status} {answer.body[:100].decode(errors='replace')}")


def _alone(ground: Ground, tokens: list[str]) -> float:
    """p95 of the same officers before the flood."""
    refused: list[str] = []
    until = perf_counter() + min(2.0, ground.size.seconds)
    tally = ground.run([intake.reporter(ground, token, until, refused) for token in tokens])
    return share([seconds for _at, seconds in tally.ends], 0.95)


def _counted() -> tuple[int, int]:
    cases = int(sql.value("SELECT count(*) FROM flow_case WHERE source = 'citizen'"))
    return cases, waiting()


def cleared(by: Caller) -> tuple[int, float]:
    """An acceptor turns down all that is held, a thousand at a time: how many, and the seconds of the slowest thousand."""
    done, slowest = 0, 0.0
    while ids := [
        row[0]
        for row in sql.tuples(
            "SELECT id FROM urban_held_report WHERE status = 'held' ORDER BY id LIMIT %s", [IN_BULK]
        )
    ]:
        began = perf_counter()
        done += drop(by, ids, REASON, timezone.now())
        slowest = max(slowest, perf_counter() - began)
    return done, slowest


def _clients(ground: Ground, flood: Flood, tokens: list[str], refused: list[str]) -> Iterator[Client]:
    for n in range(CROWD):
        yield by_page(ground, flood) if n % 3 == 0 else by_api(ground, flood)
    for token in tokens:
        yield officer(ground, token, flood, refused)


def run(ground: Ground) -> Result:
    result = Result("flood", machine=machine.facts())
    tokens = ground.tokens([f"officer.{n:03d}" for n in range(1, OFFICERS + 1)])
    posts = POSTS[ground.size.seconds]
    before, (cases, held) = _alone(ground, tokens), _counted()
    flood, refused = Flood(posts), list[str]()
    ground.say(
        f"flood: {posts:,} anonymous posts from {ADDRESSES} addresses, {OFFICERS} officers reporting …"
    )
    crowd = Neighbours(*ground.place)
    tally = crowd.run(_clients(ground, flood, tokens, refused))
    for words in [*refused, *flood.unforeseen.elements()]:
        tally.fault(words)
    result.count(tally)
    after_cases, after_held = _counted()
    acceptor = caller_by_code("acceptor.1")
    assert acceptor is not None
    dropped, slowest = cleared(acceptor)
    during = share(tally.times.get("officer", []), 0.95)
    result.ours = {
        "posts a second": round(posts / tally.seconds, 1),
        "became": dict(flood.became.most_common()),
        "new cases": after_cases - cases,
        "held apart": after_held - held,
        "officers' p95 before": round(before, 1),
        "officers' p95 meanwhile": round(during, 1),
        "turned down in bulk": dropped,
        "slowest thousand, s": round(slowest, 2),
    }
    _promise(result, tally.statuses, after_cases - cases, during)
    return result


def _promise(result: Result, statuses: Counter[int], cases: int, during: float) -> None:
    faults = sum(n for status, n in statuses.items() if status >= 500)
    most = (setting("city_per_hour") + setting("city_proved_per_hour")) * WEB_PROCESSES
    result.promise("no 5xx, nothing unforeseen", result.errors + faults, result.errors + faults == 0)
    result.promise("no more cases than the city lets in an hour", cases, cases <= most)
    result.promise(f"officers' p95 under {SLOWEST_MS:.0f} ms meanwhile", during, during <= SLOWEST_MS)
    result.notes.append(f"each of the {WEB_PROCESSES} web processes counts for itself")
