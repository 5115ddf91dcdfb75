"""/livez and /readyz: whoever watches a city learns which part it waits for."""

import pytest
from django.db import connection
from django.test import Client

from baoji.config import health
from baoji.kernel.base import sql
from baoji.systems.urban.actions.timers import TIMERS_LOCK

PARTS = ("database", "migrations", "worker", "disk")


@pytest.fixture(autouse=True)
def _all_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in PARTS:
        monkeypatch.setattr(health, f"_{part}", lambda: True)
    monkeypatch.setattr(health, "_is", lambda _question: False)


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


def test_what_is_behind_is_named_and_the_city_ready_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a weekend's stop there are timers to fire; nobody should be sent away meanwhile."""
    monkeypatch.setattr(health, "_is", lambda question: question == health.LATE_TIMERS)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["behind"]) == (200, True, ["timers"])


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


@pytest.mark.django_db
def test_a_timer_that_has_been_due_for_minutes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    due = "INSERT INTO flow_timer (case_id, kind, due_at) VALUES (0, %s, now() - %s * interval '1 minute')"
    sql.execute(due, ["near", 4])
    assert health._is(health.LATE_TIMERS) is False
    sql.execute(due, ["due", 6])
    assert health._is(health.LATE_TIMERS) is True


@pytest.mark.django_db
def test_no_timer_is_late_while_a_simulation_plays_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    sql.execute("INSERT INTO flow_timer (case_id, kind, due_at) VALUES (0, 'due', now() - interval '1 day')")
    plays = connection.copy()
    try:
        with plays.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [TIMERS_LOCK])
            assert cursor.fetchone() == (True,)
            assert health._is(health.LATE_TIMERS) is False
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TIMERS_LOCK])
    finally:
        plays.close()
    assert health._is(health.LATE_TIMERS) is True


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "is_late"), [(4, False), (6, True)])
def test_an_entry_that_has_waited_minutes_for_its_seal_is_named(
    minutes: int, is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    sql.execute(
        "INSERT INTO audit_seal (floor_id, xid_from, xid_to, entries, last_id, sealed_at, hash)"
        " SELECT 0, 0, 1, 0, coalesce(max(id), 0), now(), '' FROM audit_entry"
    )
    assert health._is(health.LATE_SEALS) is False
    sql.execute(
        "INSERT INTO audit_entry (subject, subject_id, n, at, recorded_at, verb, payload, hash, xid)"
        " VALUES ('test', 1, 1, now(), now() - %s * interval '1 minute', 'said', '{}', '', 1)",
        [minutes],
    )
    assert health._is(health.LATE_SEALS) is is_late
