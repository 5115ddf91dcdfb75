"""Jobs that a killed worker had begun are begun again; what comes at its hour waits for that."""

import pytest

from baoji.kernel.base import sql
from baoji.operate.runner import take_up

pytestmark = pytest.mark.django_db


def worker(silent_s: int) -> int:
    return int(
        sql.value(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [silent_s],
        )
    )


def doing(name: str, worker: int | None, lock: str | None = None) -> None:
    sql.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock)"
        " VALUES ('mail', %s, 'doing', %s, %s)",
        [name, worker, lock],
    )


def states() -> dict[str, str]:
    return dict(sql.tuples("SELECT task_name, status::text FROM procrastinate_jobs"))


def test_what_a_dead_worker_had_begun_is_queued_again() -> None:
    doing("of the living", worker(5))
    doing("of the dead", worker(120))
    doing("of the forgotten", None)
    assert take_up() == 2
    assert states() == {"of the living": "doing", "of the dead": "todo", "of the forgotten": "todo"}
    assert take_up() == 0


def test_what_comes_at_its_hour_is_not_queued_twice() -> None:
    doing("hourly", None, lock="hourly")
    sql.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock) VALUES ('mail', 'hourly', 'hourly')"
    )
    doing("mail", None)
    assert take_up() == 1
    assert states() == {"hourly": "todo", "mail": "todo"}
