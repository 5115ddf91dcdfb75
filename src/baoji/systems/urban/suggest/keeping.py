"""The newest lesson, read from the database once a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot

if TYPE_CHECKING:
    from baoji.systems.urban.suggest.lesson import Lesson

TOPIC = "lesson"


def _load() -> Lesson | None:
    written = sql.value("SELECT weights FROM urban_lesson ORDER BY id DESC LIMIT 1")
    if not written:
        return None
    from baoji.systems.urban.suggest.lesson import Lesson  # brings numpy, which only a taught city needs

    return Lesson.load(bytes(written))


current = Snapshot(_load, TOPIC)
