"""How the supervision centre ends cases, and what comes after: 核实结案, 考核评价."""

from baoji.systems.urban.public import book
from baoji.systems.urban.simulate import words
from baoji.systems.urban.simulate.conduct_body import (
    answered,
    arbitrating,
    filed,
    handling,
    returned,
    suspended,
    to_sign,
)
from baoji.systems.urban.simulate.conduct_intake import (
    accepted,
    drawn,
    merged,
    reported,
    turned_down,
    verified,
    verifying,
    when_asked,
)
from baoji.systems.urban.simulate.moves import DAY, MINUTE, Look, Move, Plan


def to_check(look: Look) -> Plan:
    if look.happens(0.008):
        kind = "by_notice" if look.happens(0.8) else "forced"
        opinion = look.say(words.BY_NOTICE if kind == "by_notice" else words.FORCED)
        return [
            Move(
                look.in_minutes(20),
                "close",
                "chief",
                {"closing_condition": closing(look), "kind": kind, "opinion": opinion},
            )
        ]
    return [Move(look.in_minutes(5), "check_request", "acceptor", fill=drawn("check_request"))]


def closing(look: Look) -> str:
    condition = book().by_id.get(look.life.extra["condition_id"] or 0)
    return condition.closing if condition else "已恢复原状"


def checking(look: Look) -> Plan:
    if look.happens(0.02):
        at = look.now + MINUTE * look.rng.uniform(50, 120)
        return [Move(at, "check_request", "acceptor", fill=drawn("check_request"))]
    fixed = look.happens(0.92 if look.case.rework < 2 else 0.98)
    facts = {"fixed": fixed, "opinion": look.say(words.FIXED if fixed else words.NOT_FIXED)}
    return [Move(when_asked(look), "check_answer", "@asked", facts, photos=1, shows_done=fixed)]


def passed(look: Look) -> Plan:
    if look.happens(0.006):
        return [Move(look.in_minutes(12), "check_request", "acceptor", fill=drawn("check_request"))]
    return [
        Move(look.in_minutes(10), "close", "chief", {"closing_condition": closing(look), "kind": "normal"})
    ]


def closed(look: Look) -> Plan:
    case = look.case
    if case.reopenings == 0 and look.happens(0.006):
        return [
            Move(
                look.now + DAY * look.rng.uniform(0.3, 9),
                "reopen",
                "chief",
                {"reason": look.say(words.REOPENED)},
                side=True,
            )
        ]
    if case.reporter_id and not case.reporter_reopenings and look.happens(0.006):
        return [
            Move(
                look.now + DAY * look.rng.uniform(0.2, 12),
                "reopen",
                "@reporter",
                {"reason": look.say(words.REOPENED)},
                side=True,
            )
        ]
    was_late = (
        case.clock_due_at is not None
        and case.answered_at is not None
        and case.answered_at > case.clock_due_at
    )
    if case.scored and not case.appealed and (was_late or case.rework) and look.happens(0.08):
        return _appeal(look)
    return []


def _appeal(look: Look) -> Plan:
    asked = look.town.office(look.now + DAY * look.rng.uniform(0.1, 3), look.rng)
    first = look.town.office(asked + DAY * look.rng.uniform(0.1, 1.5), look.rng)
    plan = [Move(asked, "appeal", "@body", {"reason": look.say(words.APPEALED)}, side=True)]
    grant = look.happens(0.6)
    plan.append(
        Move(first, "appeal_decide", "@fresh:dispatcher", {"grant": grant, "opinion": "已审阅"}, side=True)
    )
    if grant:
        second = look.town.office(first + DAY * look.rng.uniform(0.1, 1.5), look.rng)
        facts = {"grant": look.happens(0.8), "opinion": "已复议"}
        plan.append(Move(second, "appeal_decide", "@fresh:acceptor", facts, side=True))
    return plan


VOID = tuple(f"{stage}/void" for stage in ("collect", "file", "dispatch", "handle", "feedback", "check"))
CONDUCT = {
    "collect/reported": reported,
    "file/accepted": accepted,
    "file/verifying": verifying,
    "file/verified": verified,
    "dispatch/filed": filed,
    "dispatch/returned": returned,
    "dispatch/arbitrating": arbitrating,
    "handle/to_sign": to_sign,
    "handle/handling": handling,
    "handle/suspended": suspended,
    "feedback/answered": answered,
    "check/to_check": to_check,
    "check/checking": checking,
    "check/passed": passed,
    "evaluate/closed": closed,
    **dict.fromkeys(("collect/merged", "file/merged"), merged),
    **dict.fromkeys(("collect/rejected", "file/declined", "evaluate/settled", *VOID), turned_down),
}


def plan(look: Look) -> Plan:
    """What happens next with a case that has just come to its step; nothing for one that has found its end."""
    conduct = CONDUCT.get(f"{look.case.stage}/{look.case.step}")
    return conduct(look) if conduct else []
