"""Which act a case waits for at a step: what is shown first, and what only stands beside it."""

from typing import Any

from baoji.kernel.flow.declare import Act
from baoji.systems.urban.rules.guards import body_gone, may_file_unverified

LAST_TO_LEAD = 4  # an act that comes later is offered, but is nobody's main act
BESIDE = LAST_TO_LEAD + 1
# Sending a collector is what a case waits for at one step only; elsewhere it is sending one again.
FIRST_ASKED_AT = {"verify_request": "accepted", "check_request": "to_check"}


def lead_of(act: Act, s: Any) -> int:
    """`act.lead`, but `BESIDE` for sending a collector where nobody demands it, or again; `s` as for the guards.

    Where the body has ended, taking the case back from it comes first.
    """
    if act.name == "recall" and body_gone(s):
        return 1
    step = FIRST_ASKED_AT.get(act.name)
    if step is None or (s.case.step == step and not (step == "accepted" and may_file_unverified(s))):
        return act.lead
    return BESIDE
