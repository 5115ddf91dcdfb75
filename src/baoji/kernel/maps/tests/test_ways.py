"""The way to a place by the phone's own map: each phone gets a link that it knows, in the coordinates that its map draws."""

import json
import re
import subprocess

import pytest
from django.conf import settings
from tests.node import node

from baoji.kernel.maps.coordinates import from_gcj, gcj_shift, metres, to_gcj
from baoji.kernel.maps.ways import apple_way, geo_way, way_for

HERE = (107.1485, 34.3605)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 10; Redmi 9A) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15"
WAY = settings.REPO / "frontend" / "src" / "field" / "way.js"


def test_to_gcj_is_undone_by_from_gcj() -> None:
    there = to_gcj(*HERE)
    assert there == (HERE[0] + gcj_shift(*HERE)[0], HERE[1] + gcj_shift(*HERE)[1])
    assert 300 < metres(HERE, there) < 700  # what a pin in the wrong system would be off by
    assert metres(HERE, from_gcj(*there)) < 0.1


def test_each_phone_gets_a_link_that_it_knows() -> None:
    assert way_for(ANDROID, *HERE) == way_for("", *HERE) == geo_way(*HERE)
    assert geo_way(*HERE) == "geo:34.360500,107.148500?q=34.360500,107.148500"
    assert way_for(IPHONE, *HERE) == apple_way(*HERE)
    found = re.fullmatch(r"https://maps\.apple\.com/\?daddr=([\d.]+),([\d.]+)", apple_way(*HERE))
    assert found and metres(from_gcj(float(found[2]), float(found[1])), HERE) < 1


@pytest.mark.parametrize(
    ("agent", "points", "start"),
    [(IPHONE, 5, "https:"), (MAC, 5, "https:"), (MAC, 0, "geo:"), (ANDROID, 5, "geo:")],
)
def test_the_field_app_chooses_alike(agent: str, points: int, start: str) -> None:
    """Its own code, in node; tasks of an earlier server have no ways."""
    task = {"location": {"coordinates": HERE}, "ways": {"geo": geo_way(*HERE), "apple": apple_way(*HERE)}}
    phone = {"userAgent": agent, "maxTouchPoints": points}
    script = (
        f"import {{ wayTo }} from {json.dumps(WAY.as_uri())};"
        f"const task = {json.dumps(task)}, phone = {json.dumps(phone)};"
        "console.log(wayTo(task, phone)); delete task.ways; console.log(wayTo(task, phone));"
    )
    told = subprocess.run(
        [node(), "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told[0].startswith(start)
    assert told[1] == "geo:34.3605,107.1485?q=34.3605,107.1485"
