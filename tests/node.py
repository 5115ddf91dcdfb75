"""Node, which builds the front end: for tests that run the app's own code in it."""

import shutil


def node() -> str:
    found = shutil.which("node")
    assert found, "node is needed to build the front end: ./dev prepare"
    return found
