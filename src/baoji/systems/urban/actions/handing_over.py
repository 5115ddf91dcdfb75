"""转办 to 12345 and 110: our orders to them."""

from datetime import datetime
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused, WrongStage
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.actions.handover_noted import went_out
from baoji.systems.urban.actions.handover_posting import queue
from baoji.systems.urban.actions.handovers import SUBJECT, must_hand_over
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.queries.cases import load
from baoji.systems.urban.rules import handover as rules
from baoji.systems.urban.rules.table import REASON

LONGEST_REASON = 300
MAY_HAND_OVER_AT = frozenset({"collect", "file"})


@transaction.atomic
def hand_over(*, by: Caller, number: str, platform: str, reason: str, now: datetime) -> int:
    """Hands a case that is not ours to another platform; it stays here until it is settled, and with us if the other declines.

    Raises NotAllowed, Invalid, WrongStage, Refused `handed-over`.
    """
    must_hand_over(by)
    loaded = load(number, lock=True)
    case, reason = loaded.case, reason.strip()
    _check(platform, reason)
    if case.status != "open" or case.stage not in MAY_HAND_OVER_AT:
        raise WrongStage(_("立案以前才能转给别的平台"))
    if sql.value(
        "SELECT EXISTS (SELECT 1 FROM urban_handover WHERE case_id = %s AND direction = 'out' AND state IN ('waiting', 'accepted'))",
        [case.pk],
    ):
        raise Refused(_("这件已经转出，正在等对方"), code="handed-over")
    told = rules.order(
        number=case.number,
        sent_at=now,
        elements=_elements(loaded.extra, case),
        grade=rules.GRADES[case.severity],
        reason=reason,
    )
    id_ = int(
        sql.value(
            'INSERT INTO urban_handover (direction, platform, their_number, case_id, "order", state, reason, by_id, at)'
            " VALUES ('out', %s, '', %s, %s::jsonb, 'waiting', '', %s, %s) RETURNING id",
            [platform, case.pk, orjson.dumps(told).decode(), by.id, now],
        )
    )
    queue(id_, platform, told, now)
    record(SUBJECT, id_, "out:order", {"platform": platform, "case": case.pk}, by.id, now)
    perform_inside(
        number=case.number, act="opinion", by=by, facts={"opinion": went_out(platform, reason)}, now=now
    )
    return id_


def _check(platform: str, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if platform not in rules.PLATFORMS:
        errors["platform"] = [_("请从可选项中选择")]
    if not REASON.least <= len(reason) <= LONGEST_REASON:
        errors["reason"] = [_("请写理由，至少 %(n)d 个字") % {"n": REASON.least}]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)


def _elements(extra: dict[str, Any], case: Any) -> dict[str, Any]:
    more = sql.row("SELECT involved, demand FROM urban_elements WHERE case_id = %s", [case.pk]) or {}
    return rules.elements(
        happened_at=extra["found_at"],
        address=case.address,
        location=(case.lon, case.lat),
        caller_name=extra["caller_name"],
        caller_phone=extra["caller_phone"],
        involved=more.get("involved", ""),
        event=extra["description"],
        demand=more.get("demand", ""),
    )
