"""`baoji restore`: a backup into an empty installation, compared with its manifest and verified before it is believed."""

import errno
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from baoji.kernel.audit import queries as audit
from baoji.kernel.audit.grants import ROLE, grant
from baoji.kernel.records import storage
from baoji.operate.commands import archive
from baoji.operate.commands.archive import Checked
from baoji.operate.commands.audit import as_text, reading, verified
from baoji.operate.commands.tools import address, connected, major, table_counts, tool
from baoji.operate.errors import Trouble

# What migrations fill, and what a worker notes for itself though nobody works: any other table with rows is somebody's data.
FILLED_BY_MIGRATIONS = {"django_migrations", "django_content_type", "auth_permission"}
NOTED_BY_THE_WORKER = {
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "procrastinate_jobs",
    "procrastinate_events",
    "base_version",
    "urban_plausibility_mark",
}
NO_DATA = FILLED_BY_MIGRATIONS | NOTED_BY_THE_WORKER
OTHERS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid()
"""
LEAVING_S = 3.0  # a line just closed is still counted for a moment
# The server has these already, or only its superuser may make them.
NOT_OURS = re.compile(r"^\d+; \d+ \d+ (EXTENSION|COMMENT|SCHEMA|ACL) ", re.MULTILINE)
OURS = """
WITH foreign_to_us AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT 1, format('DROP TABLE IF EXISTS %s CASCADE', c.oid::regclass) FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM foreign_to_us f WHERE f.classid = 'pg_class'::regclass AND f.objid = c.oid)
UNION ALL
SELECT 2, format('DROP SEQUENCE IF EXISTS %s CASCADE', c.oid::regclass) FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
UNION ALL
SELECT 3, format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
   AND NOT EXISTS (SELECT FROM foreign_to_us f WHERE f.classid = 'pg_proc'::regclass AND f.objid = p.oid)
UNION ALL
SELECT 4, format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype) FROM pg_type t
  LEFT JOIN pg_class c ON c.oid = t.typrelid
 WHERE t.typnamespace = 'public'::regnamespace AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
   AND NOT EXISTS (SELECT FROM foreign_to_us f WHERE f.classid = 'pg_type'::regclass AND f.objid = t.oid)
   AND NOT EXISTS (SELECT FROM foreign_to_us f WHERE f.classid = 'pg_class'::regclass AND f.objid = c.oid)
