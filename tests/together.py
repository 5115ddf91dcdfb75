"""Which tests stay together, on which of the suite's processes, and which come first.

`--dist loadgroup` of pytest-xdist 3.8 does not know pytest 9's node ids: there each test is a group of its own, each process starts
a city and makes the fixtures of nearly every file.
"""

from fnmatch import fnmatch

from xdist.scheduler import LoadScopeScheduling

# Journeys drive a running city, which a process starts once: the phones' ones as one group, the desks' as another.
PHONES, DESKS = "tests/journeys/test_field_*", "tests/journeys/*"
# What takes long begins first, or one process waits for the other at the end; but not two that want a demo city, or one waits
# while the other makes it (tests/cities.py).
LONG = (PHONES, "tests/operate/test_up.py", "tests/operate/test_bench.py", DESKS)


def group(nodeid: str) -> str:
    """What runs in one piece: journeys, or a file."""
    file = nodeid.partition("::")[0]
    return next((pattern for pattern in (PHONES, DESKS) if fnmatch(file, pattern)), file)


def turn(nodeid: str) -> int:
    """Where a test stands among the long ones; 0 comes first."""
    mine = group(nodeid)
    return LONG.index(mine) if mine in LONG else len(LONG)


class Together(LoadScopeScheduling):
    """Hands out groups in the order of collection (`--no-loadscope-reorder`)."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
