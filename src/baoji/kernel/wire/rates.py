"""How often one caller or address may call: a bucket that fills steadily, kept in this process."""

from threading import Lock
from time import monotonic

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import TooMany

MOST_KEPT = 50_000
NEVER_S = 3600  # what is said of a bucket that never fills: by then somebody may have set it otherwise


class Bucket:
    """`rate` calls a second on average, `burst` at once, for each key. Each web process counts for itself."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def has(self, key: str) -> bool:
        """Whether the next call would be let through; takes nothing."""
        return self.wait(key) == 0

    def wait(self, key: str) -> int:
        """Seconds until a call would be let through, 0 if it would be now; takes nothing."""
        with self._lock:
            level = self._level(key, monotonic())
        return 0 if level >= 1 else self._seconds_to_one(level)

    def _level(self, key: str, now: float) -> float:
        level, at = self._levels.get(key, (float(self.burst), now))
        return min(float(self.burst), level + (now - at) * self.rate)

    def _seconds_to_one(self, level: float) -> int:
        return max(1, round((1 - level) / self.rate)) if self.rate else NEVER_S

    def take(self, key: str) -> None:
        """Raises TooMany, with the seconds to wait, when the bucket is empty."""
        now = monotonic()
        with self._lock:
            level = self._level(key, now)
            if level < 1:
                raise TooMany(_("请求太多，请稍后再试"), retry_after=self._seconds_to_one(level))
            if len(self._levels) > MOST_KEPT:
                self._levels.clear()
            self._levels[key] = (level - 1, now)

    def give_back(self, key: str) -> None:
        """What the call took, where it turned out to be none of those that are counted."""
        with self._lock:
            level, at = self._levels.get(key, (float(self.burst), monotonic()))
            self._levels[key] = (min(float(self.burst), level + 1), at)
