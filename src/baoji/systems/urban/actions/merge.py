"""合并: two reports of one problem become one case; everything known of both is kept, and people stay kept apart."""

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed
from baoji.kernel.flow.run import Doing, acted_elsewhere, mark_beside
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
    merging = {doing.caller.id, doing.hold.principal if doing.hold else None} - {None}
    for side, acted in (*case.people.items(), ("supervision", merging)):
        target.people[side] = sorted({*target.people.get(side, []), *acted})
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
    case.notes["asked"] = case.holder_person_id
    doing.record_facts["into"] = target.number
    return ""


def unmerge(doing: Doing) -> str:
    """Back to the step it left, and to whoever had been asked there."""
    case = doing.case
    mark_beside(
        FLOW, doing, cases.load_by_id(case.merged_into_id or 0, lock=True), "release", {"from": case.number}
    )
    case.merged_into_id = None
    doing.holder_person = doing.receiver_person = case.notes.pop("asked", None)
    renew(doing)
    return ""
