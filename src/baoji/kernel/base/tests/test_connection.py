"""A server that was away: connections that it has closed are replaced before anybody meets them."""

import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from procrastinate.contrib.django.django_connector import DjangoConnector

from baoji.kernel.base import sql
from baoji.kernel.base.postgres import base
from baoji.kernel.base.postgres.base import LOOK_EVERY_S, DatabaseWrapper

pytestmark = pytest.mark.django_db
WHO = "SELECT pg_backend_pid() AS pid"


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseWrapper]:
    """A connection of its own, as a thread of the web or the worker has it: in no transaction."""
    made = DatabaseWrapper({**connection.settings_dict}, alias="default")
    monkeypatch.setattr(sql, "connections", {"default": made})
    yield made
    made.close()


def end(line: DatabaseWrapper) -> int:
    """What a server that is killed or started again does to every line; who served it."""
    pid = raw(line).info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)
    return pid


def raw(line: DatabaseWrapper) -> "psycopg.Connection[object]":
    found: psycopg.Connection[object] | None = line.connection
    assert found is not None
    return found


def rest(line: DatabaseWrapper) -> None:
    """As if the last look were longer ago."""
    line.looked_at -= LOOK_EVERY_S + 0.1


def test_a_request_begins_on_a_sound_line_also_where_plain_statements_come_first(
    line: DatabaseWrapper,
) -> None:
    assert sql.value("SELECT 1") == 1
    old = end(line)
    line.close_if_unusable_or_obsolete()  # as Django does when a request begins
    assert sql.value(WHO) != old


def test_a_request_may_begin_while_the_server_is_away(
    line: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is raised before the request is under way is a bare 500 instead of the page that says to wait."""
    sql.value("SELECT 1")
    end(line)
    rest(line)

    def away() -> None:
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(line, "connect", away)
    line.close_if_unusable_or_obsolete()
    with pytest.raises(OperationalError, match="starting up"):
        sql.value("SELECT 1")


def test_a_thread_that_serves_no_requests_gets_a_sound_line_after_a_rest(line: DatabaseWrapper) -> None:
    assert sql.value("SELECT 1") == 1
    old = end(line)
    rest(line)
    assert sql.value(WHO) != old


def test_who_never_rests_meets_the_loss_once(line: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the hours of periodic jobs retried at once, and met the same dead line for ever."""
    monkeypatch.setattr(DjangoConnector, "connection", line)
    keeper = DjangoConnector()
    (before,) = keeper.execute_query_all(WHO)
    end(line)
    monkeypatch.setattr(base, "LOOK_EVERY_S", float("inf"))
    with pytest.raises(Exception, match="Database error"):
        keeper.execute_query_all(WHO)
    (after,) = keeper.execute_query_all(WHO)
    assert after != before


def test_a_transaction_never_goes_on_in_another(line: DatabaseWrapper) -> None:
    sql.value("SELECT 1")
    line.set_autocommit(False)
    sql.value("SELECT 1")
    end(line)
    rest(line)
    with pytest.raises(DatabaseError):
        sql.value("SELECT 1")


def test_a_look_costs_no_statement(line: DatabaseWrapper) -> None:
    sql.value("SELECT 1")
    before = sent(line)
    began = time.perf_counter()
    for _n in range(1000):
        rest(line)
        line.close_if_health_check_failed()
    assert time.perf_counter() - began < 1.0
    assert sent(line) == before


def sent(line: DatabaseWrapper) -> object:
    """When the server last began a statement of this line."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query_start FROM pg_stat_activity WHERE pid = %s", [raw(line).info.backend_pid]
        )
        return cursor.fetchone()


@pytest.mark.parametrize(
    ("own", "waits", "path"),
    [
        (None, "5s", '"$user", public'),
        ("-c search_path=public", "5s", "public"),
        ("-c lock_timeout=9s", "9s", '"$user", public'),
    ],
)
def test_what_serves_people_waits_for_no_lock_without_an_end(
    own: str | None, waits: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what the city's own address says."""
    options = connection.settings_dict["OPTIONS"] | ({"options": own} if own else {})
    settings = {**connection.settings_dict, "OPTIONS": options}
    monkeypatch.setitem(base.settings.DATABASES, "default", settings)
    base.wait_no_longer()
    line = DatabaseWrapper(settings, alias="default")
    try:
        with line.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('search_path')")
            assert cursor.fetchone() == (waits, path)
    finally:
        line.close()


def test_commands_and_migrations_wait_as_long_as_it_takes() -> None:
    assert sql.value("SHOW lock_timeout") == "0"


@pytest.mark.thorough
@pytest.mark.parametrize("module", ["baoji.config.wsgi", "baoji.operate.tasks"])
def test_the_web_and_the_worker_do(module: str) -> None:
    """Each in a process of its own, as they are started; the worker is told to end as it begins."""
    said = subprocess.run(
        [sys.executable, "-c", STARTS.format(module=module)], capture_output=True, text=True, check=True
    )
    assert "-c lock_timeout=5s" in said.stdout


STARTS = """
import django, importlib
django.setup()
made = importlib.import_module("{module}")
if hasattr(made, "main"):
    made.every = lambda *given: None
    made.STOP.set()
    made.main()
print(django.conf.settings.DATABASES["default"]["OPTIONS"]["options"])
"""
