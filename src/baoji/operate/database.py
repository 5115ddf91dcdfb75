"""The database of an installation: our private cluster, or the server that DATABASE_URL names."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from shutil import which
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from baoji.operate.cluster import APP, OLDEST, OWNER, SERVERS, Cluster, reason, versions_here
from baoji.operate.errors import Trouble
from baoji.operate.layout import Layout, keep_secret


@dataclass(frozen=True)
class Addresses:
    """Where the application and where its owner, who may change tables, reach the database."""

    app: str
    owner: str


def private_cluster(layout: Layout) -> Cluster:
    """The cluster in this installation's folder."""
    return Cluster(layout.pg, layout.socket_dir, layout.log / "postgres.log")


def given_url() -> str | None:
    """DATABASE_URL: a server of the city's own; no private cluster is started then."""
    return os.environ.get("DATABASE_URL") or None


def private_addresses(layout: Layout) -> Addresses:
    """Both addresses of the private cluster: sockets in its folder, no password."""
    cluster = private_cluster(layout)
    return Addresses(app=cluster.url(APP), owner=cluster.url(OWNER))


def given_addresses(layout: Layout, owner: str, tell: Callable[[str], None]) -> Addresses:
    """Makes sure of the given server and of the application's role there."""
    if urlsplit(owner).scheme not in {"postgresql", "postgres"}:
        raise Trouble("DATABASE_URL must begin with postgresql://.")
    version = int(query(owner, "SHOW server_version_num"))
    if version < OLDEST * 10000:
        raise Trouble(f"The server in DATABASE_URL is PostgreSQL {version // 10000}; {OLDEST} is needed.")
    _ensure_postgis(owner)
    password = keep_secret(layout.data / "app-role.key")
    app = app_url(owner, password)
    if _answers(app) or (_make_app_role(owner, password) and _answers(app)):
        return Addresses(app=app, owner=owner)
    tell(
        f"Warning: the role {APP} could not be made on this server, so the application uses the owner's role; "
        "the journal is then not protected from the application itself."
    )
    return Addresses(app=owner, owner=owner)


def app_url(owner: str, password: str) -> str:
    """The owner's address with the application's role in its place."""
    parts = urlsplit(owner)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APP}:{quote(password, safe='')}@{place}"))


def _ensure_postgis(owner: str) -> None:
    if query(owner, "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'") == "1":
        return
    try:
        query(owner, "CREATE EXTENSION postgis")
    except Trouble as error:
        raise Trouble(
            "The database in DATABASE_URL lacks PostGIS, and its role may not add it; a superuser has to run "
            "CREATE EXTENSION postgis there once."
        ) from error


def _make_app_role(owner: str, password: str) -> bool:
    literal = "'" + password.replace("'", "''") + "'"  # CREATE ROLE takes no parameters
    try:
        query(owner, f"CREATE ROLE {APP} LOGIN PASSWORD {literal}")
    except Trouble:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        return query(url, "SELECT 1") == "1"
    except Trouble:
        return False


def apart(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and the environment that carries the password: process lists are public."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    password = parts.pop("password", None)
    return make_conninfo("", **parts), {"PGPASSWORD": password} if password else {}


def psql_binary() -> str:
    """The `psql` of the newest server here, else whichever this machine has."""
    here = versions_here()
    if here:
        return str(SERVERS / str(here[0]) / "bin" / "psql")
    found = which("psql")
    if not found:
        raise Trouble("This machine has no psql; install postgresql-client.")
    return found


def query(url: str, sql: str) -> str:
    """What the server at this address answers to one statement, before Django is there to ask."""
    place, password = apart(url)
    argv = [psql_binary(), "-XAtqw", "-v", "ON_ERROR_STOP=1", place]
    env = {**os.environ, "PGCONNECT_TIMEOUT": "5", "LC_ALL": "C.UTF-8", **password}
    done = subprocess.run(argv, env=env, input=sql, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"The server in DATABASE_URL refused: {reason(done.stderr)}.")
    return done.stdout.strip()
