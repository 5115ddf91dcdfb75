"""The database of an installation: our private cluster, or the server that DATABASE_URL names."""

import os
import secrets
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
    app: str
    owner: str


def private_cluster(layout: Layout) -> Cluster:
    return Cluster(layout.pg, layout.socket_dir, layout.log / "postgres.log")


def given_url() -> str | None:
    """DATABASE_URL: a server of the city's own; no private cluster is started then."""
    return os.environ.get("DATABASE_URL") or None


def private_addresses(layout: Layout) -> Addresses:
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
    app = app_url(owner, keep_secret(layout.data / "app-role.key"))
    if _answers(app) or _make_app_role(owner, app):
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


def _make_app_role(owner: str, app: str) -> bool:
    password = (urlsplit(app).password or secrets.token_urlsafe(32)).replace("'", "")
    try:
        query(owner, f"CREATE ROLE {APP} LOGIN PASSWORD '{password}'")
        return _answers(app)
    except Trouble:
        return False


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
    here = versions_here()
    if here:
        return str(SERVERS / str(here[0]) / "bin" / "psql")
    found = which("psql")
    if not found:
        raise Trouble("This machine has no psql; install postgresql-client.")
    return found


def query(url: str, sql: str) -> str:
    place, password = apart(url)
    argv = [psql_binary(), "-XAtqw", "-v", "ON_ERROR_STOP=1", place]
    env = {**os.environ, "PGCONNECT_TIMEOUT": "5", "LC_ALL": "C.UTF-8", **password}
    done = subprocess.run(argv, env=env, input=sql, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"The server in DATABASE_URL refused: {reason(done.stderr)}.")
    return done.stdout.strip()
