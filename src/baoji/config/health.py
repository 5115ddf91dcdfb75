"""/livez: this process answers. /readyz: everything it needs answers too, or 503 naming the part that does not."""

from shutil import disk_usage
from time import time

import orjson
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse

WORKER_SILENT_S = 15
_migrated = False


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    parts = {"database": _database(), "migrations": _migrations(), "worker": _worker(), "disk": _disk()}
    waiting = sorted(name for name, well in parts.items() if not well)
    body = {"ready": not waiting, "waiting_for": waiting, "parts": parts}
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


def _disk() -> bool:
    try:
        return disk_usage(settings.DATA).free > 50 * 1024 * 1024
    except OSError:
        return False
