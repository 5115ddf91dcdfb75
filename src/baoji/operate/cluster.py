"""A private PostgreSQL cluster: made, configured, started and ended by us, reachable by a socket alone."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from baoji.kernel.worktime.calendar import ZONE
from baoji.operate.errors import Trouble
from baoji.operate.privileges import become, server_user
from baoji.operate.program import Program, last_lines

SERVERS = Path("/usr/lib/postgresql")
SHARED = Path("/usr/share/postgresql")
OLDEST = 15
DATABASE = "baoji"
OWNER = "baoji_owner"
APP = "baoji_app"
PORT = 5432
READY_LINE = 7  # of postmaster.pid


def versions_here() -> list[int]:
    """Major versions on this machine that have PostGIS and are new enough, newest first."""
    found = [int(path.parent.parent.name) for path in SERVERS.glob("[0-9]*/bin/postgres")]
    usable = [n for n in found if n >= OLDEST and (SHARED / f"{n}/extension/postgis.control").exists()]
    return sorted(usable, reverse=True)


def settings_text(memory: int, *, durable: bool) -> str:
    """Settings for a cluster that shares its machine with the application; durable means that it survives a power cut."""
    buffers = max(32, min(256, (memory >> 20) // 8))
    safe = "on" if durable else "off"
    lines = {
        "shared_buffers": f"'{buffers}MB'",
        "effective_cache_size": f"'{max(128, (memory >> 20) // 2)}MB'",
        "max_connections": "100",
        "fsync": safe,
        "synchronous_commit": safe,
        "full_page_writes": safe,
        "wal_compression": "lz4",
        # A killed server must be back within seconds: little may be left to replay.
        "max_wal_size": "'1GB'",
        "checkpoint_timeout": "'3min'",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
        "random_page_cost": "1.1",
        "log_timezone": f"'{ZONE}'",
        "timezone": f"'{ZONE}'",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "lc_messages": "'C'",
        "update_process_title": "off",
    }
    head = "# Written when the cluster was made; change it as you need, it is not written again.\n"
    return head + "".join(f"{name} = {value}\n" for name, value in lines.items())


def memory_here() -> int:
    """This machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL cluster in a folder of ours: made on first use, reached through its socket only."""

    data_dir: Path
    socket_dir: Path
    log: Path
    durable: bool = True

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_dir), safe='')}&port={PORT}"

    @property
    def is_made(self) -> bool:
        return (self.data_dir / "PG_VERSION").exists()

    def binary(self, name: str) -> str:
        return str(SERVERS / str(self.version()) / "bin" / name)

    def version(self) -> int:
        """The major version that made it, or would make it now; `Trouble` when this machine cannot run that."""
        here = versions_here()
        if not here:
            raise Trouble(f"This machine has no PostgreSQL of version {OLDEST} or later with PostGIS.")
        if not self.is_made:
            return here[0]
        made_by = (self.data_dir / "PG_VERSION").read_text().strip()
        if not made_by.isdigit() or int(made_by) not in here:
            raise Trouble(
                f"The database in {self.data_dir} was made by PostgreSQL {made_by}, "
                f"and this machine has PostgreSQL {here[0]} with PostGIS."
            )
        return int(made_by)

    def prepare(self) -> None:
        """Directories, ownership, and on the first call the cluster itself."""
        self.version()
        for path in (self.data_dir, self.socket_dir):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._claim(path)
        if not self.is_made:
            self._initialise()

    def _claim(self, path: Path) -> None:
        user = server_user()
        owner = path.lstat().st_uid
        if path.is_symlink() or owner not in (user.uid, os.geteuid()):
            raise Trouble(f"{path} belongs to another user; choose another place with --data DIR.")
        user.own(path)

    def _initialise(self) -> None:
        """Beside its place, and there at a stroke: what was cut off in the middle has its PG_VERSION too."""
        for left in self.data_dir.parent.glob(f"{self.data_dir.name}.making-*"):
            shutil.rmtree(left, ignore_errors=True)
        making = self.data_dir.with_name(f"{self.data_dir.name}.making-{os.getpid()}")
        making.mkdir(mode=0o700)
        server_user().own(making)
        words = ["initdb", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        words += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        words += [] if self.durable else ["--no-sync"]
        done = self._as_server([self._binary_before(words[0]), *words[1:], "-D", str(making)])
        if done.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise Trouble(f"The database could not be made: {reason(done.stderr)}.")
        text = settings_text(memory_here(), durable=self.durable)
        (making / "baoji.conf").write_text(text)
        with (making / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'baoji.conf'\n")
        user = server_user()
        os.chown(making / "baoji.conf", user.uid, user.gid)
        if self.durable:
            os.sync()
        shutil.rmtree(self.data_dir)  # nothing that a server could start
        making.rename(self.data_dir)

    def _binary_before(self, name: str) -> str:
        return str(SERVERS / str(versions_here()[0]) / "bin" / name)

    def _as_server(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        before = become(server_user(), self.data_dir)
        env = {**os.environ, "LC_ALL": "C", "HOME": "/"}
        return subprocess.run(
            [*before, *argv], cwd="/", env=env, capture_output=True, text=True, errors="replace", check=False
        )

    def program(self) -> Program:
        """The server as the supervisor runs it."""
        argv = (
            *become(server_user(), self.data_dir, dies_with_us="INT"),
            self.binary("postgres"),
            *("-D", str(self.data_dir)),
            *("-c", "listen_addresses="),
            *("-c", f"port={PORT}"),
            *("-c", f"unix_socket_directories={self.socket_dir}"),
            *("-c", "unix_socket_permissions=0777"),
            *("-c", "logging_collector=off"),
            # What fails holds what people told us, and nobody erases a log: neither the statement nor the row is repeated there.
            *("-c", "log_min_error_statement=panic"),
            *("-c", "log_error_verbosity=terse"),
            *("-c", f"cluster_name={self.mark}"),
        )
        return Program(
            name="postgres",
            argv=argv,
            log=self.log,
            env={**os.environ, "LC_ALL": "C", "HOME": "/"},
            stop_signal=signal.SIGINT,
            patience=60,
            is_database=True,
            before=self.end_orphans,
            is_ready=self.is_ready,
        )

    def is_ready(self) -> bool:
        """What the server itself says in postmaster.pid; costs no connection.

        A killed server leaves the file behind, still saying "ready": the process must be there as well.
        """
        lines = self._pid_lines()
        if len(lines) <= READY_LINE or lines[READY_LINE].strip() != "ready":
            return False
        return self._works_for_us(lines[0].strip())

    def _pid_lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.data_dir / "postmaster.pid").read_text().splitlines()
        return []

    def end_orphans(self) -> None:
        """Ends server processes that work on our directory and have lost their supervisor.

        A whole server is shut down; what a killed one left behind (a long query) is killed, because the next
        server cannot start before it is gone.
        """
        main = self._pid_lines()[:1]
        if main and self._works_for_us(main[0].strip()):
            self._signal_all([int(main[0])], signal.SIGINT)
            self._all_gone(10.0)
        if not self._all_gone(0.2):
            self._signal_all(self._processes(), signal.SIGKILL)
            self._all_gone(5.0)

    def _signal_all(self, pids: list[int], kind: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, kind)

    def _all_gone(self, patience: float) -> bool:
        until = time.monotonic() + patience
        while self._processes():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    @property
    def mark(self) -> str:
        """PostgreSQL shows this name in the command line of each of its processes."""
        place = os.path.realpath(self.data_dir)
        return f"baoji-{hashlib.sha256(os.fsencode(place)).hexdigest()[:16]}"

    def _processes(self) -> list[int]:
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and self._works_for_us(name)]

    def _works_for_us(self, pid: str) -> bool:
        """Reads only what every user may read of every process: in a container root is not all-seeing."""
        with suppress(OSError):
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
            return self.mark.encode() in title and Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
        return False

    def settle(self) -> None:
        """Writes everything down now, so that a server killed right after has nothing to make up for."""
        self.sql("CHECKPOINT")

    def sql(self, text: str, *, database: str = "postgres", role: str = "postgres") -> str:
        """What the server answers to statements of ours, as a superuser unless told otherwise."""
        argv = [self.binary("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.socket_dir)]
        argv += ["-p", str(PORT), "-U", role, "-d", database]
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"The database refused to be prepared: {reason(done.stderr)}.")
        return done.stdout.strip()

    def ensure_roles(self) -> None:
        """The owner, the application's role and the database; does nothing that is done already."""
        ready = self.sql(
            f"SELECT count(*) FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba "
            f"WHERE datname = '{DATABASE}' AND rolname = '{OWNER}' "
            f"AND EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}')"
        )
        if ready == "1":
            return
        self.sql(ROLES)
        # PostGIS goes into the template, so that the owner can make databases without being a superuser.
        self.sql(POSTGIS, database="template1")
        self.sql(MAKE_DATABASE)


