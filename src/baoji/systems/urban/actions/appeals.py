"""申诉: the body's word on a closed case, weighed by two people who had no part in it; granted by both it exempts the case.

A reopening ends the appeal, and what one was granted for: what happens then is a new story.
"""

from baoji.kernel.flow.run import Doing
from baoji.systems.urban.actions.requests import open_request, wait_for
from baoji.systems.urban.queries.free import is_somebody_free
from baoji.systems.urban.rules.guards import involved


def appeal(doing: Doing) -> str:
    doing.case.appealed = True
    doing.case.pending["appeal"] = open_request(doing, turn=_turn(doing, "D", "M"))
    wait_for(doing, "appeal")
    return ""


POSTS_OF_TURN = {"D": "dispatcher", "M": "commander", "A": "acceptor", "C": "chief"}


def _turn(doing: Doing, usual: str, else_: str) -> str:
    """Whose word on an appeal comes next: the usual post's, unless everybody there acted on the case."""
    return usual if is_somebody_free(POSTS_OF_TURN[usual], involved(doing.case)) else else_


def appeal_decide(doing: Doing) -> str:
    doing.record_facts["grant"] = doing.facts["grant"]
    asked = doing.case.pending["appeal"]
    if doing.facts["grant"] and doing.letter in {"D", "M"}:
        asked |= {"granted_by": doing.caller.code, "turn": _turn(doing, "A", "C")}
        wait_for(doing, "appeal")
        return ""
    doing.case.exempt = doing.facts["grant"]
    doing.case.pending.pop("appeal")
    doing.clear_timers.append("appeal")
    return ""


def end_appeal(doing: Doing) -> None:
    """An appeal not decided ends, and so does what one was granted for; the body may appeal once it is closed again."""
    case, exempt = doing.case, doing.case.exempt
    doing.clear_timers.append("appeal")
    ended = (["appeal"] if case.pending.pop("appeal", None) else []) + (["exempt"] if exempt else [])
    if ended:
        case.exempt = case.appealed = False
        doing.record_facts["lapsed"] = ended
