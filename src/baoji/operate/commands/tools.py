"""PostgreSQL's own programs, and what our tables are."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from shutil import which
from typing import Any

import psycopg

from baoji.operate.cluster import SERVERS
from baoji.operate.database import apart
from baoji.operate.errors import Trouble

# Tables, without those that belong to an extension.
TABLES = """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY c.relname
"""


def weighed(size: int) -> str:
    """A file's bytes for people, never as nothing."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{-(-size // 1024)} kB"


def tool(name: str, server: int) -> str:
    """The program of the server's major version, or the next newer one."""
    here = {int(path.parent.parent.name): path for path in SERVERS.glob(f"[0-9]*/bin/{name}")}
    usable = [version for version in sorted(here) if version >= server]
    found = str(here[usable[0]]) if usable else which(name)
    if not found:
        raise Trouble(f"This machine has no {name} of version {server} or later; install postgresql-client.")
    return found


def address(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and the whole environment, with the password in it."""
    place, password = apart(url)
    return place, {**os.environ, "LC_ALL": "C.UTF-8", **password}


def run(argv: Sequence[str], env: dict[str, str], what: str) -> str:
    """What a program printed; `Trouble` that begins with `what` when it failed."""
    done = subprocess.run(argv, env=env, capture_output=True, text=True, errors="replace", check=False)
    require_success(done.returncode, done.stderr, what)
    return done.stdout


def require_success(code: int, stderr: str, what: str) -> None:
    """Turns a program's failure into `Trouble` with the first line of its complaint."""
    if code:
        lines = [line for line in stderr.strip().splitlines() if line.strip()] or [f"code {code}"]
        raise Trouble(f"{what}: {lines[0].strip()}")


@contextmanager
def connected(url: str, **options: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection apart from Django, in UTC, under a name of its own in `pg_stat_activity`."""
    try:
        connection = psycopg.connect(
            url, application_name="baoji-operate", options="-c timezone=UTC", **options
        )
    except psycopg.OperationalError as error:
        raise Trouble(f"The database does not answer: {str(error).strip().splitlines()[-1]}") from error
    with connection:
        yield connection


def major(connection: psycopg.Connection[Any]) -> int:
    """The server's major version."""
    return connection.info.server_version // 10000


def table_counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has: by this a restored database is held against its backup."""
    names = [row[0] for row in connection.execute(TABLES)]
    counts = {}
    for name in names:
        statement = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier("public", name))
        found = connection.execute(statement).fetchone()
        counts[name] = int(found[0]) if found else 0
    return counts
