"""How the supervision centre treats reports: 信息采集 and 案卷建立."""

from datetime import datetime, timedelta
from typing import Any

from baoji.systems.urban.public import book, policies
from baoji.systems.urban.queries.proposals import collectors, draw_collector
from baoji.systems.urban.simulate import words
from baoji.systems.urban.simulate.moves import DAY, MINUTE, Look, Move, Plan


def reported(look: Look) -> Plan:
    at = look.in_minutes(5)
    plan = (
        [Move(look.in_minutes(1, 0.4), "take", "acceptor", side=True)]
        if look.is_loud and look.happens(0.6)
        else []
    )
    ending = _sorted_out(look, at)
    if ending is not None:
        return [*plan, ending]
    if not look.life.extra["class_code"]:
        plan.append(Move(at, "correct", "acceptor", fill=true_class, side=True))
        at += MINUTE * look.rng.uniform(0.3, 2)
    return [*plan, Move(at, "accept", "acceptor")]


def _sorted_out(look: Look, at: datetime) -> Move | None:
    """A report that never becomes a case of its own."""
    life, is_public = look.life, look.case.source in {"hotline", "citizen"}
    if life.twin_of and look.happens(0.85):
        return Move(at, "merge", "acceptor", {"into": life.twin_of})
    if life.extra["self_disposed"] and look.happens(0.95):
        return Move(at, "settle", "acceptor", {"opinion": look.say(words.SELF_DISPOSED)})
    if is_public and look.happens(0.1):
        return Move(at, "settle", "acceptor", {"opinion": look.say(words.SETTLED)})
    if look.happens(0.05 if is_public else 0.008):
        return Move(at, "reject", "acceptor", {"reason": look.say(words.REJECTED)})
    if look.case.reporter_id and look.happens(0.006):
        return Move(look.in_minutes(2), "withdraw", "@reporter", {"reason": look.say(words.WITHDRAWN)})
    return None


def true_class(look: Look) -> dict[str, Any] | None:
    """What the acceptor makes of a report without a class."""
    kind, code = look.life.true_class
    if (kind, code) not in book().classes:
        kind, code = (
            "event",
            look.rng.choice([row.code for row in book().classes.values() if row.kind == "event"]),
        )
    return {"kind": kind, "class": code}


def accepted(look: Look) -> Plan:
    if not look.life.extra["class_code"]:
        return [
            Move(look.in_minutes(3), "correct", "acceptor", fill=true_class, side=True),
            Move(look.in_minutes(12)),
        ]
    must = policies().get("verify_before_filing", {}).get(look.case.source, False)
    if look.life.extra["verified_found"] is None and (must or look.happens(0.03)):
        return [Move(look.in_minutes(5), "verify_request", "acceptor", fill=drawn("verify_request"))]
    if look.happens(0.015):
        return [Move(look.in_minutes(6), "decline", "chief", {"reason": look.say(words.DECLINED)})]
    if look.happens(0.003):
        return [Move(look.in_minutes(6), "void", "chief", {"reason": look.say(words.VOIDED)})]
    plan = (
        [Move(look.in_minutes(2, 0.4), "take", "chief", side=True)]
        if look.is_loud and look.happens(0.6)
        else []
    )
    if look.happens(0.02):
        plan.append(Move(look.in_minutes(1.5, 0.3), "correct", "acceptor", fill=better_address, side=True))
    return [*plan, Move(look.in_minutes(6), "file", "chief", fill=filing)]


def better_address(look: Look) -> dict[str, Any] | None:
    return {"address": f"{look.case.address}旁"} if look.case.address else None


def filing(look: Look) -> dict[str, Any] | None:
    """The class as it stands and the condition that fits, the grave ones rarely."""
    extra = look.life.extra
    known = book().conditions.get((extra["kind"], extra["class_code"]), [])
    if not known:
        return None
    chosen = book().by_id.get(extra["condition_id"] or 0)
    weight = {"critical": 0.1, "urgent": 0.5, "normal": 1.0}
    chosen = chosen or look.rng.choices(known, [weight[row.severity] for row in known])[0]
    facts: dict[str, Any] = {"class": extra["class_code"], "condition": chosen.n}
    if extra["verified_found"] is False:  # also later, once declined and opened again
        facts["reason"] = words.FILE_ANYWAY
    return facts


def drawn(act: str) -> Any:
    """The collector that the system would ask; rarely another one, with a reason."""

    def fill(look: Look) -> dict[str, Any] | None:
        found = draw_collector(look.case, act, max(look.now, look.case.last_at))
        return {"collector": found[0].code} if found else None

    return fill


def when_asked(look: Look) -> datetime:
    """When the collector asked gets there: soon while on shift, else after the shift has begun."""
    asked = next((one for one in collectors() if one.id == look.case.holder_person_id), None)
    wait = asked.wait(look.now) if asked else 0.0
    if wait == 0:
        return look.in_minutes(15, 0.45)
    return look.now + timedelta(seconds=min(wait, 3 * 86400.0)) + MINUTE * look.rng.uniform(8, 45)


def verifying(look: Look) -> Plan:
    if look.happens(0.03):
        return [
            Move(
                look.now + MINUTE * look.rng.uniform(50, 120),
                "verify_request",
                "acceptor",
                fill=drawn("verify_request"),
            )
        ]
    found = look.happens(0.91)
    opinion = look.say(words.FOUND if found else words.NOT_FOUND)
    return [Move(when_asked(look), "verify_answer", "@asked", {"found": found, "opinion": opinion}, photos=1)]


def verified(look: Look) -> Plan:
    if look.life.extra["verified_found"] is False and look.happens(0.85):
        return [Move(look.in_minutes(6), "decline", "chief", {"reason": look.say(words.DECLINED)})]
    return [Move(look.in_minutes(6), "file", "chief", fill=filing)]


def turned_down(look: Look) -> Plan:
    """Rejected, declined or void: some reporters insist, and now and then the chief thinks again."""
    if look.case.reporter_id and not look.case.reporter_reopenings and look.happens(0.06):
        at = look.now + DAY * look.rng.uniform(0.05, 2)
        return [Move(at, "reopen", "@reporter", {"reason": look.say(words.REOPENED)}, side=True)]
    if look.happens(0.02) and not look.case.reopenings:
        return [
            Move(
                look.now + DAY * look.rng.uniform(0.05, 1),
                "reopen",
                "chief",
                {"reason": look.say(words.REOPENED)},
                side=True,
            )
        ]
    return []


def merged(look: Look) -> Plan:
    return [Move(look.in_minutes(40), "unmerge", "chief", side=True)] if look.happens(0.02) else []
