"""/livez: this process answers. /readyz: everything it needs answers too, or 503 naming the part that does not.

What is behind (after a long stop, or held up from outside) is named too; the city serves people meanwhile, so it is ready.
"""

from shutil import disk_usage
from time import time

import orjson
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse

from baoji.kernel.base import sql
from baoji.systems.urban.actions.timers import TIMERS_LOCK

WORKER_SILENT_S = 15
# Each reads one row of an index. A simulation that plays the clock fires the timers itself, also those of a past that it is in.
LATE_TIMERS = f"""
SELECT CASE WHEN EXISTS (SELECT 1 FROM flow_timer WHERE due_at < now() - interval '5 minutes')
       THEN pg_try_advisory_xact_lock_shared({TIMERS_LOCK}) ELSE false END
"""
LATE_SEALS = """
SELECT coalesce((SELECT recorded_at < now() - interval '5 minutes' FROM audit_entry
  WHERE id > coalesce((SELECT last_id FROM audit_seal ORDER BY id DESC LIMIT 1), 0) ORDER BY id LIMIT 1), false)
"""
_migrated = False


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    parts = {"database": _database(), "migrations": _migrations(), "worker": _worker(), "disk": _disk()}
    waiting = sorted(name for name, well in parts.items() if not well)
    behind = [name for name, late in (("journal", LATE_SEALS), ("timers", LATE_TIMERS)) if _is(late)]
    body = {"ready": not waiting, "waiting_for": waiting, "behind": behind, "parts": parts}
    return HttpResponse(orjson.dumps(body), status=503 if waiting else 200, content_type="application/json")


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True


def _migrations() -> bool:
    """Asked until it is true once: a running process keeps the tables it was made for."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _migrated


def _worker() -> bool:
    try:
        return time() - (settings.DATA / "run" / "worker.beat").stat().st_mtime < WORKER_SILENT_S
    except OSError:
        return False


def _is(question: str) -> bool:
    """No where the tables are not there: that is another part's to say."""
    try:
        return bool(sql.value(question))
    except DatabaseError:
        return False


def _disk() -> bool:
    try:
        return disk_usage(settings.DATA).free > 50 * 1024 * 1024
    except OSError:
        return False
