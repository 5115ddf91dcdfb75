"""Django's PostGIS connection, tuned: fewer round trips before a request's own work."""

from select import POLLIN, poll
from time import monotonic
from typing import Any

from django.contrib.gis.db.backends.postgis.base import DatabaseWrapper as PostGIS

MOST_PREPARED = 600
NEVER_BY_ITSELF = 1 << 30
LOOK_EVERY_S = 1.0


class DatabaseWrapper(PostGIS):
    """A connection that the server has closed is replaced before it is used, in any thread.

    Django looks once in a request: a thread that serves no requests would keep a dead connection for ever. Who takes
    the raw connection asks `close_if_health_check_failed` first, as `kernel.base.sql` does. It must not be done where a
    connection is only made sure of: Django does that before a request has anybody to answer for it.
    """

    looked_at = 0.0

    def close_if_health_check_failed(self) -> None:
        if self.in_atomic_block or not self.autocommit:
            return  # looked at when the transaction began; what belongs to it must not go on in another
        now = monotonic()
        if self.errors_occurred or now - self.looked_at > LOOK_EVERY_S:
            self.looked_at = now
            self.health_check_done = False
        super().close_if_health_check_failed()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        # Django switches preparing off, also for who asks for it; this allows it and prepares nothing by itself.
        connection.prepare_threshold = NEVER_BY_ITSELF
        connection.prepared_max = (
            MOST_PREPARED  # statements vary with the columns they touch and the filters asked for
        )
        return connection

    def is_usable(self) -> bool:
        """A server that has gone closes its end, which can be seen without asking it; only then it is asked."""
        if self.connection is None or self.connection.closed:
            return False
        line = poll()
        line.register(self.connection.fileno(), POLLIN)
        return not line.poll(0) or bool(super().is_usable())