ROLES = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {APP} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
"""
# The owner is a superuser inside this transaction only: who creates the extension owns it.
POSTGIS = f"""
BEGIN;
ALTER ROLE {OWNER} SUPERUSER;
SET SESSION AUTHORIZATION {OWNER};
CREATE EXTENSION IF NOT EXISTS postgis;
RESET SESSION AUTHORIZATION;
ALTER ROLE {OWNER} NOSUPERUSER;
COMMIT;
"""
MAKE_DATABASE = f"""
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP};
"""


def reason(stderr: str) -> str:
    """The line of a PostgreSQL message that says what is wrong, without its prefix and full stop."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    if not lines:
        return "?"
    worst = next(
        (line for line in lines if re.search(r"\b(error|fatal|panic)\b", line, re.IGNORECASE)), lines[-1]
    )
    return re.sub(r"^.*?(error|fatal|panic):\s*", "", worst, flags=re.IGNORECASE).rstrip(".")


def throwaway_home(parent: Path) -> Path:
    """A new directory below PARENT that the server's user can enter."""
    parent.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(dir=parent))
    home.chmod(0o755)
    return home


def why_not_ready(cluster: Cluster) -> str:
    """What the log of a server that does not come up says last."""
    lines = last_lines(cluster.log, 3)
    return reason("\n".join(lines)) if lines else "it says nothing"
