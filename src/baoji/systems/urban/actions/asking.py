"""核实 and 核查: who is asked to look on the spot, and what a verification found."""

from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import Doing
from baoji.systems.urban.queries.proposals import (
    Drawn,
    draw_collector,
    draw_from_another_grid,
    drawn_lately,
    kept_apart,
)
from baoji.systems.urban.rules.table import REASON


def ask(doing: Doing) -> str:
    """核实 or 核查: the collector drawn by the system, or another one with a reason; never one who must be kept apart."""
    asked = doing.facts["collector"]
    if asked in kept_apart(doing.case, doing.act.name):
        raise Invalid.at("collector", _why_apart(doing.case, asked))
    drawn = _drawn(doing, asked)
    if drawn is None and len(str(doing.facts.get("reason", ""))) < REASON.least:
        raise Invalid.at("reason", _("不用系统抽取的采集员，请写理由，至少 %(n)d 个字") % {"n": REASON.least})
    doing.record_facts["draw"] = _audit(doing, drawn)
    doing.holder_person = doing.receiver_person = asked
    doing.parties_people.append(asked)
    return ""


def _why_apart(case: Case, asked: int) -> str:
    """One of the causes of `kept_apart`."""
    if asked == case.holder_person_id:
        return _("已经派了这位采集员，请另选一位")
    if asked in case.notes.get("verifiers", []):
        return _("这位采集员核实过这件案卷，请另选一位")
    if asked in {case.reporter_id, *case.notes.get("reporters", [])}:
        return _("这件案卷是这位采集员报的，请另选一位")
    return _("这位采集员在指挥或处置一侧办理过这件案卷，请另选一位")


def _drawn(doing: Doing, asked: int) -> Drawn | None:
    """The draw that named this person: the usual one, or the worker's own of 抽查."""
    if doing.caller.code == "system" and doing.left == "check/passed":
        sample = draw_from_another_grid(doing.case, doing.now)
        return sample if sample is not None and sample.collector.id == asked else None
    return drawn_lately(doing.case, doing.act.name, asked, doing.now)


def _audit(doing: Doing, drawn: Drawn | None) -> dict[str, Any]:
    """Among whom the lot was drawn; `chosen` where a person named somebody else."""
    if drawn is not None:
        return {**drawn.audit}
    passed_over = draw_collector(doing.case, doing.act.name, doing.now)
    return {**(passed_over.audit if passed_over else {}), "chosen": True}


def verify_answer(doing: Doing) -> str:
    doing.report_changes["verified_found"] = doing.facts["found"]
    doing.record_facts["found"] = doing.facts["found"]
    people = {doing.caller.id, doing.hold.principal if doing.hold else None} - {None}
    doing.case.notes["verifiers"] = sorted({*doing.case.notes.get("verifiers", []), *people})
    return ""
