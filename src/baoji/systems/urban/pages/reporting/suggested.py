"""Classes proposed from what has been written so far; the person picks."""

from typing import NamedTuple

from baoji.kernel.base.phrases import listed
from baoji.kernel.maps.queries import in_bounds
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting import topics
from baoji.systems.urban.pages.reporting.form import Form

SHOWN = 3
LEAST_WORDS = 2


class Proposal(NamedTuple):
    """`percent` of a hundred; `why` are the words that counted."""

    key: str
    title: str
    percent: int
    why: str


def suggested(form: Form, *, by_ledger: bool = True) -> list[Proposal]:
    """Nothing once a class or a component is chosen, or while too little is written.

    Without `by_ledger` the words alone count: strangers do not learn from it what lies where.
    """
    values = form.values
    words = values.get("description", "")
    if form.topic is not None or values.get("component") or len(words) < LEAST_WORDS:
        return []
    point = form.point
    place = point if by_ledger and point is not None and in_bounds(*point) else None
    found = []
    for one in public.suggest(words, place)[:SHOWN]:
        topic = topics.topic(one.kind[0] + one.class_code)
        if topic is not None:
            found.append(Proposal(topic.key, topic.title, round(one.share * 100), listed(one.words)))
    return found
