"""A journal of a few entries, somebody who can change it behind the application's back, and a verifier."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from baoji.kernel.audit import actions, queries
from baoji.kernel.audit.tests.scratch import drop_copy, link_all, make_copy, own_database
from baoji.kernel.audit.verification.report import Report
from baoji.kernel.base import sql

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _own_folder(own_folder: Path) -> None:
    """Every test here has a data folder of its own."""


def seal_all(now: datetime = NOW) -> None:
    """Seals until nothing is left; transactions of other databases on the server may make it wait."""
    until = time.monotonic() + PATIENCE_S
    while True:
        actions.seal(now)
        sealed = sql.value("SELECT coalesce(sum(entries), 0) FROM audit_seal")
        if sealed == sql.value("SELECT count(*) FROM audit_entry"):
            return
        assert time.monotonic() < until, (
            "a transaction elsewhere on this server keeps the entries from being sealed"
        )
        time.sleep(0.05)


def tell(subject_id: int, *verbs: str, subject: str = "town.thing") -> None:
    for verb in verbs:
        actions.record(subject, subject_id, verb, {"verb": verb, "amount": 2.5, "word": "井盖"}, None, NOW)


@pytest.fixture(scope="session")
def journal_copy(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        name = make_copy()
    yield name
    drop_copy()


@pytest.fixture
def own_db(journal_copy: str, db: None) -> Iterator[str]:
    with own_database(journal_copy) as url:
        yield url


@pytest.fixture
def journal(own_db: str) -> None:
    """Two sealed links over three subjects."""
    tell(1, "open", "move", "close")
    tell(2, "open", "close")
    link_all(NOW)
    tell(1, "reopen")
    tell(3, "open", "move", "move", "close")
    link_all(NOW)


@pytest.fixture
def tamper(journal: None) -> Callable[..., None]:
    """Runs statements with the triggers off, as only the owner can."""

    def run(*statements: str) -> None:
        with connection.cursor() as cursor:
            for table in ("audit_entry", "audit_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)
            for table in ("audit_entry", "audit_seal"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run


@pytest.fixture
def outside(own_db: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the verifier's own."""
    with psycopg.connect(own_db) as made:
        yield made


@pytest.fixture
def verify(outside: psycopg.Connection[Any]) -> Callable[..., Report]:
    def run(**options: Any) -> Report:
        outside.rollback()
        return queries.verify(outside, **options)

    return run
