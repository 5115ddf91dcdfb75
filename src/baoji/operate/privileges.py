"""PostgreSQL refuses to run as root: whom it runs as, and how a command becomes that user."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from baoji.operate.errors import Trouble

# Walking through directories closed to the server's user needs this one capability, nothing more.
PASS_THROUGH = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")


@dataclass(frozen=True)
class ServerUser:
    """The user as whom PostgreSQL runs: ourselves, or another when we are root."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def own(self, path: Path, mode: int = 0o700) -> None:
        """Gives a directory of ours to this user, closed to others."""
        if not self.is_us:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


@cache
def server_user() -> ServerUser:
    """Whoever that is on this machine; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        uid = os.geteuid()
        return ServerUser(str(uid), uid, os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise Trouble("PostgreSQL cannot run as root, and this machine has neither a user postgres nor nobody.")


def become(user: ServerUser, place: Path, *, dies_with_us: str = "keep") -> list[str]:
    """The words to put before a command so that USER runs it with PLACE within reach.

    DIES_WITH_US names the signal that the command gets when this process is gone.
    """
    words = ["setpriv", f"--pdeathsig={dies_with_us}"]
    if user.is_us:
        return [*words, "--"]
    words += [f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    if _reaches([*words, "--"], place):
        return [*words, "--"]
    words += PASS_THROUGH
    if _reaches([*words, "--"], place):
        return [*words, "--"]
    raise Trouble(f"The user {user.name} cannot reach {place}; choose a place it can reach with --data DIR.")


def _reaches(words: list[str], place: Path) -> bool:
    probe = [*words, "sh", "-c", 'cd "$1"', "probe", str(place)]  # test(1) overlooks capabilities
    return subprocess.run(probe, cwd="/", stderr=subprocess.DEVNULL, check=False).returncode == 0
