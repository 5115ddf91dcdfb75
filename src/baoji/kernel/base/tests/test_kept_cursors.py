"""Statements run again on the cursor that was kept for them."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connections, transaction

from baoji.kernel.base import sql
from baoji.kernel.base.postgres.base import MOST_CURSORS, MOST_ROWS_KEPT, DatabaseWrapper

pytestmark = pytest.mark.django_db
MANY = "SELECT n FROM generate_series(1, %s) n"


@pytest.fixture
def line() -> DatabaseWrapper:
    found = connections["default"]
    assert isinstance(found, DatabaseWrapper)
    return found


def kept(line: DatabaseWrapper, statement: str) -> list[object]:
    return [key for key in line._cursors if key[0] == statement]


def test_each_run_has_its_own_answer() -> None:
    statement = "SELECT %s::int AS a, %s::timestamptz AS at"
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert sql.row(statement, [1, at]) == {"a": 1, "at": at}
    assert sql.row("".join(statement), [2, None]) == {"a": 2, "at": None}
    assert sql.tuples(statement, [3, at]) == [(3, at)]
    assert sql.value(statement, [4, at]) == 4


def test_a_refused_run_leaves_the_next_one_sound() -> None:
    statement = "SELECT 1 / %s::int"
    assert sql.value(statement, [1]) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        sql.value(statement, [0])
    assert sql.value(statement, [1]) == 1


def test_nothing_found_is_not_what_was_found_before() -> None:
    statement = "SELECT n FROM generate_series(1, 3) n WHERE n = %s"
    assert sql.row(statement, [2]) == {"n": 2}
    assert sql.row(statement, [9]) is None
    assert sql.rows(statement, [9]) == []


def test_what_found_much_is_not_held(line: DatabaseWrapper) -> None:
    assert len(sql.tuples(MANY, [MOST_ROWS_KEPT])) == MOST_ROWS_KEPT
    assert kept(line, MANY)
    assert len(sql.tuples(MANY, [MOST_ROWS_KEPT + 1])) == MOST_ROWS_KEPT + 1
    assert not kept(line, MANY)


def test_there_are_never_more_than_so_many(line: DatabaseWrapper) -> None:
    for n in range(MOST_CURSORS * 2):
        sql.value(f"SELECT {n}")
    assert len(line._cursors) <= MOST_CURSORS
