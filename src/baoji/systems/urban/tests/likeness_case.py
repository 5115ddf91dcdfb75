"""Drawn photos on reports, and the worker's look at them: what tests of 照片再用 share."""

from datetime import timedelta
from typing import Any

import numpy as np
from tests.town import COVER, EVENT_PLACE, NOW, case, player, walk, who

from baoji.kernel.evidence.likeness import prints
from baoji.kernel.evidence.likeness.looking import Eye
from baoji.kernel.evidence.likeness.trial.changes import CHANGES
from baoji.kernel.records import media
from baoji.kernel.records.actions import keep
from baoji.systems.urban import public
from baoji.systems.urban.actions import likeness
from baoji.systems.urban.queries import likeness as reads

Pixels = Any


def changed(image: Pixels, name: str) -> Pixels:
    return CHANGES[name](image, np.random.default_rng(5))


def file_of(data: bytes) -> int:
    return keep(data, now=NOW).id


def reported(*pictures: bytes, by: str | None = "collector.01", days: int = 0, **draft: Any) -> str:
    given = {"kind": "component", "component": COVER, "condition": 3, "description": "井盖松动"} | draft
    if by is None:
        given = {
            "class_code": "0110",
            "condition": 1,
            "location": EVENT_PLACE,
            "description": "垃圾",
        } | draft
    taken = public.take_report(
        by=who(by) if by else None,
        draft=public.Draft(**given),
        now=NOW + timedelta(days=days),
        files=[(file_of(one), "photo") for one in pictures],
    )
    return taken.number


def answered(before: bytes, after: bytes) -> str:
    """A case that its department has answered."""
    number = reported(before)
    walk(number, "handle/handling")
    answer_again(number, after)
    return number


def answer_again(number: str, after: bytes) -> None:
    """Its department answers with this photo."""
    handler = who(player(number, "@body"))
    files = [(file_of(after), "photo")]
    public.perform(number=number, act="answer", by=handler, facts={"opinion": "已修好"}, now=NOW, files=files)


def look(eye: Eye, *numbers: str) -> list[dict[str, Any]]:
    """What the worker does about these cases; the findings that wait, the newest first."""
    media.make_due(NOW)
    prints.make_due(NOW, eye=eye)
    likeness.enter([case(number).pk for number in numbers])
    while likeness.look_due(NOW, eye=eye):
        pass
    return reads.likenesses(is_open=True)[0]
