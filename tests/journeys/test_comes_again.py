"""The city as whoever runs it sees it: while it is made, when it comes again, when somebody has it live and stops."""

import os
import re
import signal
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from tests.cities import REPO, RunningCity

pytestmark = [pytest.mark.slow]
BAR = re.compile(r"^(█*)(░*) +(\d+) %  \S", re.MULTILINE)
REPORT = {
    "kind": "event",
    "class": "0112",
    "condition": 1,
    "location": {"type": "Point", "coordinates": [107.1447, 34.3693]},
}


def test_while_it_is_made_a_bar_says_how_far_it_is(city: RunningCity) -> None:
    steps = [(len(full), len(left), int(share)) for full, left, share in BAR.findall(city.said_at_first)]
    shares = [share for _full, _left, share in steps]
    assert len(steps) >= 8
    assert shares == sorted(shares) and shares[0] < 20 and shares[-1] == 100
    for full, left, share in steps:
        assert abs(full / (full + left) - share / 100) <= 0.05


def test_a_second_up_makes_nothing_anew_and_finds_everything_again(city: RunningCity) -> None:
    with city.client("officer.001") as officer:
        number = officer.post("/api/v1/reports", json=REPORT).json()["number"]
    before = city.dev("baoji", "city", "report", "--json").strip().splitlines()[-1]
    city.dev("down")
    said = city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))
    assert "Digital Baoji is ready" in said and not BAR.search(said)
    assert not re.search("Loading|Installing|Building", said), "what is there is not made again"
    with city.client("officer.001") as officer:  # by the token of before
        assert officer.get(f"/api/v1/cases/{number}").json()["number"] == number
    assert city.dev("baoji", "city", "report", "--json").strip().splitlines()[-1] == before


def test_ctrl_c_ends_a_live_run_with_its_sum(city: RunningCity) -> None:
    """What a terminal does: the signal goes to ./dev and to the command at once."""
    argv = ["./dev", "baoji", "--data", str(city.data), "simulate", "--live", "--reports-per-day", "2000"]
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BAOJI_DATA"}}
    with subprocess.Popen(
        argv,
        cwd=REPO,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as live:
        assert live.stdout is not None
        assert live.stdout.readline().startswith("The city lives: about 2000 reports a day")
        time.sleep(0.5)
        os.killpg(live.pid, signal.SIGINT)
        told, _nothing = live.communicate(timeout=60)
    assert live.returncode == 0, told
    assert re.search(r"^\d+ acts on \d+ reports in ", told, re.MULTILINE) and "Traceback" not in told
