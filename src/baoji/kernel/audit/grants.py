"""What the application's role may do in the database. Whoever owns the tables gives it."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql

ROLE = "baoji_app"
# What the role may do besides reading; a table that is not named here may be changed freely.
ONLY_GROW = (
    "audit_entry",
    "audit_seal",
    "flow_record",
    "flow_attachment",
    "records_file",
    "registers_change_note",
    "evidence_envelope",
    "evidence_receipt",
    "evidence_event",
    "evidence_server_key",
    "urban_erasure",
)
# What a photo said about itself may be emptied when its time is over; a trigger allows nothing else.
MAY_BLANK = ("records_file",)
ONLY_READ = ("django_migrations", "spatial_ref_sys")
# Only the operator says that the database was restored.
OPERATOR = "audit_seal_restored()"

OURS = """
SELECT c.relname, c.relkind FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
   AND pg_has_role(c.relowner, 'USAGE') ORDER BY c.relname
"""


def grant(connection: psycopg.Connection[Any], role: str = ROLE) -> bool:
    """Makes the role's rights exactly these, all or nothing; False when the server has no such role."""
    with connection.transaction():
        if not _all(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]):
            return False
        name = sql.Identifier(role)
        _run(connection, "GRANT USAGE ON SCHEMA public TO {}", name)
        for relation, kind in _all(connection, OURS):
            _run(connection, "REVOKE ALL ON {} FROM {}", sql.Identifier("public", relation), name)
            _run(connection, _rights(relation, kind), sql.Identifier("public", relation), name)
        _grant_in_future(connection, name)
        if _all(connection, "SELECT to_regprocedure(%s)", [OPERATOR])[0][0] is not None:
            _run(connection, f"REVOKE EXECUTE ON FUNCTION {OPERATOR} FROM PUBLIC, {{}}", name)
    return True


def _rights(relation: str, kind: str) -> LiteralString:
    if kind == "S":
        return "GRANT USAGE ON SEQUENCE {} TO {}"
    if relation in ONLY_READ or kind in {"v", "m"}:
        return "GRANT SELECT ON {} TO {}"
    if relation in MAY_BLANK:
        return "GRANT SELECT, INSERT, UPDATE (exif) ON {} TO {}"
    if relation in ONLY_GROW:
        return "GRANT SELECT, INSERT ON {} TO {}"
    return "GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}"


def _grant_in_future(connection: psycopg.Connection[Any], name: sql.Identifier) -> None:
    """Tables of later migrations; the next `grant` corrects those that may only grow."""
    future: LiteralString = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT "
    _run(connection, future + "SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}", name)
    _run(connection, future + "USAGE ON SEQUENCES TO {}", name)
    _run(connection, future + "EXECUTE ON FUNCTIONS TO {}", name)


def _run(connection: psycopg.Connection[Any], statement: LiteralString, *names: sql.Identifier) -> None:
    psycopg.Cursor(connection).execute(sql.SQL(statement).format(*names))


def _all(
    connection: psycopg.Connection[Any], statement: LiteralString, params: list[str] | None = None
) -> list[Any]:
    return psycopg.Cursor(connection).execute(statement, params).fetchall()
