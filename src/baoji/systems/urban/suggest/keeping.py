"""The newest lesson, read from the database once a process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot

if TYPE_CHECKING:
    from baoji.systems.urban.suggest.lesson import Lesson

TOPIC = "lesson"
LESSON = "baoji.systems.urban.suggest.lesson"  # by name: it brings numpy, which only a taught city needs


def _load() -> Lesson | None:
    written = sql.value("SELECT weights FROM urban_lesson ORDER BY id DESC LIMIT 1")
    if not written:
        return None
    kept: Lesson = import_module(LESSON).Lesson.load(bytes(written))
    return kept


current = Snapshot(_load, TOPIC)
