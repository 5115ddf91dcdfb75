"""Rows of the database one after the other, in flat memory: cursors that stay on the server."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg.rows import tuple_row

Connection = psycopg.Connection[Any]
BATCH = 2000
_names = count()


def stream(connection: Connection, statement: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement; the connection must be inside a transaction."""
    cursor = psycopg.ServerCursor(connection, f"audit_{next(_names)}", row_factory=tuple_row)
    with cursor:
        cursor.itersize = BATCH
        yield from cursor.execute(statement, params, binary=True)


def rows(connection: Connection, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows at once, for statements that give few."""
    return psycopg.Cursor(connection, row_factory=tuple_row).execute(statement, params).fetchall()
