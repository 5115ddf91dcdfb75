"""/livez and /readyz: whoever watches a city learns which part it waits for."""

import pytest
from django.test import Client

from baoji.config import health

PARTS = ("database", "migrations", "worker", "disk")


@pytest.fixture(autouse=True)
def _all_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in PARTS:
        monkeypatch.setattr(health, f"_{part}", lambda: True)


def test_it_is_ready_when_every_part_is() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["waiting_for"]) == (200, True, [])


@pytest.mark.parametrize("part", PARTS)
def test_the_part_that_is_not_ready_is_named(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, f"_{part}", lambda: False)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["waiting_for"] == [part]
    assert Client().get("/livez").status_code == 200


def test_a_worker_that_has_been_silent_is_not_ready(
    settings, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    settings.DATA = tmp_path
    assert health._worker() is False
    (tmp_path / "run").mkdir()
    beat = tmp_path / "run" / "worker.beat"
    beat.touch()
    assert health._worker() is True
    monkeypatch.setattr(health, "time", lambda: beat.stat().st_mtime + health.WORKER_SILENT_S + 1)
    assert health._worker() is False