ORDER BY 1
"""


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path))
@click.option(
    "--into", metavar="URL", help="Only try: into this empty database (its owner's address), not this city."
)
@click.option("--with-key", is_flag=True, help="Take over the secret key of the backup.")
def command(backup: Path, into: str | None, with_key: bool) -> None:
    """Bring BACKUP back. The database must be empty; what is there already is never overwritten.

    Compared table by table with what was saved, then the journal is verified. Ends with 1 if the journal is not as it
    was written. `--into` tries a backup in a database of its own and a folder that is taken away again: nothing of this
    installation is touched.

    \b
    $ baoji restore /backups/baoji-20261124-180211.tar
    $ baoji restore /backups/baoji-20261124-180211.tar --into postgresql://owner@/trial
    """
    began = time.monotonic()
    checked = archive.check(backup)
    click.echo(f"The backup of {checked.manifest.made_at} is whole.")
    if with_key and not checked.manifest.has_key:
        raise Trouble("The backup holds no secret key; nothing was restored.")
    if into == settings.DATABASE_OWNER_URL:
        raise Trouble(
            "--into names this city's own database, whose files a trial would not bring; nothing was restored."
        )
    if into and with_key:
        raise Trouble("A trial (--into) takes no key over; nothing was restored.")
    with _folder_of_its_own() if into else nullcontext():
        clean = bring_back(checked, into or settings.DATABASE_OWNER_URL, with_key=with_key)
    click.echo(f"Restored in {time.monotonic() - began:.1f} s.")
    sys.exit(0 if clean else 1)


@contextmanager
def _folder_of_its_own() -> Iterator[None]:
    """The copied heads, keys and originals of a trial lie beside this installation's, never among them: what was erased
    here since the backup does not come back, and this city goes on signing with its own keys."""
    here = Path(settings.DATA)
    here.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="trial-", dir=here) as folder:
            settings.DATA = Path(folder)
            yield
            click.echo("This was a trial: files, keys and copied heads were taken away again.")
    finally:
        settings.DATA = here


def bring_back(checked: Checked, url: str, *, with_key: bool = False) -> bool:
    """Says whether the journal is as it was written. Raises `Trouble` when the restored differs from the backup."""
    with connected(url, autocommit=True) as connection:
        _require_suitable(checked, connection)
        _require_empty(connection)
        _require_alone(connection)
        _clear(connection)
        _load(checked, url, connection)
        connection.execute("ANALYZE")
        _bring_files(checked)
        if not grant(connection):
            click.echo(
                f"This server has no role {ROLE} yet, so it was given no rights; ./dev up makes it and gives them."
            )
        differences = compare(checked, connection)
        if differences:
            raise Trouble("What was restored differs from the backup: " + "; ".join(differences))
        click.echo(
            f"{len(checked.manifest.tables)} tables and {checked.manifest.files} files are as in the backup."
        )
        if checked.manifest.erased_files:
            click.echo(f"{checked.manifest.erased_files} originals had been erased when their time was over.")
        connection.execute("SELECT audit_seal_restored()")
    _bring_heads(checked)
    _bring_signing_keys(checked)
    if with_key:
        _bring_key(checked)
    os.sync()  # an empty key after a power cut would pass for the city's own
    with reading(url) as connection:
        report = verified(connection)
    click.echo(as_text(report))
    return report.is_clean


def _require_suitable(checked: Checked, connection: psycopg.Connection[Any]) -> None:
    if major(connection) < checked.manifest.server:
        raise Trouble(
            f"The backup comes from PostgreSQL {checked.manifest.server}, this server is PostgreSQL {major(connection)}."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    ours = {
        name
        for name in checked.manifest.migrations
        if name.split(".")[0] in {app.split(".")[0] for app in known}
    }
    if newer := sorted(ours - known):
        raise Trouble(
            f"The backup was made by a newer version of Baoji ({newer[0]}); restore it with that version."
        )


def _require_empty(connection: psycopg.Connection[Any]) -> None:
    for table, count in table_counts(connection).items():
        if count and table not in NO_DATA:
            raise Trouble(f"The database is not empty: {table} holds {count} rows. Nothing was restored.")


def _require_alone(connection: psycopg.Connection[Any]) -> None:
    """A web server or worker would meet tables that come and go under it, and note things in what is being restored."""
    until = time.monotonic() + LEAVING_S
    while others := connection.execute(OTHERS).fetchone():
        if not others[0]:
            return
        if time.monotonic() > until:
            raise Trouble(
                f"The database is in use ({others[0]} connections): end the city first, with ./dev down on the same data."
                " Nothing was restored."
            )
        time.sleep(0.1)


def _clear(connection: psycopg.Connection[Any]) -> None:
    """Takes away the empty tables that migrations made; the backup brings its own."""
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '10s'")
        try:
            for _rank, statement in connection.execute(OURS).fetchall():
                connection.execute(statement)
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.errors.LockNotAvailable as error:
            raise Trouble(
                "Somebody works in the database; end the web server and the worker first."
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise Trouble("The database lacks PostGIS, or its tables belong to another role.") from error


def _load(checked: Checked, url: str, connection: psycopg.Connection[Any]) -> None:
    dbname, env = address(url)
    wanted = "".join(line for line in checked.contents.splitlines(keepends=True) if not NOT_OURS.match(line))
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen, archive.dump_of(checked) as dump:
        chosen.write(wanted)
        chosen.flush()
        argv = [
            tool("pg_restore", major(connection)),
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
        ]
        archive.feed(
            [*argv, f"--use-list={chosen.name}", f"--dbname={dbname}"],
            env,
            dump,
            "The database could not be restored",
        )


def _bring_files(checked: Checked) -> None:
    """Files that are there already have the same content: their names are its hash."""
    try:
        for sha256, data in archive.files_of(checked):
            path = storage.original_path(sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.stat().st_size != len(data):
                storage.write_whole(path, data, durable=False)
        for name, data in archive.copies_of(checked):
            path = Path(settings.DATA) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                storage.write_whole(path, data, durable=False)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Trouble(
                f"The disk under {storage.root()} is full; empty the database and begin anew."
            ) from error
        raise
    os.sync()


def compare(checked: Checked, connection: psycopg.Connection[Any]) -> list[str]:
    """What differs between the backup's manifest and the database now, a sentence each: rows a table, head of the journal."""
    manifest = checked.manifest
    now = table_counts(connection)
    names = sorted(set(now) | set(manifest.tables))
    found = [
        f"{name} had {manifest.tables.get(name)} rows, has {now.get(name)}"
        for name in names
        if now.get(name) != manifest.tables.get(name)
    ]
    head = audit.head(connection)
    if (list(head) if head else None) != manifest.head:
        found.append(f"the journal's head was {manifest.head}, is {head}")
    return found


def _aside(path: Path) -> None:
    """What is there already keeps a name of its own."""
    if path.exists():
        kept = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        path.rename(kept)
        click.echo(f"{path} was there already; it is kept as {kept.name}.")


def _bring_heads(checked: Checked) -> None:
    heads = archive.text_of(checked, archive.HEADS)
    _aside(audit.heads_path())
    if heads is not None:
        audit.heads_path().parent.mkdir(parents=True, exist_ok=True)
        audit.heads_path().write_bytes(heads)


def _bring_key(checked: Checked) -> None:
    _write_private(Path(settings.DATA) / "secret.key", archive.text_of(checked, archive.KEY) or b"")


def _bring_signing_keys(checked: Checked) -> None:
    """The city goes on signing with the keys it had; it is told when the backup has none."""
    found = {name: archive.text_of(checked, name) for name in archive.SIGNING}
    for name, key in found.items():
        if key is not None:
            path = Path(settings.DATA) / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists() or path.read_bytes() != key:
                _write_private(path, key)
    if any(found.values()):  # one that the city has not needed yet it makes when it does
        click.echo("The keys with which the city signs evidence were restored; end the city they came from.")
    else:
        click.echo("The backup holds no signing keys: the city will make new ones, with another fingerprint.")


def _write_private(path: Path, data: bytes) -> None:
    _aside(path)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
