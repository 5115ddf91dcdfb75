"""How much of the machine is left by those who work, as of now: the load average tells it a minute later."""

from pathlib import Path

STAT = Path("/proc/stat")


class Idleness:
    """Called again and again: the share (0 to 1) of all processors that was idle, or at niced work, since the call before."""

    def __init__(self, stat: Path = STAT) -> None:
        self._stat = stat
        self._free, self._all = self._read()

    def _read(self) -> tuple[int, int]:
        """Ticks (free, all) since the machine began: user, nice, system, idle, iowait, … (proc(5))."""
        user, nice, system, idle, iowait, *more = map(
            int, self._stat.read_text().split("\n", 1)[0].split()[1:9]
        )
        return nice + idle + iowait, user + nice + system + idle + iowait + sum(more)

    def __call__(self) -> float:
        free, all_ = self._read()
        passed = all_ - self._all
        share = (free - self._free) / passed if passed else 1.0
        self._free, self._all = free, all_
        return share
