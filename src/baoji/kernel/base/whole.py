"""Small files that are there whole or not at all. Plain Python."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(
    path: Path, data: bytes, *, mode: int = 0o644, passing: Path | None = None, durable: bool = True
) -> None:
    """Under a passing name first (`passing`, else PATH with the suffix `.new`), so that the name never stands for half a file.

    `durable`: what it holds survives a power cut; its name does once the folder is synced.
    """
    passing = passing or path.with_suffix(".new")
    try:
        # Made with the mode, so that a secret is nobody else's for a moment; set again, as the process may mask it.
        handle = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.rename(passing, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(passing)
        raise


def sync_folder(folder: Path) -> None:
    """Makes the names in it survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
