"""`baoji backup`: the database and the files of one moment, in one file that was read through before it got its name."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings

from baoji import __version__
from baoji.kernel.audit import queries as audit
from baoji.kernel.audit.verification.heads import Head, read_heads
from baoji.kernel.evidence.keys import ROLES, path_of
from baoji.kernel.records import renditions, storage
from baoji.operate.commands import archive
from baoji.operate.commands.archive import Manifest, Packer
from baoji.operate.commands.tools import address, connected, major, run, table_counts, tool, weighed
from baoji.operate.errors import Trouble

MOST_MISSING_NAMED = 100


@click.command("backup")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--with-key",
    is_flag=True,
    help="Put the secret key in too; whoever has the backup can then sign in as anybody.",
)
def command(destination: Path, with_key: bool) -> None:
    """Save the database and the files to DESTINATION: a new file, or a directory that gets a file with the time in its name.

    One moment of the database while people go on working, with every photo it names. The file is read through before
    it gets its name; an interrupted backup leaves none.

    \b
    $ baoji backup /backups/
    /backups/baoji-20261124-180211.tar: 812.4 MB, 1204311 rows in 61 tables, 5120 files; read through, whole.
    """
    path = target(destination, datetime.now(UTC))
    manifest = back_up(path, settings.DATABASE_OWNER_URL, key=settings.SECRET_KEY if with_key else None)
    size = weighed(path.stat().st_size)
    rows = sum(manifest.tables.values())
    click.echo(
        f"{path}: {size}, {rows} rows in {len(manifest.tables)} tables, {manifest.files} files; read through, whole."
    )
    if manifest.erased_files:
        click.echo(
            f"{manifest.erased_files} originals were erased when their time was over; the journal says so."
        )
    if any(path_of(role).exists() for role in ROLES):
        click.echo(
            "It holds the keys with which this city signs evidence: whoever has it can sign in the city's name."
            " Encrypt it and lock it away."
        )
    if manifest.missing_files:
        raise Trouble(
            f"The backup stands, but {len(manifest.missing_files)} files that the database names are not in "
            f"{storage.root()}: {', '.join(manifest.missing_files[:3])} …"
        )


def target(destination: Path, now: datetime) -> Path:
    """The file to write: in a directory it is named by the time, and nothing that exists is written over."""
    if destination.is_dir():
        return destination / f"baoji-{now:%Y%m%d-%H%M%S}.tar"
    if destination.exists():
        raise Trouble(f"{destination} is there already; nothing was written.")
    if not destination.parent.is_dir():
        raise Trouble(f"There is no directory {destination.parent}.")
    return destination


def back_up(path: Path, url: str, *, key: str | None = None) -> Manifest:
    """The file gets its name only when it is whole, read through and safe from a power cut."""
    with _partial(path) as (partial, dump):
        with connected(url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            manifest = _look(connection)
            _dump(connection, url, dump)
            with dump.open("rb") as file:
                manifest.dump_sha256 = archive.digest(file)
            with partial.open("xb") as file:
                os.chmod(partial, 0o600)
                _pack(Packer(file), connection, url, manifest, dump, key)
                file.flush()
                os.fsync(file.fileno())
        archive.check(partial)
    return manifest


@contextmanager
def _partial(path: Path) -> Iterator[tuple[Path, Path]]:
    partial, dump = (path.with_name(f".{path.name}.{os.getpid()}.{kind}") for kind in ("partial", "dump"))
    try:
        yield partial, dump
        os.rename(partial, path)
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Trouble(f"The disk under {path.parent} is full; no backup was made.") from error
        raise
    finally:
        for left in (partial, dump):
            with suppress(FileNotFoundError):
                left.unlink()


def _look(connection: psycopg.Connection[Any]) -> Manifest:
    migrations = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    head = audit.head(connection)
    return Manifest(
        version=__version__,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        server=major(connection),
        tables=table_counts(connection),
        migrations=[row[0] for row in migrations],
        head=list(head) if head else None,
    )


def _dump(connection: psycopg.Connection[Any], url: str, dump: Path) -> None:
    """The same moment as the connection sees."""
    found = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert found is not None
    dbname, env = address(url)
    os.close(os.open(dump, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    argv = [
        tool("pg_dump", major(connection)),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--schema=public",
    ]
    argv += [f"--snapshot={found[0]}", f"--file={dump}", f"--dbname={dbname}"]
    run(argv, env, "The database could not be dumped")


ERASED = (
    "SELECT 1 FROM audit_entry WHERE subject = 'records.file' AND subject_id = %s AND verb = 'erase' LIMIT 1"
)


def _pack_files(packer: Packer, connection: psycopg.Connection[Any], url: str, manifest: Manifest) -> None:
    """Whether a file that is not there was erased is asked as of now: the night's erasures may begin while this goes on, and the
    moment that the backup shows knows nothing of them."""
    with connected(url, autocommit=True) as by_now, connection.cursor(name="files") as rows:
        for id_, sha256 in rows.execute("SELECT id, sha256 FROM records_file ORDER BY sha256"):
            original = storage.original_path(sha256)
            try:
                manifest.file_bytes += packer.add_file(f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}", original)
                manifest.files += 1
            except FileNotFoundError:
                if by_now.execute(ERASED, [id_]).fetchone():
                    manifest.erased_files += 1
                    _pack_copies(packer, sha256)
                elif len(manifest.missing_files) < MOST_MISSING_NAMED:
                    manifest.missing_files.append(sha256)


def _pack_copies(packer: Packer, sha256: str) -> None:
    """What stays of an erased photo is made of nothing else any more; all other copies are made anew when they are asked for."""
    for size in renditions.MADE_BY_WORKER:
        path = renditions.copy_path(sha256, size)
        with suppress(FileNotFoundError):
            packer.add_copy(f"copies/{size}/{sha256[:2]}/{sha256[2:4]}/{path.name}", path)


def _pack(
    packer: Packer,
    connection: psycopg.Connection[Any],
    url: str,
    manifest: Manifest,
    dump: Path,
    key: str | None,
) -> None:
    packer.add_file(archive.DUMP, dump)
    _pack_files(packer, connection, url, manifest)
    if audit.heads_path().exists():
        packer.add_small(archive.HEADS, _heads(audit.heads_path(), manifest.head[0] if manifest.head else 0))
    for role, name in zip(ROLES, archive.SIGNING, strict=True):
        if path_of(role).exists():
            packer.add_small(name, path_of(role).read_bytes())
    if key:
        packer.add_small(archive.KEY, key.encode())
        manifest.has_key = True
    manifest.small = packer.small
    manifest.copies, manifest.copies_sha256 = packer.copies.count, packer.copies.sha256
    packer.add_bytes(archive.MANIFEST, manifest.as_bytes())
    packer.close()


def _heads(path: Path, last: int) -> bytes:
    """The copied heads up to the moment that the backup shows; the worker may have copied newer ones since."""
    newer = {head.line for head in read_heads(path) if isinstance(head, Head) and head.link > last}
    lines = path.read_bytes().splitlines(keepends=True)
    return b"".join(line for number, line in enumerate(lines, 1) if number not in newer)
