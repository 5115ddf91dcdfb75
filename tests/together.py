"""Which tests stay together, on which of the suite's processes, and which come first.

`--dist loadgroup` of pytest-xdist 3.8 does not know pytest 9's node ids: there each test is a group of its own, each process starts
a city and makes the fixtures of nearly every file.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

SHARED_CITY = "tests/journeys"  # its files drive one running city
# What takes long begins first, or one process waits for the other at the end.
LONG = (SHARED_CITY, "tests/operate/test_bench.py", "tests/operate/test_up.py")


def group(nodeid: str) -> str:
    """What runs in one piece: the journeys, or a file."""
    file = nodeid.partition("::")[0]
    return SHARED_CITY if PurePosixPath(file).is_relative_to(SHARED_CITY) else file


def turn(nodeid: str) -> int:
    """Where a test stands among the long ones; 0 comes first."""
    mine = group(nodeid)
    return LONG.index(mine) if mine in LONG else len(LONG)


class Together(LoadScopeScheduling):
    """Hands out groups in the order of collection (`--no-loadscope-reorder`)."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
