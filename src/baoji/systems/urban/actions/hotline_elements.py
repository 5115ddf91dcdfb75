"""What a seat writes down of a call beside the report itself: 人物 and 诉求, what was answered, whether one may call back."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotThere
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.actions.handovers import accept_handover

LONGEST = {"involved": 200, "demand": 500, "answered": 500}


@dataclass(frozen=True)
class Elements:
    """`call` and `handover` are ids of what the report was written from, 0 for none."""

    involved: str = ""
    demand: str = ""
    answered: str = ""
    call_back: bool = True
    call: int = 0
    handover: int = 0


def check_elements(given: Elements) -> None:
    """Raises Invalid, by field."""
    errors = {
        name: [_("最多 %(n)d 个字") % {"n": most}]
        for name, most in LONGEST.items()
        if len(getattr(given, name)) > most
    }
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)


def note_elements(*, by: Caller, number: str, given: Elements, now: datetime) -> None:
    """Inside the transaction that took the report in; for a form sent twice, once."""
    case_id = sql.value("SELECT id FROM flow_case WHERE number = %s", [number])
    sql.execute(
        "INSERT INTO urban_elements (case_id, involved, demand, answered, call_back) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (case_id) DO NOTHING",
        [case_id, given.involved, given.demand, given.answered, given.call_back],
    )
    if given.call:
        sql.execute(
            "UPDATE urban_call SET case_id = %s WHERE id = %s AND seat_id = %s AND case_id IS NULL",
            [case_id, given.call, by.id],
        )
    if given.handover and not accept_handover(
        by=by, handover=given.handover, case_id=case_id, number=number, now=now
    ):
        raise NotThere(_("这件转办已由别人登记或退回"))
