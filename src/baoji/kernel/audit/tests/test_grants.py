"""The application's role may write the journal and the flow records, and may never change them."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from baoji.kernel.audit.grants import ONLY_GROW, grant

ROLE = "baoji_app"


@pytest.fixture
def as_app(db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {ROLE}")
        call_command("grant_app_role")
        cursor.execute("SELECT audit_append('town.thing', 1, now(), NULL, 'open', '{}')")
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


FORBIDDEN = [
    "UPDATE {table} SET id = id",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "ALTER TABLE {table} ADD COLUMN more int",
    "DROP TABLE {table} CASCADE",
    "CREATE RULE gone AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
]


@pytest.mark.thorough
@pytest.mark.parametrize("table", ONLY_GROW)
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_cannot_change_what_only_grows(as_app, table, statement):
    with pytest.raises(ProgrammingError, match="permission denied|must be owner"):
        run(statement.format(table=table))


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "flow_record"])
def test_the_application_cannot_take_the_guard_away(as_app, table):
    with pytest.raises(ProgrammingError, match="must be owner"):
        run(f"DROP TRIGGER {table}_only_grows ON {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "SET session_replication_role = replica",
        "SELECT audit_seal_restored()",
        "TRUNCATE flow_timer",
        "DELETE FROM django_migrations",
        "SELECT setval('audit_entry_id_seq', 1)",
        "CREATE TABLE own (n int)",
    ],
)
def test_the_application_cannot_go_around(as_app, statement):
    with pytest.raises(ProgrammingError, match="permission denied|must be owner"):
        run(statement)


def test_the_application_can_write_seal_and_work(as_app):
    for statement in (
        "SELECT audit_append('town.thing', 1, now(), NULL, 'close', '{}')",
        "SELECT audit_seal_finished()",
        "INSERT INTO base_version (topic, n) VALUES ('x', 1)",
        "UPDATE base_version SET n = 2 WHERE topic = 'x'",
        "DELETE FROM base_version WHERE topic = 'x'",
        "INSERT INTO records_file (sha256, size, mime, created_at) VALUES ('x', 1, 'x', now()) ON CONFLICT (sha256) DO NOTHING",
        "INSERT INTO registers_change_note (register, row, title, verb, at, before, after, hidden, salt)"
        " VALUES ('holidays', 1, 'x', 'x', now(), '{}', '{}', '[]', 'x')",
        "SELECT nextval('flow_task_number')",
        "SELECT count(*) FROM flow_case",
        "SELECT count(*) FROM django_migrations",
        "SELECT count(*) FROM spatial_ref_sys",
    ):
        run(statement)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "flow_record"])
def test_even_the_owner_has_to_take_the_guard_away_first(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgtype FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s AND tgenabled = 'O'",
            [table, f"{table}_only_grows"],
        )
        assert cursor.fetchone() is not None
    run("SELECT audit_append('town.thing', 1, now(), NULL, 'open', '{}')")
    for statement in ("UPDATE audit_entry SET verb = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(ProgrammingError, match="append-only"):
            run(statement)


def test_a_server_without_the_role_is_left_alone(db):
    assert not grant(connection.connection, "nobody_of_this_name")


def test_what_was_granted_before_is_taken_back(as_app):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"GRANT ALL ON audit_entry TO {ROLE}")
    call_command("grant_app_role")
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'audit_entry', 'UPDATE, DELETE, TRUNCATE')", [ROLE])
        assert cursor.fetchone() == (False,)
