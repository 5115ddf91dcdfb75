"""Requests as they were told last, kept in the process: a list asked for by many is written once.

What an answer depends on is in its key (`Mark`, the reader, the language) or makes all of them go (classes, organisations,
policies, reviews of photos and words). The rest, such as names of the gazetteer, may be `LIVES_S` old.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from django.utils.translation import get_language

from baoji.kernel.base.snapshot import Snapshot
from baoji.systems.urban.api.open311.formats import ITEMS, Piece
from baoji.systems.urban.api.open311.shapes import Reader
from baoji.systems.urban.queries.open311_requests import Mark

MOST, LIVES_S = 2000, 60.0
Key = tuple[int, int, int | None, bool, str, str]


_kept: Snapshot[dict[Key, tuple[float, Piece]]] = Snapshot(
    dict, "classes", "policies", "organisations", "calendar", "day", "public_photos", "public_words"
)


def told(
    marks: Sequence[Mark], reader: Reader, tell: Callable[[list[int]], list[dict[str, Any]]]
) -> list[Piece]:
    """The marks' requests in their order; `tell` says those that are not kept, in the order of the ids it is given."""
    here, since, language = _kept(), monotonic() - LIVES_S, get_language() or ""
    if len(here) > MOST:
        here.clear()
    found: dict[int, Piece] = {}
    keys: dict[int, Key | None] = {}
    for mark in marks:
        key = _key(mark, reader, language)
        at, piece = here.get(key, (0.0, None)) if key else (0.0, None)
        if piece is not None and at > since:
            found[mark.id] = piece
        else:
            keys[mark.id] = key
    if keys:
        for id_, body in zip(keys, tell(list(keys)), strict=True):
            found[id_] = Piece(ITEMS["service_requests"], body)
            if (key := keys[id_]) is not None:
                here[key] = (monotonic(), found[id_])
    return [found[mark.id] for mark in marks]


def _key(mark: Mark, reader: Reader, language: str) -> Key | None:
    if mark.is_merged:
        return None  # it says what another case does
    own = bool(reader.key_id) and mark.key_id == reader.key_id
    return mark.id, mark.version, mark.public_version, own, language, reader.base
