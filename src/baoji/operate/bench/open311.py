"""`open311`: requests posted and read by Open311, beside the same deeds by our own API in the same run."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from time import perf_counter, sleep
from urllib.parse import urlencode
from uuid import uuid4

from django.utils import timezone

from baoji.kernel.base import sql
from baoji.operate.bench import intake, machine
from baoji.operate.bench.crowd import Answer, Ask, Client, Tally, request
from baoji.operate.bench.ground import LABEL, NOTICED_S, Ground
from baoji.operate.bench.result import Figures, Result, beside, figures, middle
from baoji.operate.errors import Trouble
from baoji.systems.urban.actions.open311_keys import QUOTAS, create_key, end_key

BASE = "/open311/v2/requests"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
PAGE = 50
WITHOUT_END = 1_000_000_000
Make = Callable[[], Ask]
_numbers = count(1)


@contextmanager
def key() -> Iterator[str]:
    """A key without quotas, for the length of the bench."""
    end_key(LABEL, timezone.now())
    made = create_key(LABEL, timezone.now(), dict.fromkeys(QUOTAS, WITHOUT_END))
    sleep(NOTICED_S)
    try:
        yield made
    finally:
        end_key(LABEL, timezone.now())


def post_ask(ground: Ground, api_key: str) -> Ask:
    """What `intake` reports, as a form."""
    spot = ground.spot()
    body = {
        "api_key": api_key,
        "jurisdiction_id": "baoji.gov.cn",
        "service_code": f"e{spot.class_code}",
        "attribute[condition]": spot.condition,
        "description": f"测速上报第 {next(_numbers)} 件",
        "lat": spot.lat,
        "long": spot.lon,
    }
    headers = {**FORM, "Idempotency-Key": uuid4().hex}
    return Ask("post", request("POST", f"{BASE}.json", headers, urlencode(body).encode()))


def get_ask(label: str, path: str, headers: dict[str, str] | None = None) -> Ask:
    return Ask(label, request("GET", path, headers or {}))


def asking(make: Make, until: float, refused: list[str]) -> Client:
    while perf_counter() < until:
        answer = yield make()
        if not answer.good:
            refused.append(f"{answer.status} {answer.body[:120].decode(errors='replace')}")


def measure(ground: Ground, makes: list[Make], result: Result) -> Figures:
    """As many clients as there are makers, each asking its own."""
    refused: list[str] = []
    until, before = perf_counter() + ground.size.seconds, machine.used()
    tally: Tally = ground.run([asking(make, until, refused) for make in makes])
    for words in refused:
        tally.fault(words)
    result.count(tally)
    return {**figures(tally), "cpu_ms": machine.spent(before, tally.count)}


def newest(ground: Ground, api_key: str) -> str:
    """The number of a request by Open311, read as a program reads it."""
    found: list[str] = []

    def look() -> Client:
        answer: Answer = yield get_ask("", f"{BASE}.json?page_size=1&api_key={api_key}")
        found.extend(one["service_request_id"] for one in json.loads(answer.body))

    ground.run([look()])
    if not found:
        raise Trouble("No request was taken in by Open311.")
    return found[0]


def pairs(ground: Ground, api_key: str, tokens: list[str], number: str) -> dict[str, tuple[Make, Make]]:
    """What is measured: ours by Open311, and the same by our own API as the post that sees every case."""
    sees_all = {"Authorization": f"Bearer {ground.token('dispatcher.1')}"}
    api = "/api/v1/cases"
    return {
        "post": (
            lambda: post_ask(ground, api_key),
            lambda: intake.report_ask(ground.draw.choice(tokens), ground.spot(), "post"),
        ),
        "one json": (
            lambda: get_ask("one json", f"{BASE}/{number}.json?api_key={api_key}"),
            lambda: get_ask("one json", f"{api}/{number}", sees_all),
        ),
        f"list of {PAGE} json": (
            lambda: get_ask("list json", f"{BASE}.json?page_size={PAGE}&api_key={api_key}"),
            lambda: get_ask("list json", f"{api}?limit={PAGE}", sees_all),
        ),
        f"list of {PAGE} xml": (
            lambda: get_ask("list xml", f"{BASE}.xml?page_size={PAGE}&api_key={api_key}"),
            lambda: get_ask("list xml", f"{api}?limit={PAGE}", sees_all),
        ),
    }


def run(ground: Ground) -> Result:
    result = Result("open311", machine=machine.facts())
    clients = ground.size.clients[min(1, len(ground.size.clients) - 1)]
    tokens = ground.tokens([f"officer.{n:03d}" for n in range(1, clients + 1)])
    with key() as api_key:
        warm = [lambda: post_ask(ground, api_key), lambda: intake.report_ask(tokens[0], ground.spot())]
        measure(ground, warm, result)
        for name, (ours, own) in pairs(ground, api_key, tokens, newest(ground, api_key)).items():
            ground.say(f"open311, {name}, {clients} clients …")
            by_open311, by_api = [], []
            for _run in range(ground.size.runs):
                by_open311.append(measure(ground, [ours] * clients, result))
                by_api.append(measure(ground, [own] * clients, result))
            result.ours[name], result.floor[name] = middle(by_open311), middle(by_api)
            result.ratio[name] = beside(by_open311, by_api)
    result.notes.append("floor is our own API: POST /api/v1/reports, GET /api/v1/cases and one of them")
    result.machine["requests"] = sql.value("SELECT count(*) FROM urban_open311_request")
    result.promise("no errors", result.errors, result.errors == 0)
    return result
