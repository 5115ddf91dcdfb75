"""What is locked for running is named, with its version and a licence, in THIRD_PARTY.md."""

import json
import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def named() -> set[tuple[str, str]]:
    rows = re.findall(r"^\| (\S+) \| (\S+) \| \S.*\|$", (REPO / "THIRD_PARTY.md").read_text(), re.MULTILINE)
    return {(name, version) for name, version in rows if version[0].isdigit()}


def locked() -> set[tuple[str, str]]:
    python = re.findall(
        r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (REPO / "requirements" / "base.txt").read_text(), re.MULTILINE
    )
    return set(python) | bundled()


def bundled() -> set[tuple[str, str]]:
    npm = json.loads((REPO / "frontend" / "package-lock.json").read_text())["packages"]
    return {
        (place.rpartition("node_modules/")[2], package["version"])
        for place, package in npm.items()
        if place and not package.get("dev")
    }


def test_every_locked_package_is_named_with_its_licence() -> None:
    assert len(locked()) > 20
    assert not sorted(locked() - named())


def test_nothing_is_named_that_is_no_longer_used() -> None:
    assert not sorted(named() - locked())


def test_the_build_has_the_licence_of_each_package_beside_it() -> None:
    """They are built out of their comments, and a licence that asks for its notice asks it of the wheel too."""
    told = (REPO / "src/baoji/kernel/ui/static/build/licences.txt").read_text()
    heads = {tuple(line.split(" ")[:2]) for line in told.splitlines()}
    assert not sorted(bundled() - heads)
