"""The live keys of Open311 programs, kept in the process."""

from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.identity.callers import digest

TOPIC = "open311"


class Key(NamedTuple):
    id: int
    name: str
    posts_a_minute: int
    posts_a_day: int
    reads_a_minute: int


def _load() -> dict[str, Key]:
    rows = sql.tuples(
        "SELECT digest, id, name, posts_a_minute, posts_a_day, reads_a_minute FROM urban_open311_key WHERE ended_at IS NULL"
    )
    return {row[0]: Key(*row[1:]) for row in rows}


_keys = Snapshot(_load, TOPIC)


def live_key(text: str) -> Key | None:
    """The key that a program showed, if it is one of ours and has not ended."""
    return _keys().get(digest(text)) if text else None
