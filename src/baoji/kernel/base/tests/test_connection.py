"""A server that was away: connections that it has closed are replaced before anybody meets them."""

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
