"""kill -9 of PostgreSQL, web and worker under load: what was acknowledged is there, once."""

import os
import signal
import threading
import time

import httpx
import pytest

from tests.cities import RunningCity

pytestmark = [pytest.mark.slow]
REPORT = {
    "kind": "event",
    "class": "0112",
    "condition": 1,
    "location": {"type": "Point", "coordinates": [107.1447, 34.3693]},
}


class Reporters:
    """Clients that report without pause and remember each acknowledgement by its key."""

    def __init__(self, city: RunningCity, how_many: int = 4) -> None:
        self.city, self.stop = city, threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(how_many)]

    def _run(self, n: int) -> None:
        client, count = self.city.client("officer.001"), 0
        while not self.stop.is_set():
            key = f"kill-{n}-{count}"
            try:
                answer = client.post(
                    "/api/v1/reports", json=REPORT | {"description": key}, headers={"Idempotency-Key": key}
                )
            except httpx.HTTPError:
                time.sleep(0.1)
                continue  # the same key again: never two reports for one key
            if answer.status_code == 201:
                self.acknowledged[key] = answer.json()["number"]
                count += 1
            else:
                assert answer.status_code in {429, 503}, answer.text
                time.sleep(0.1)


def wait_until_ready(city: RunningCity, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if httpx.get(f"{city.url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("the city did not come back")


@pytest.mark.parametrize("victim", ["postgres", "web", "worker"])
def test_nothing_acknowledged_is_lost(city: RunningCity, victim: str) -> None:
    city.token("officer.001")
    reporters = Reporters(city)
    for thread in reporters.threads:
        thread.start()
    time.sleep(2)
    os.kill(city.status()["processes"][victim], signal.SIGKILL)
    time.sleep(6)
    wait_until_ready(city)
    time.sleep(1)
    reporters.stop.set()
    for thread in reporters.threads:
        thread.join(30)
    assert len(reporters.acknowledged) > 20
    numbers = set(reporters.acknowledged.values())
    assert len(numbers) == len(reporters.acknowledged)
    stored = city.dev(
        "psql",
        "--",
        "-Atc",
        "SELECT c.number, r.description FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE r.description LIKE 'kill-%'",
    )
    rows = [line.split("|") for line in stored.strip().splitlines()]
    assert len({description for _number, description in rows}) == len(rows), "a key became two reports"
    assert numbers <= {number for number, _description in rows}
    broken = "SELECT count(*) FROM flow_case c WHERE status = 'open' AND NOT EXISTS (SELECT 1 FROM flow_timer t WHERE t.case_id = c.id)"
    assert city.dev("psql", "--", "-Atc", broken).strip() == "0"
