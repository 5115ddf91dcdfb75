"""An installation's own small files: whole or not at all, also after a power cut."""

from pathlib import Path

from baoji.kernel.base import whole


def write_whole(path: Path, content: bytes, *, secret: bool = False) -> None:
    """A secret for its owner alone."""
    whole.write_whole(path, content, mode=0o600 if secret else 0o644)
    whole.sync_folder(path.parent)
