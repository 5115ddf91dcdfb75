"""The folder of originals: each file under the hash of its content, whole or not at all, there after a power cut."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import time
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from baoji.kernel.base import whole
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.whole import sync_folder

FULL = (errno.ENOSPC, errno.EDQUOT)
# Disks without hard links: some network shares.
NO_LINKS = (errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
PARTIAL = ".partial-"


def root() -> Path:
    """The folder of originals in the data directory."""
    return Path(settings.DATA) / "files"


def original_path(sha256: str) -> Path:
    """Where an original is kept, whether it is there or not."""
    return root() / sha256[:2] / sha256[2:4] / sha256


def store(sha256: str, data: bytes) -> None:
    """Returns when the file would survive a power cut. Raises `Refused` (storage-full) with nothing half written."""
    _keep(sha256, len(data), lambda path: write_whole(path, data))


def adopt(part: Path, sha256: str, size: int) -> None:
    """As `store`, for a file of this folder's disk that is synced already: it gets its second name, and keeps its first."""
    _keep(sha256, size, lambda path: _link(part, path))


def _keep(sha256: str, size: int, write: Callable[[Path], None]) -> None:
    path = original_path(sha256)
    with told_when_full():
        new = _make_directories(path.parent)
        with _among_writers(exclusive=False):
            if _is_there(path, size):
                os.utime(path)  # young again: `sweep` must not take it before our row is committed
                new = [path.parent, path.parent.parent, root()]
            else:
                write(path)
        for directory in new or [path.parent]:
            sync_folder(directory)


@contextmanager
def told_when_full() -> Iterator[None]:
    """Turns a full disk into `Refused` (storage-full)."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise full() from error


def full() -> Refused:
    """The refusal for a disk without room."""
    return Refused(
        _("没有传上：服务器的存储已满，内容没有保存。请稍后再传，并告诉管理员"),
        code="storage-full",
        status=507,
    )


def _link(part: Path, path: Path) -> None:
    """Under a passing name first: what stands there with another size is replaced."""
    passing = _passing(path)
    try:
        os.link(part, passing)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        write_whole(path, part.read_bytes())
        return
    os.utime(passing)
    os.rename(passing, path)


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _make_directories(leaf: Path) -> list[Path]:
    """Makes the missing ones; every directory that has to be synced then, the leaf included, or nothing."""
    if leaf.is_dir():
        return []
    top = leaf.parent.parent
    changed = [leaf, leaf.parent]
    if not leaf.parent.is_dir():
        changed.append(top)
    if not top.is_dir():
        changed.append(top.parent)
    leaf.mkdir(parents=True, exist_ok=True)
    return changed


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """A file of this folder, for its owner and its group."""
    whole.write_whole(path, data, mode=0o640, passing=_passing(path), durable=durable)


def _passing(path: Path) -> Path:
    return path.parent / f"{PARTIAL}{uuid4().hex}"


@contextmanager
def _among_writers(*, exclusive: bool) -> Iterator[None]:
    """Writers together, or the sweeper alone."""
    handle = os.open(root() / ".lock", os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def originals() -> Iterator[Path]:
    """Every file in the folder that is an original."""
    return (path for path in root().glob("??/??/*") if not path.name.startswith("."))


def batches(size: int) -> Iterator[dict[str, Path]]:
    """All originals by their names, so many at once."""
    paths = originals()
    while batch := {path.name: path for path in islice(paths, size)}:
        yield batch


def leftovers() -> Iterator[Path]:
    """What interrupted writers of originals and of copies left behind."""
    yield from root().glob(f"??/??/{PARTIAL}*")
    yield from (Path(settings.DATA) / "copies").glob(f"*/??/??/{PARTIAL}*")


def remove_if_stored_before(path: Path, moment: float) -> bool:
    """Takes the file away unless it was stored, or stored again, after this moment (seconds since the epoch)."""
    with _among_writers(exclusive=True):
        try:
            if path.stat().st_mtime >= moment:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
    sync_folder(path.parent)
    return True


def remove_if_old(path: Path, age_s: float) -> bool:
    """Takes the file away unless somebody stored it again meanwhile."""
    with _among_writers(exclusive=True):
        try:
            if time() - path.stat().st_mtime < age_s:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
    return True
