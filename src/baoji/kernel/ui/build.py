"""What the front-end build left for the templates: hashed file names and the icon sprite."""

import json
from functools import lru_cache
from pathlib import Path
from time import monotonic
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


_seen: dict[str, tuple[float, dict[str, Any]]] = {}


def _load(name: str) -> dict[str, Any]:
    """Looked at again every second, so that a fresh build is seen without a restart; a page asks forty times."""
    now, (until, found) = monotonic(), _seen.get(name, (0.0, {}))
    if now >= until:
        path = FOLDER / name
        found = _cached(name, path.stat().st_mtime_ns) if path.exists() else _read(name)
        _seen[name] = (now + 1, found)
    return found


def url(file: str) -> str:
    """Address of a built file."""
    return f"{settings.STATIC_URL}build/{file}"


def entry(name: str) -> dict[str, Any]:
    """The manifest's record of an entry: `file`, and `css` where it has styles."""
    for record in _load("manifest.json").values():
        if record.get("isEntry") and record.get("name") == name:
            return dict(record)
    raise NotBuilt(f"no entry called {name} in the front-end build")


def styles(name: str) -> list[str]:
    """The style sheets of an entry."""
    return [str(file) for file in entry(name).get("css", [])]


def imported(name: str) -> list[str]:
    """The scripts that an entry imports at once, for `<link rel=modulepreload>`: a browser finds them only when it has read
    the entry."""
    records = _load("manifest.json")
    return [str(records[key]["file"]) for key in entry(name).get("imports", [])]


def whole(name: str) -> set[str]:
    """Every file that an entry may ask for: its own, those of what it imports at once or later, the sprite, the map's worker."""
    records = _load("manifest.json")
    key = next(key for key, record in records.items() if record.get("isEntry") and record.get("name") == name)
    found, left = {str(_sheet(name)["file"])}, [key]
    seen: set[str] = set()
    while left:
        key = left.pop()
        if key in seen:
            continue
        seen.add(key)
        record = records[key]
        found |= {record["file"], *record.get("css", []), *record.get("assets", [])}
        left += [*record.get("imports", []), *record.get("dynamicImports", [])]
    return found | _named_in(found)


def _named_in(files: set[str]) -> set[str]:
    """Files of the build that scripts name themselves: workers, fonts of style sheets."""
    texts = [(FOLDER / file).read_text("utf-8") for file in files if file.endswith((".js", ".css"))]
    return {path.name for path in FOLDER.iterdir() if any(path.name in text for text in texts)}


def _sheet(name: str) -> dict[str, Any]:
    """`{file, icons}` of the sprite that an entry draws from: its own, else that of the house."""
    known = _load("icons.json")
    found: dict[str, Any] = known.get(name, known)
    return found


def sheet(name: str) -> str:
    """Address of the sprite of an entry."""
    return url(str(_sheet(name)["file"]))


def sprite(icon: str, entry: str = "main") -> str:
    """Address of one icon in the sprite of an entry, for `<use href>`."""
    known = _sheet(entry)
    if icon not in known["icons"]:
        raise NotBuilt(
            f"icon {icon!r} is not in the sprite: run `npm run build` in frontend/; "
            "if the build refuses the name, Tabler has no such outline icon"
        )
    return f"{url(known['file'])}#{icon}"
