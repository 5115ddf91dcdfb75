"""What a list may be narrowed by, and how each filter reads as a clause."""

from dataclasses import dataclass
from datetime import datetime

from baoji.kernel.organisations.names import within
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.queries.list_query import ListQuery
from baoji.systems.urban.rules.table import FLOW


@dataclass
class Filters:
    """What to list; empty means no restriction. `desk` is one of DESKS or '' for everything the reader may see."""

    desk: str = ""
    status: str = ""
    stage: str = ""
    step: str = ""
    kind: str = ""
    class_code: str = ""
    source: str = ""
    severity: str = ""
    area: str = ""
    responsible: str = ""
    light: str = ""
    supervised: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    words: str = ""
    heard: bool = False  # only those whose reporter waits for an answer
    demanded: bool = False  # only those under 督办 whose reply is still to come

    @property
    def statuses(self) -> list[str]:
        """The statuses that cases of this list can have, as far as step, stage and light say it; empty for any."""
        if self.status:
            return [self.status]
        if self.light in LIGHTS:
            return ["open"]
        if not self.step and not self.stage:
            return []
        return sorted({step.status for step in FLOW.steps if self.has_step(step.stage, step.name)})

    def has_step(self, stage: str, step: str) -> bool:
        return self.stage in {"", stage} and self.step in {"", step}

    @property
    def topics(self) -> list[str]:
        """The class, of the kind that is asked for or of both."""
        return [letter + self.class_code for letter in ([self.kind[0]] if self.kind else "ce")]


LIGHTS = {
    "red": "c.due_at < %(now)s",
    "yellow": "c.due_at >= %(now)s AND c.near_at <= %(now)s",
    "green": "c.due_at >= %(now)s AND (c.near_at IS NULL OR c.near_at > %(now)s)",
}
_EQUAL = ("stage", "step", "source", "severity")


def narrow(query: ListQuery, filters: Filters, now: datetime, served: frozenset[str]) -> None:
    """The clauses of all filters but those that the list's roads have `served`."""
    if "status" not in served and (statuses := filters.statuses):
        query.where(f"{query.column('status')} = ANY(%(statuses)s::text[])", statuses=statuses)
    for name in _EQUAL:
        wanted = getattr(filters, name)
        if wanted and name not in served:
            query.where(f"{query.column(name)} = %({name})s", **{name: wanted})
    if filters.light in LIGHTS:
        query.where(f"c.status = 'open' AND {LIGHTS[filters.light]}", now=now)
    if filters.heard:
        query.where("c.notes ? 'asked'")
    _narrow_subject(query, filters, served)
    _narrow_time(query, filters)


def _narrow_subject(query: ListQuery, filters: Filters, served: frozenset[str]) -> None:
    topic = query.column("topic")
    if filters.class_code and "class" not in served:
        query.where(f"{topic} = ANY(%(topics)s::text[])", topics=filters.topics)
    elif filters.kind and not filters.class_code:
        query.where(f"{topic} LIKE %(kind)s", kind=filters.kind[0] + "%")
    if filters.area and "area" not in served:
        query.where(f"{query.column('area')} LIKE %(area)s", area=within(filters.area) + "%")
    if filters.responsible:
        query.where("c.body_id = %(body)s", body=body_id(filters))
    if filters.supervised is not None and "supervised" not in served:
        query.where("c.supervised = %(supervised)s", supervised=filters.supervised)


def body_id(filters: Filters) -> int:
    """The responsible body asked for; 0 for one that is not there."""
    org = organisations().known_codes.get(filters.responsible)
    return org.id if org else 0


def _narrow_time(query: ListQuery, filters: Filters) -> None:
    """By when a case came; on the list's own order, if that is by the same instant."""
    first = query.order[0]
    add = query.begin if first.endswith("created_at") else query.where
    column = first if first.endswith("created_at") else "c.created_at"
    if filters.created_from:
        add(f"{column} >= %(created_from)s", created_from=filters.created_from)
    if filters.created_to:
        add(f"{column} < %(created_to)s", created_to=filters.created_to)
