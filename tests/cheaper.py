"""What makes the suite cheap without changing what a test sees: what every test would do anew is done once.

Called by the root `conftest.py` alone.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import InternalError, connection, transaction
from django.test import TransactionTestCase
from psycopg._preparing import PrepareManager

from baoji.kernel.base import snapshot
from baoji.kernel.ui.assets import Assets
from baoji.kernel.worktime import queries as worktime
from baoji.kernel.worktime.calendar import WorkCalendar

TABLES = """
SELECT quote_ident(relname) FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'spatial_ref_sys' ORDER BY 1
"""
DEFINITIONS_CHANGE = re.compile(rb"^(?:DROP|ALTER|DISCARD ALL|DEALLOCATE ALL)\b")


def keep_statements() -> None:
    """psycopg has the server forget every prepared statement at a ROLLBACK, lest one name a table that is no more.

    Every test ends with a ROLLBACK: half of the database's time went into reading the same statements anew. A table's
    definition is changed by what begins with DROP or ALTER, and those clear as ever.
    """
    forget = PrepareManager.clear

    def should_discard(self: PrepareManager, prep: Any, results: Sequence[Any]) -> bool:
        return any(DEFINITIONS_CHANGE.match(one.command_status or b"") for one in results) and forget(self)

    assert hasattr(PrepareManager, "_should_discard")
    PrepareManager._should_discard = should_discard  # type: ignore[assignment, method-assign]
    PrepareManager.clear = lambda self: False  # type: ignore[method-assign]


def spare_the_disk() -> None:
    """Nothing here outlives the run, the tests' database neither; what must be synced is checked by tests that look at it."""
    os.fsync = lambda fd: None


def tabulate_once() -> None:
    """The same hours and days are the same calendar, with the years that were tabulated already."""
    made: dict[Any, WorkCalendar] = {}
    load = worktime.load_calendar

    def load_once() -> WorkCalendar:
        key = (tuple(worktime.special_days()), tuple(worktime.office_hours()))
        if key not in made:
            made[key] = load()
        return made[key]

    worktime.current_calendar._load = load_once


def find_assets_once() -> None:
    """Every client of a test is a server of its own, and would look for every static file on the disk."""
    look = Assets.add_files_from_finders
    found: dict[str, Any] = {}

    def take_found(self: Assets) -> None:
        if not found:
            others, self.files = self.files, found
            look(self)
            self.files = others
        self.files.update(found)

    Assets.add_files_from_finders = take_found


class KeptSnapshots:
    """Reference data as it was read from the untouched town: each test begins with it, and reads anew what it says has changed."""

    def __init__(self) -> None:
        snapshot.forget_all()
        self._kept = [found for one in snapshot._all if (found := self._read(one))]

    def _read(self, one: "snapshot.Snapshot[Any]") -> Any:
        """None of what writes as it is read: that belongs to a test."""
        with suppress(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            return one, one(), one._at
        one.forget()
        return None

    def put_back(self) -> None:
        for one, value, at in self._kept:
            one._value, one._at = value, at


class KeptRows:
    """Every row of the database as it is now, and the way back to it from whatever a test has committed."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            tables = [name for (name,) in cursor.fetchall()]
            # Of each table: how many rows, and a number that any change of any row changes.
            self._ask = " UNION ALL ".join(
                f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {name} t"
                for name in tables
            )
            self._marks = self._look(cursor)
            self._rows: dict[str, bytes] = {}
            for name, count, _sum in self._marks:
                if count:
                    with cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)") as out:
                        self._rows[name] = b"".join(bytes(part) for part in out)

    def _look(self, cursor: Any) -> set[tuple[str, int, Any]]:
        cursor.execute(self._ask)
        return set(cursor.fetchall())

    @transaction.atomic
    def restore(self) -> None:
        with connection.cursor() as cursor:
            changed = [name for name, _count, _sum in self._marks - self._look(cursor)]
            cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
            for name in changed:
                cursor.execute(f"DELETE FROM {name}")
                if name in self._rows:
                    with cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as into:
                        into.write(self._rows[name])


def restore_after_commits(kept: KeptRows) -> None:
    """In place of Django's flush, which sweeps everything away: a hundred tables truncated, and the town to be laid anew."""
    TransactionTestCase._fixture_teardown = lambda self: kept.restore()  # type: ignore[attr-defined]
