"""A database of its own beside the suite's: for tests that commit, seal and tamper, so that the suite's stays as it is.

The chain of links needs transactions that really end; a test's rolled back one never does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from django.db import connection, connections

from baoji.kernel.audit import actions
from baoji.kernel.base import sql

FILLED_BY_MIGRATIONS = ("django_migrations", "django_content_type", "auth_permission")
TABLES = "SELECT quote_ident(relname) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_made: dict[str, str] = {}


def url_of(database: str) -> str:
    parts = connection.settings_dict
    return f"postgresql://{parts['USER']}@/{database}?host={parts['HOST']}&port={parts['PORT'] or 5432}"


def _copy_of(original: str) -> str:
    """The suite's database without its rows; made once a run."""
    if original not in _made:
        name = f"{original}_journal"
        with psycopg.connect(url_of("postgres"), autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
        _made[original] = name
        _empty(name)
    return _made[original]


def _empty(name: str) -> None:
    with psycopg.connect(url_of(name), autocommit=True) as own:
        tables = [row[0] for row in own.execute(TABLES)]
        ours = [table for table in tables if table not in (*FILLED_BY_MIGRATIONS, "spatial_ref_sys")]
        filled = [table for table in ours if own.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()]
        if filled:
            own.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")


def link_all(now: datetime) -> None:
    """Seals all entries without waiting for transactions of other databases on the server.

    For tests that do not seal in the ordinary way afterwards: to that, a link so far ahead looks like a restore.
    """
    last = sql.tuples("SELECT floor_id, xid_to FROM audit_seal ORDER BY id DESC LIMIT 1")
    floor, begin = last[0] if last else (0, 0)
    sql.value("SELECT audit_link(%s, %s, (SELECT max(xid) + 1 FROM audit_entry), false)", [floor, begin])
    actions._heads.copy(now)


def make_copy() -> str:
    """Before any test holds the suite's database open, because it is the copy's template."""
    name = connection.settings_dict["NAME"]
    assert name.startswith("test_"), f"{name} is not a test database"
    connection.close()
    return _copy_of(name)


def drop_copy() -> None:
    while _made:
        _original, name = _made.popitem()
        with psycopg.connect(url_of("postgres"), autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def leading_to(name: str) -> Iterator[str]:
    """This thread's Django connection leads to another database meanwhile; its address."""
    before = connections["default"]
    other = before.copy("default")
    other.settings_dict["NAME"] = name
    connections["default"] = other
    try:
        yield url_of(name)
    finally:
        other.close()
        connections["default"] = before


@contextmanager
def own_database(name: str) -> Iterator[str]:
    with leading_to(name) as url:
        yield url
    _empty(name)
