"""Who inside a body a case can be passed on to: its sections, crews and offices, and the people who work there."""

from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.flow.models import Case
from baoji.kernel.organisations.queries import Org, organisations
from baoji.systems.urban.access import INSIDE

POSTS = ("handler", "section_head", "crew")
WORKERS = f"""
SELECT t.organisation_id, t.kind, p.id, p.code, p.name FROM identity_holding h
  JOIN organisations_post t ON t.id = h.post_id JOIN identity_person p ON p.id = h.person_id
 WHERE t.kind = ANY(%s) AND p.is_active AND {sql.HELD} ORDER BY h.deputy, p.code
"""


class Worker(NamedTuple):
    id: int
    code: str
    name: str


class Receiver(NamedTuple):
    """Where the case goes; `worker` is whom of that organisation it is for, None for all of it."""

    org: Org
    worker: Worker | None


def _load() -> dict[int, list[Worker]]:
    tree, found = organisations(), dict[int, list[Worker]]()
    for org_id, post, *person in sql.tuples(WORKERS, [list(POSTS)]):
        org = tree.by_id.get(org_id)
        if org is not None and post == INSIDE.get(org.kind, "handler"):
            found.setdefault(org_id, []).append(Worker(*person))
    return found


workers = Snapshot(_load, "people", "organisations", "day")


def receivers(case: Case) -> dict[str, Receiver]:
    """By the code of an organisation or a person: all that the case may be passed on to, without where it is already.

    Whoever works in several places gets it at the lowest of them.
    """
    here = case.holder_org_id or case.body_id
    orgs = [org for org in organisations().below(case.body_id or 0) if org.id != here]
    found = {org.code: Receiver(org, None) for org in orgs}
    staff = workers()
    for org in sorted(orgs, key=lambda one: -len(one.path)):
        for worker in staff.get(org.id, ()):
            found.setdefault(worker.code, Receiver(org, worker))
    return found
