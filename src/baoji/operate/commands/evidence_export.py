"""The part of `baoji evidence` that works inside the city."""

import errno
import os
import shlex
from contextlib import suppress
from pathlib import Path

from django.utils import timezone

from baoji.kernel.base.errors import Refused
from baoji.kernel.evidence.keys import fingerprint
from baoji.kernel.identity.callers import SYSTEM
from baoji.operate.commands.tools import weighed
from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django
from baoji.systems.urban.actions.evidence_export import export_case


def write(number: str, path: Path) -> str:
    """The export gets its name when it is whole; what to tell the operator."""
    if path.exists():
        raise Trouble(f"{path} is there already; nothing was written.")
    if not path.parent.is_dir():
        raise Trouble(f"There is no directory {path.parent}.")
    owner_django()
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            export_case(by=SYSTEM, number=number, target=file, now=timezone.now())
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, path)
    except Refused as refused:
        raise Trouble(refused.message) from refused
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Trouble(f"The disk under {path.parent} is full; nothing was written.") from error
        raise
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    return told(path, path.stat().st_size, fingerprint())


def told(path: Path, size: int, key: str) -> str:
    """What the operator reads, and the command for a shell to check it with; `size` in bytes."""
    return (
        f"{path}: {weighed(size)}. It holds originals with all that the phones wrote into them: hand it on with care.\n"
        f'Check it with: baoji evidence verify {shlex.quote(str(path))} --key "{key}"'
    )
