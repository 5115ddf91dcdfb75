"""Django's PostGIS connection, tuned: fewer round trips before a request's own work."""

from select import POLLIN, poll
from time import monotonic
from typing import Any, ClassVar

import psycopg
from django.conf import settings
from django.contrib.gis.db.backends.postgis.base import DatabaseWrapper as PostGIS
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property
from psycopg.pq import Format

MOST_PREPARED = 600  # statements vary with the columns they touch and the filters asked for
MOST_CURSORS = 80
MOST_ROWS_KEPT = 200  # a cursor holds what it found until it is used again
# Django's reader of instants sets their zone in Python, one by one. Its connections are in UTC, as psycopg's own reader sees.
TIMESTAMPTZ = psycopg.adapters.types["timestamptz"].oid
READ_INSTANT = psycopg.adapters.get_loader(TIMESTAMPTZ, Format.TEXT)
NEVER_BY_ITSELF = 1 << 30
LOOK_EVERY_S = 1.0
# An act holds its case for milliseconds and the largest batch for a second or two, also on a busy machine: a twin that waits for
# its twin, or an act for a batch, gets its turn well before. Eight threads answer a city, and a lock held from outside must not
# hold each of them for long.
LONGEST_WAIT_S = 5


def wait_no_longer() -> None:
    """From now on, this process's new connections give up what another session holds after five seconds (`HeldTooLong`).

    For what serves people. Migrations and operators' commands wait as long as it takes, and what the city's own address says
    of `lock_timeout` stands.
    """
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] = f"-c lock_timeout={LONGEST_WAIT_S}s {options.get('options', '')}".strip()


class Crossed(OperationalError):
    """Two sessions waited for each other, and this one gave way (SQLSTATE 40P01). Nothing was written."""


class HeldTooLong(OperationalError):
    """Another session held what was wanted for longer than this connection waits (SQLSTATE 55P03). Nothing was written."""


class NamedErrors(DatabaseErrorWrapper):
    """Gives what is nobody's fault, and over soon, a name of its own among Django's errors."""

    NAMES: ClassVar = {"40P01": Crossed, "55P03": HeldTooLong}

    def __exit__(self, kind: Any, fault: Any, trace: Any) -> None:
        if name := self.NAMES.get(getattr(fault, "sqlstate", None) or ""):
            raise name(*fault.args).with_traceback(trace) from fault
        super().__exit__(kind, fault, trace)


class DatabaseWrapper(PostGIS):
    """A connection that the server has closed is replaced before it is used, in any thread.

    Django looks once in a request: a thread that serves no requests would keep a dead connection for ever. Who takes
    the raw connection asks `close_if_health_check_failed` first, as `kernel.base.sql` does. It must not be done where a
    connection is only made sure of: Django does that before a request has anybody to answer for it.
    """

    looked_at = 0.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._cursors: dict[tuple[str, Any], tuple[psycopg.Cursor[Any], str]] = {}

    @cached_property
    def wrap_database_errors(self) -> NamedErrors:
        return NamedErrors(self)

    def run(self, statement: str, params: Any, row_factory: Any) -> psycopg.Cursor[Any]:
        """Runs a prepared statement on the cursor that is kept for it, which knows already how its columns are read:
        a new one costs as much as a short statement. What it found must be taken from it before the next one runs.
        """
        key = (statement, row_factory)
        kept = self._cursors.get(key)
        if kept is None:
            if len(self._cursors) >= MOST_CURSORS:
                self._cursors.clear()
            cursor = psycopg.Cursor(self.connection, row_factory=row_factory)
            if READ_INSTANT is not None:
                cursor.adapters.register_loader(TIMESTAMPTZ, READ_INSTANT)
            kept = self._cursors[key] = (cursor, statement)
        cursor, first = kept  # psycopg knows its statement by identity
        cursor.execute(first, params, prepare=True)
        if cursor.rowcount > MOST_ROWS_KEPT:
            del self._cursors[key]
        return cursor

    def close_if_health_check_failed(self) -> None:
        if self.in_atomic_block or not self.autocommit:
            return  # looked at when the transaction began; what belongs to it must not go on in another
        now = monotonic()
        if self.errors_occurred or now - self.looked_at > LOOK_EVERY_S:
            self.looked_at = now
            self.health_check_done = False
        super().close_if_health_check_failed()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._cursors.clear()
        connection = super().get_new_connection(conn_params)
        # Django switches preparing off, also for who asks for it; this allows it and prepares nothing by itself.
        connection.prepare_threshold = NEVER_BY_ITSELF
        connection.prepared_max = MOST_PREPARED
        return connection

    def is_usable(self) -> bool:
        """A server that has gone closes its end, which can be seen without asking it; only then it is asked."""
        if self.connection is None or self.connection.closed:
            return False
        line = poll()
        line.register(self.connection.fileno(), POLLIN)
        return not line.poll(0) or bool(super().is_usable())
