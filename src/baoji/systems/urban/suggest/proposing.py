"""Words, lesson, class table and place put together: the classes that a report may mean, each with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from baoji.kernel.maps.coordinates import Point
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.ledger import nearest
from baoji.systems.urban.queries.names import class_name
from baoji.systems.urban.suggest.grams import Gram, cleaned, telling, words_that_counted
from baoji.systems.urban.suggest.keeping import current
from baoji.systems.urban.suggest.keywords import Class, keywords

if TYPE_CHECKING:
    from baoji.systems.urban.suggest.lesson import Lesson

MOST = 5
LEAST_SHARE = 0.04
NEAR_M = 25.0
# A component right at the place makes its class so many times likelier than the words alone do.
NEAR_FACTOR = 12.0
PLACE_ALONE = 0.5  # of the whole, when there are no words
# The class table keeps a say, the less the more cases were learnt from.
LEAST_SAY, SAY_CASES = 0.15, 300


class Suggestion(NamedTuple):
    """`share` of one; `words` are what counted: stretches of the text, or what stands near by."""

    kind: str
    class_code: str
    share: float
    words: tuple[str, ...]


def suggest(text: str, place: Point | None = None) -> list[Suggestion]:
    """The likeliest classes, best first; [] when nothing speaks for any. `place` is longitude, latitude in CGCS2000."""
    written = cleaned(text)
    found = telling(written)
    near = _near(place)
    shares = _at_place(by_words(written, current()), near)
    best = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    return [
        Suggestion(*one, round(share, 4), (*_words(written, found, one), *_beside(near, one)))
        for one, share in best
        if share >= LEAST_SHARE
    ]


def by_words(written: str, lesson: Lesson | None) -> dict[Class, float]:
    """Shares of one by the words of a cleaned text alone: what was learnt, and the class table."""
    table = keywords().shares(written)
    learnt = lesson.shares(telling(written)) if lesson else {}
    if not learnt or not table:
        return _known(learnt or table)
    say = max(LEAST_SAY, SAY_CASES / (SAY_CASES + lesson.cases)) if lesson else 1.0
    mixed = {one: (1 - say) * share for one, share in learnt.items()}
    for one, share in table.items():
        mixed[one] = mixed.get(one, 0.0) + say * share
    return _known(mixed)


def _known(shares: dict[Class, float]) -> dict[Class, float]:
    """Without classes that are not in force any more."""
    return {one: share for one, share in shares.items() if one in book().classes}


def _near(place: Point | None) -> dict[Class, float]:
    """The distance in metres of the nearest component of each class at the place."""
    near: dict[Class, float] = {}
    for row in nearest(*place, within_m=NEAR_M, limit=12) if place else ():
        near.setdefault(("component", row["class"]), float(row["metres"]))
    return near


def _at_place(shares: dict[Class, float], near: dict[Class, float]) -> dict[Class, float]:
    if not shares:
        pull = {one: 1 / (1 + metres) for one, metres in near.items()}
        whole = sum(pull.values())
        return {one: PLACE_ALONE * share / whole for one, share in pull.items()}
    lifted = {
        one: share * (1 + (NEAR_FACTOR - 1) * (1 - near[one] / NEAR_M) if one in near else 1.0)
        for one, share in shares.items()
    }
    whole = sum(lifted.values()) or 1.0
    return {one: share / whole for one, share in lifted.items()}


def _words(text: str, found: list[Gram], one: Class) -> tuple[str, ...]:
    lesson = current()
    weights = lesson.weights_for(found, one) if lesson else {}
    if not any(weights.values()):
        found, weights = keywords().reasons(text, one)
    return words_that_counted(text, found, weights)


def _beside(near: dict[Class, float], one: Class) -> Iterable[str]:
    if one in near:
        name = class_name(book().classes[one]) if one in book().classes else ""
        yield _("%(m)d 米处有%(name)s") % {"m": round(near[one]), "name": name}
