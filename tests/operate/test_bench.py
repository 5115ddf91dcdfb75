"""Each bench at its smallest, on a city of its own: the figures mean nothing, but they are there and nothing went wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cities import demo_city, dev
from tests.ports import free_port

from baoji.operate.bench import crowd, loop, photo_reuse
from baoji.operate.bench.lifecycle import floor_script
from baoji.operate.bench.tiles import column, row

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MACHINE = {"processors", "load_before", "load_after", "fsync", "synchronous_commit", "cases"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo city, running, with a case in some department's list."""
    data, _said = demo_city(tmp_path_factory)
    try:
        dev("up", "--detach", "--port", str(free_port()), "--data", str(data))
        yield data
    finally:
        dev("down", "--data", str(data), check=False)


def bench(data: Path, name: str) -> dict[str, Any]:
    said = dev("bench", name, "--size", "tiny", "--json", "--data", str(data))
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    assert {"name", "ours", "floor", "ratio", "errors", "machine"} <= set(found)
    assert found["name"] == name
    assert found["errors"] == 0, found["notes"]
    assert set(found["machine"]) >= MACHINE
    assert (found["machine"]["fsync"], found["machine"]["synchronous_commit"]) == ("on", "on")
    return found


def test_intake(city: Path) -> None:
    found = bench(city, "intake")
    assert found["ours"]["c2"]["rate"] > 0 and found["floor"]["c2"]["rate"] > 0
    assert found["ratio"]["c2"] == pytest.approx(
        found["ours"]["c2"]["rate"] / found["floor"]["c2"]["rate"], rel=0.01
    )


def test_lifecycle_then_worklist_then_burst(city: Path) -> None:
    """The first makes the cases that the second lists."""
    found = bench(city, "lifecycle")
    name = next(iter(found["ratio"]))
    ours = found["ours"][name]
    assert ours["rate"] > 0 and set(ours["p95"]) == {"report", *(act for act, _who in loop.ACTS)}
    listed = bench(city, "worklist")
    assert all(figure["rate"] > 0 for figure in listed["ours"].values())
    assert any(label.startswith("html /work/") for label in listed["ours"])
    burst = bench(city, "burst")
    assert (
        burst["ours"]["finished"] + burst["ours"]["honest 429 or 503"]
        == burst["ours"]["lifecycles arrived"]
        > 0
    )


def test_tiles(city: Path) -> None:
    found = bench(city, "tiles")
    assert found["ours"]["kept"]["rate"] > found["ours"]["z14 cut"]["rate"]
    assert 0 < found["ours"]["heaviest city"]["bytes"] <= 500_000


def test_open311(city: Path) -> None:
    """`floor` is our own API, in the same run."""
    found = bench(city, "open311")
    names = ["post", "one json", "list of 50 json", "list of 50 xml"]
    assert [list(found[part]) for part in ("ours", "floor", "ratio")] == [names] * 3
    assert all(found["ours"][name]["rate"] > 0 and found["floor"][name]["rate"] > 0 for name in names)


def test_field_sync(city: Path) -> None:
    """Phones with signed photos come back, all at once, while others report."""
    found = bench(city, "field-sync")
    assert (found["ours"]["reports"], found["ours"]["photos"]) == (8, 16)
    assert found["ours"]["others"]["reports"] > 0
    assert found["ratio"]["p95"] == pytest.approx(found["ours"]["p95"] / found["floor"]["p95"], rel=0.01)


def test_photo_reuse(city: Path) -> None:
    """What is near is found among those laid in bulk, and the bench leaves nothing behind that a second run would meet."""
    found = bench(city, "photo-reuse")
    assert found["errors"] == 0 and found["machine"]["fingerprints"] == 20_000
    assert found["ours"]["recall, beside"] >= 0.9 and found["ours"]["recall, anywhere"] >= 0.8
    assert found["ours"]["false pairs of different places"].startswith("0 of ")
    assert set(found["ratio"]) == {"with variants", "as it is", "no parts"}
    left = f"SELECT to_regnamespace('{photo_reuse.SCHEMA}') IS NOT NULL"
    assert dev("psql", "--data", str(city), "--", "-Atc", left).strip() == "f"


def test_flood(city: Path) -> None:
    """Every post has an answer that was meant, and what was held is turned down in bulk."""
    found = bench(city, "flood")
    assert sum(found["ours"]["became"].values()) == 60
    assert found["ours"]["turned down in bulk"] == found["ours"]["held apart"]


def test_field_load(city: Path) -> None:
    """A real browser, a slow line, a server that is killed: the times mean nothing here, but each step was gone through."""
    found = bench(city, "field-load")
    assert {"3G, first time", "3G, again", "no server: shell", "no server: map"} <= set(found["ours"])
    assert 0 < found["ours"]["script KiB before the map"] <= 300
    assert len(found["goals"]) == 5


def test_calendar(city: Path) -> None:
    assert bench(city, "calendar")["ours"]["lowest"] > 0


def test_memory(city: Path) -> None:
    found = bench(city, "memory")
    assert {"web", "worker"} <= set(found["ours"]) and found["ours"]["web"] > 20


def test_an_answer_is_whole_or_awaited() -> None:
    data = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello"
    assert all(crowd.read(data[:n]) is None for n in range(len(data)))
    assert crowd.read(data) == crowd.Answer(201, b"HTTP/1.1 201 Created\r\nContent-Length: 5", b"hello")


def test_shares_are_in_milliseconds_and_in_order() -> None:
    times = [n / 1000 for n in range(1, 101)]
    assert (crowd.share(times, 0.5), crowd.share(times, 0.95), crowd.share([], 0.5)) == (51.0, 96.0, 0.0)


def test_pictures_differ_and_are_pictures() -> None:
    from io import BytesIO

    from PIL import Image

    one, other = loop.picture(), loop.picture()
    assert one != other
    for data in (one, other):
        Image.open(BytesIO(data)).load()


def test_the_floor_does_every_act_of_the_loop() -> None:
    script = floor_script()
    assert script.count("BEGIN;") == script.count("COMMIT;") == 10
    assert all(f"'{act}'" in script for act, _who in loop.ACTS)


def test_tiles_are_counted_as_maps_count_them() -> None:
    assert (column(107.14, 14), row(34.36, 14)) == (13068, 6525)
