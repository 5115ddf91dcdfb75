"""The map draws its style unchecked, so that it is there sooner; here it is checked. Runs the map's own code in node."""

import json
import subprocess
from pathlib import Path

from tests.node import node

DRIVER = Path(__file__).with_name("style_driver.mjs")


def mistakes(*words: str) -> dict[str, list[str]]:
    done = subprocess.run(
        [node(), str(DRIVER), *words], capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_the_style_is_valid_in_every_shape() -> None:
    assert mistakes() == {}


def test_a_mistake_would_be_found() -> None:
    found = mistakes("line-colour")
    assert len(found) == 16 and all("unknown property" in line for lines in found.values() for line in lines)
