"""What a case tells of itself: its records in order, its photos and recordings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from baoji.kernel.base import sql
from baoji.kernel.identity.names import NOBODY, named

INSTANTS = ("at", "recorded_at")
PEOPLE = {"by_id": "by", "behalf_id": "behalf", "receiver_person_id": "receiver"}


@dataclass(frozen=True)
class Told:
    """Rows by column name, as `flow_told` selects them: records by `n`, files by `id`.

    Records say who acted, for whom and who was asked also by code and name: `by_code`, `by_name`, `behalf_…`, `receiver_…`.
    """

    records: list[dict[str, Any]]
    files: list[dict[str, Any]]

    @classmethod
    def read(cls, text: str) -> Self:
        found = orjson.loads(text)
        records, files = found["records"] or [], found["files"] or []
        for row in (*records, *files):
            for name in INSTANTS:
                if name in row:
                    row[name] = datetime.fromisoformat(row[name])
        people = named(row[column] for row in records for column in PEOPLE)
        for row in records:
            for column, who in PEOPLE.items():
                row[f"{who}_code"], row[f"{who}_name"] = people.get(row[column], NOBODY)
        return cls(records, files)


def told(*case_ids: int) -> list[Told]:
    """What each of these cases tells, in the order asked for."""
    if not case_ids:
        return []
    rows = sql.tuples(
        "SELECT flow_told(id) FROM unnest(%s::bigint[]) WITH ORDINALITY x(id, n) ORDER BY n", [list(case_ids)]
    )
    return [Told.read(text) for (text,) in rows]
