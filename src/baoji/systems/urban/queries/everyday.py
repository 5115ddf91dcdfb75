"""What people say for each class and how usual it is, from the policies; kept in the process."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.systems.urban.rules.everyday import MOST_USUAL, PREFIX, class_of, is_word


class Everyday(NamedTuple):
    """`words` as they are written, `+` joining what counts only together; `usual` from 0, hardly ever, to 3."""

    words: tuple[str, ...]
    usual: int


def everyday_from(rows: Mapping[str, Any]) -> dict[tuple[str, str], Everyday]:
    """Of policies by name; what a hand wrote wrong into a value counts for nothing."""
    found = {}
    for name, value in rows.items():
        if name.startswith(PREFIX) and isinstance(value, Mapping):
            lists = [value[key] for key in ("zh", "en") if isinstance(value.get(key), list)]
            words = [word for one in lists for word in one if isinstance(word, str) and is_word(word)]
            usual = value.get("usual")
            found[class_of(name)] = Everyday(
                tuple(words), min(max(usual, 0), MOST_USUAL) if isinstance(usual, int) else 0
            )
    return found


def _load() -> dict[tuple[str, str], Everyday]:
    rows = sql.tuples("SELECT name, value::text FROM urban_policy WHERE starts_with(name, %s)", [PREFIX])
    return everyday_from({name: orjson.loads(value) for name, value in rows})


everyday = Snapshot(_load, "policies")
