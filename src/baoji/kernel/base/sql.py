"""Plain statements on Django's own connection, prepared by the server: for the paths where every query counts.

They run inside the surrounding `transaction.atomic`, and are seen by the suite's query counting.
"""

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.rows import dict_row, tuple_row

from baoji.kernel.base.postgres.base import DatabaseWrapper

# Today in the city; `current_date` is the server's, which is eight hours late.
TODAY = f"(now() AT TIME ZONE '{settings.TIME_ZONE}')::date"
# Whether `h`, which runs from `since` to `until` with both days in it and either open, runs today: a post that is held.
HELD = f"(h.since IS NULL OR h.since <= {TODAY}) AND (h.until IS NULL OR h.until >= {TODAY})"
Params = Sequence[Any] | Mapping[str, Any] | None


def _run(statement: str, params: Params, row_factory: Any) -> psycopg.Cursor[Any]:
    connection = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    started = monotonic()
    with connection.wrap_database_errors:
        cursor = connection.run(statement, params, row_factory)
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": f"{monotonic() - started:.3f}"})
    return cursor


def array(numbers: Iterable[int]) -> str:
    """Numbers as a statement's `%s::int[]`: where there are hundreds, psycopg takes five times as long for a list."""
    return "{" + ",".join(map(str, numbers)) + "}"


def execute(statement: str, params: Params = None) -> int:
    """Runs the statement; the number of rows touched."""
    return _run(statement, params, tuple_row).rowcount


def value(statement: str, params: Params = None) -> Any:
    """The first column of the first row, or None."""
    found = _run(statement, params, tuple_row).fetchone()
    return found[0] if found else None


def row(statement: str, params: Params = None) -> dict[str, Any] | None:
    """The first row by column names, or None."""
    return _run(statement, params, dict_row).fetchone()


def rows(statement: str, params: Params = None) -> list[dict[str, Any]]:
    """Every row by column names."""
    return _run(statement, params, dict_row).fetchall()


def tuples(statement: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Every row in the order of its columns: cheaper, and fit for named tuples."""
    return _run(statement, params, tuple_row).fetchall()
