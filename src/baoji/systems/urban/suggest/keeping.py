"""The newest lesson, read from the database once a process."""

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.systems.urban.suggest.lesson import Lesson

TOPIC = "lesson"


def _load() -> Lesson | None:
    written = sql.value("SELECT weights FROM urban_lesson ORDER BY id DESC LIMIT 1")
    return Lesson.load(bytes(written)) if written else None


current = Snapshot(_load, TOPIC)
