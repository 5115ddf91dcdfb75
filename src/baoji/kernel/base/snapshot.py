"""Reference data kept in the process and renewed when its topic changes.

A topic's version is a row; whoever changes the data bumps it in the same transaction. Each process looks at
the versions at most once a second, so an edit is in force everywhere a second later. The topic `day` changes at midnight in the city.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.utils.timezone import localdate

from baoji.kernel.base import sql

T = TypeVar("T")
LOOK_AGAIN_SECONDS = 1.0


class _Versions:
    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.looked = float("-inf")
        self.changes = 0  # how often what was seen was new

    def of(self, topics: tuple[str, ...]) -> tuple[int, ...]:
        self.look()
        return tuple(self.seen.get(topic, 0) for topic in topics)

    def look(self) -> int:
        """A number that stays the same as long as nothing has changed in any topic."""
        if monotonic() - self.looked > LOOK_AGAIN_SECONDS:
            seen = dict(sql.tuples("SELECT topic, n FROM base_version")) | {"day": localdate().toordinal()}
            if seen != self.seen:
                self.seen = seen
                self.changes += 1
            self.looked = monotonic()
        return self.changes

    def forget(self) -> None:
        self.looked = float("-inf")


_versions = _Versions()
_all: list["Snapshot[Any]"] = []


class Snapshot(Generic[T]):
    """`Snapshot(load, "calendar")()` gives what `load` returned since the last change of the topic."""

    def __init__(self, load: Callable[[], T], *topics: str) -> None:
        self._load = load
        self._topics = topics
        self._at: tuple[int, ...] | None = None
        self._looked = -1
        self._value: T | None = None
        _all.append(self)

    def __call__(self) -> T:
        changes = _versions.look()
        if self._looked != changes:
            now = _versions.of(self._topics)
            if self._at != now:
                self._value = self._load()
                self._at = now
            self._looked = changes
        return self._value  # type: ignore[return-value]

    def forget(self) -> None:
        self._at = None
        self._looked = -1


def bump(topic: str) -> None:
    """Says that data of this topic changed; call it inside the transaction that changes it."""
    sql.execute(
        "INSERT INTO base_version (topic, n) VALUES (%s, 1) ON CONFLICT (topic) DO UPDATE SET n = base_version.n + 1",
        [topic],
    )
    _versions.forget()
    transaction.on_commit(_versions.forget)


def versions(*topics: str) -> tuple[int, ...]:
    """The present version of each topic, for cache keys."""
    return _versions.of(topics)


def committed(*topics: str) -> tuple[int, ...]:
    """The version of each topic as it stands now or was changed by this transaction, past what the process remembers: that may
    be a second old or, for a moment, a change of another thread that nobody else can see yet. What is read from the database
    afterwards is that version or newer; what a `Snapshot` gives may be older."""
    found = dict(sql.tuples("SELECT topic, n FROM base_version WHERE topic = ANY(%s)", [list(topics)]))
    return tuple(found.get(topic, 0) for topic in topics)


def forget_all() -> None:
    """Drops everything kept; for tests, whose transactions are rolled back."""
    _versions.forget()
    for snapshot in _all:
        snapshot.forget()
