"""合并: two reports of one problem become one case; everything known of both is kept, and people stay kept apart."""

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed
from baoji.kernel.flow.beside import mark_beside
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing, acted_elsewhere
from baoji.systems.urban.actions.requests import renew
from baoji.systems.urban.queries import cases
from baoji.systems.urban.rules.table import FLOW


def merge(doing: Doing) -> str:
    """The target learns who reported, who verified and who acted, so that nobody acts on two sides of the whole."""
    case = doing.case
    loaded = cases.load_by_id(doing.facts["into"], lock=True)
    target = loaded.case
    if target.status not in {"open", "suspended"}:  # a new report of what was closed is new work
        raise Invalid(_("那件案卷已不在办理，不能并入"), errors={"into": [_("那件案卷已不在办理，不能并入")]})
    if acted_elsewhere(target, "supervision", doing.caller, doing.hold):
        raise NotAllowed(_("您在另一侧办理过那件案卷，不能把别的案卷并进去"))
    for side, acted in case.people.items():
        target.people[side] = sorted({*target.people.get(side, []), *acted})
    _remember(target.people, doing)
    reporters = {*target.notes.get("reporters", []), *case.notes.get("reporters", []), case.reporter_id} - {
        None
    }
    target.notes["reporters"] = sorted(reporters)
    target.notes["verifiers"] = sorted({*target.notes.get("verifiers", []), *case.notes.get("verifiers", [])})
    mark_beside(FLOW, doing, loaded, "absorb", {"from": case.number})
    sql.execute(
        "INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source)"
        " SELECT c.id, p.person_id, c.created_at, c.status, c.topic, c.area, c.source FROM flow_party p, flow_case c"
        " WHERE p.case_id = %s AND p.person_id IS NOT NULL AND c.id = %s ON CONFLICT DO NOTHING",
        [case.pk, target.pk],
    )
    case.merged_into_id = target.pk
    case.notes["merged_from"] = case.holder_person_id
    doing.record_facts["into"] = target.number
    return ""


def _remember(people: dict[str, list[int]], doing: Doing) -> None:
    """Whoever merges, or takes a merge back, has acted for supervision on the target too."""
    acting = (doing.caller.id, doing.hold.principal if doing.hold else None)
    known = people.get("supervision", [])
    people["supervision"] = sorted({*known, *(person for person in acting if person is not None)})


def unmerge(doing: Doing) -> str:
    """Back to the step it left, and to whoever had been asked there. What the target learnt of people, it keeps."""
    case = doing.case
    loaded = cases.load_by_id(case.merged_into_id or 0, lock=True)
    target = loaded.case
    if acted_elsewhere(target, "supervision", doing.caller, doing.hold):  # since the offer was made
        raise NotAllowed(_("您在另一侧办理过并入的那件案卷，不能撤销合并"))
    _remember(target.people, doing)
    mark_beside(FLOW, doing, loaded, "release", {"from": case.number})
    case.merged_into_id = None
    doing.holder_person = doing.receiver_person = _asked_before(case)
    renew(doing)
    return ""


def _asked_before(case: Case) -> int | None:
    """Who was asked when it was merged; once kept under the name that questions of reporters have (`heard`)."""
    name = "merged_from" if isinstance(case.notes.get("asked", {}), dict) else "asked"
    found: int | None = case.notes.pop(name, None)
    return found
