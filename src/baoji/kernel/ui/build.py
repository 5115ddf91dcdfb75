"""What the front-end build left for the templates: hashed file names and the icon sprite."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

FOLDER = Path(__file__).resolve().parent / "static" / "build"


class NotBuilt(RuntimeError):
    """The front end has not been built, or was built before this file or icon was used."""


def _read(name: str) -> dict[str, Any]:
    path = FOLDER / name
    if not path.exists():
        raise NotBuilt(f"{name} is missing: run `npm ci && npm run build` in frontend/")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@lru_cache(maxsize=2)
def _cached(name: str, _changed: int) -> dict[str, Any]:
    return _read(name)


def _load(name: str) -> dict[str, Any]:
    """Keyed by the file's time, so that a fresh build is seen without a restart."""
    path = FOLDER / name
    return _cached(name, path.stat().st_mtime_ns) if path.exists() else _read(name)


def url(file: str) -> str:
    return f"{settings.STATIC_URL}build/{file}"


def entry(name: str) -> dict[str, Any]:
    """The manifest's record of an entry: `file`, and `css` where it has styles."""
    for record in _load("manifest.json").values():
        if record.get("isEntry") and record.get("name") == name:
            return dict(record)
    raise NotBuilt(f"no entry called {name} in the front-end build")


def sprite(icon: str) -> str:
    """Address of one icon in the sprite, for `<use href>`."""
    known = _load("icons.json")
    if icon not in known["icons"]:
        raise NotBuilt(
            f"icon {icon!r} is not in the sprite: run `npm run build` in frontend/; "
            "if the build refuses the name, Tabler has no such outline icon"
        )
    return f"{url(known['file'])}#{icon}"
