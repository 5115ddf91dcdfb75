"""Where one installation keeps its things, and the environment its processes are given."""

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from baoji.operate.errors import Trouble
from baoji.operate.whole import write_whole

SOURCES = Path(__file__).resolve().parents[2]
CHECKOUT = SOURCES.parent
PORT = 8000
LEAST_FREE = 200 * 1024 * 1024
CITY_FREE = 600 * 1024 * 1024  # what the demo city and the log of loading it take, with some to work in
# A socket address holds 108 bytes; PostgreSQL adds "/.s.PGSQL.5432" to the directory.
LONGEST_SOCKET_DIR = 107 - len("/.s.PGSQL.65535")
# What `reset` may delete in a data directory; everything else there is not ours.
OURS = (
    "pg",
    "test-pg",
    "run",
    "log",
    "files",
    "journal",
    "copies",
    "bench",
    "static",
    "cache",
    "messages",
    "tls",
    "keys",
    "empty",
    "secret.key",
    "app-role.key",
)


def socket_dir_for(home: Path) -> Path:
    """HOME/pg when a socket fits there, else a short private directory with a stable name."""
    near = home / "pg"
    if len(os.fsencode(near)) <= LONGEST_SOCKET_DIR:
        return near
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path("/tmp") / f"baoji-{os.geteuid()}-{mark}"


def unusable(data: Path, error: OSError) -> Trouble:
    """What to tell somebody whose data directory is a file, lies in /proc, is out of reach or on a disk that fails."""
    return Trouble(f"{data} cannot hold the data ({error.strerror}); choose another place with --data DIR.")


@dataclass(frozen=True)
class Layout:
    data: Path

    @property
    def pg(self) -> Path:
        return self.data / "pg"

    @property
    def run(self) -> Path:
        return self.data / "run"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def tls(self) -> Path:
        return self.data / "tls"

    @property
    def socket_dir(self) -> Path:
        return socket_dir_for(self.run)

    @property
    def secret_key(self) -> Path:
        return self.data / "secret.key"

    def prepare(self) -> None:
        try:
            for path in (self.data, self.run, self.log):
                if not path.exists():
                    path.mkdir(parents=True)
                    path.chmod(0o755)
            keep_secret(self.secret_key)
        except PermissionError as error:
            raise Trouble(
                f"{error.filename} cannot be written by this user; choose another place with --data DIR."
            ) from error
        except OSError as error:
            raise unusable(self.data, error) from error

    def require_space(self, least: int = LEAST_FREE) -> None:
        free = shutil.disk_usage(self.data).free
        if free < least:
            raise Trouble(
                f"The disk under {self.data} is full: {free >> 20} MB are free, {least >> 20} MB are needed."
            )

    def environment(self, *, app_url: str, owner_url: str, port: int = PORT) -> dict[str, str]:
        """The whole environment of a process of ours, made from our own."""
        sources = [str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "DJANGO_SETTINGS_MODULE": "baoji.config.settings.prod",
            "BAOJI_MODE": "demo",
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sources),
            "PYTHONUNBUFFERED": "1",
            "BAOJI_DATA": str(self.data),
            "BAOJI_SECRET_KEY_FILE": str(self.secret_key),
            "DATABASE_URL": app_url,
            "DATABASE_OWNER_URL": owner_url,
            "PORT": str(port),
        }


def keep_secret(path: Path) -> str:
    """The secret in PATH; made, readable by its owner alone, the first time."""
    if not path.exists() or not path.stat().st_size:
        write_whole(path, secrets.token_urlsafe(48).encode(), secret=True)
    return path.read_text().strip()
