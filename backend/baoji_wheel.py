"""Builds the wheel (PEP 517): setuptools', once what only `./dev prepare` builds is there — scripts, styles, the English catalogue.

Those are in no checkout; a wheel without them would install in silence and show bare pages.
"""

import subprocess
from pathlib import Path
from typing import Any

from setuptools import build_meta as standard
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]
ROOT = Path(__file__).resolve().parents[1]
BUILT = ("src/baoji/kernel/ui/static/build/manifest.json", "src/baoji/locale/en/LC_MESSAGES/django.mo")


def build_wheel(wheel_directory: str, *settings: Any, **more: Any) -> str:
    """Ends with one sentence where the built parts are missing and cannot be built here."""
    require_built(ROOT)
    return str(standard.build_wheel(wheel_directory, *settings, **more))


def require_built(root: Path) -> None:
    if _missing(root):
        subprocess.run(["./dev", "prepare"], cwd=root, check=False)
    if missing := _missing(root):
        raise SystemExit(
            f"{missing[0]} is not built; ./dev prepare in the checkout builds it, or says why it cannot."
        )


def _missing(root: Path) -> list[str]:
    return [name for name in BUILT if not (root / name).is_file()]
