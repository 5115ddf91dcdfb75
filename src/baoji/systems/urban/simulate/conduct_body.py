"""How the command centre and the responsible bodies treat cases: 任务派遣, 任务处理, 处理反馈."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.flow import clockwork
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.public import book
from baoji.systems.urban.queries.proposals import propose_body, territorial
from baoji.systems.urban.simulate import words
from baoji.systems.urban.simulate.moves import DAY, MINUTE, Look, Move, Plan

HOUR = timedelta(hours=1)


def filed(look: Look) -> Plan:
    plan = (
        [Move(look.in_minutes(2, 0.4), "take", "dispatcher", side=True)]
        if look.is_loud and look.happens(0.6)
        else []
    )
    if look.happens(0.008):
        return [
            *plan,
            Move(look.in_minutes(5), "refer_back", "dispatcher", {"reason": look.say(words.REFER_BACK)}),
        ]
    if look.happens(0.002):
        return [*plan, Move(look.in_minutes(8), "void", "chief", {"reason": look.say(words.VOIDED)})]
    return [*plan, Move(look.in_minutes(5), "dispatch", "dispatcher", fill=dispatching)]


def right_body(look: Look) -> int | None:
    extra = look.life.extra
    found = propose_body(look.case, extra["kind"], extra["class_code"], extra["component"], look.now)
    return found.org_id if found else None


def dispatching(look: Look) -> dict[str, Any] | None:
    """To the proposed body; now and then to a wrong one, and always for a case nobody wants."""
    tree, right = organisations(), right_body(look)
    others = [
        org.code for org in tree.by_code.values() if org.kind in {"department", "unit"} and org.id != right
    ]
    look.life.wrong_body = right is None or look.life.is_stubborn or look.happens(0.05)
    to = look.rng.choice(others) if look.life.wrong_body or right is None else tree.by_id[right].code
    facts: dict[str, Any] = {"to": to}
    if look.happens(0.05):
        facts["co_handlers"] = [look.rng.choice([code for code in others if code != to])]
    return facts


def returned(look: Look) -> Plan:
    if not look.life.wrong_body and look.happens(0.6):
        return [
            Move(look.in_minutes(15), "send_back", "dispatcher", {"reason": look.say(words.REFUSED_RETURN)})
        ]
    if look.happens(0.03):
        return [Move(look.in_minutes(15), "refer_back", "dispatcher", {"reason": look.say(words.REFER_BACK)})]
    return [Move(look.in_minutes(12), "dispatch", "dispatcher", fill=dispatching)]


def arbitrating(look: Look) -> Plan:
    """Mostly the commander decides; otherwise the system does when his time is over."""
    if look.happens(0.85) or look.case.due_at is None:
        return [Move(look.in_minutes(80, 0.6), "arbitrate", "commander", fill=arbitrating_to)]
    return [Move(look.case.due_at + MINUTE * 3)]


def arbitrating_to(look: Look) -> dict[str, Any] | None:
    found = right_body(look) or getattr(territorial(look.case), "org_id", None)
    look.life.wrong_body = look.life.is_stubborn = False
    return {"to": organisations().code(found), "opinion": look.say(words.ARBITRATED)} if found else None


def to_sign(look: Look) -> Plan:
    case = look.case
    plan = (
        [Move(look.in_minutes(4, 0.5), "take", "@body", side=True)]
        if look.is_loud and look.happens(0.5)
        else []
    )
    if not case.settled_body and look.life.wrong_body and look.happens(0.06):
        return [Move(look.in_minutes(10), "recall", "dispatcher", {"reason": look.say(words.RECALLED)})]
    if not case.settled_body and look.happens(0.92 if look.life.wrong_body else 0.012):
        return [Move(look.in_office(30), "return", "@body", {"reason": look.say(words.RETURNED)})]
    return [*plan, Move(look.in_office(8 if look.is_loud else 18), "sign", "@body")]


def handling(look: Look) -> Plan:
    case = look.case
    may_return = not case.settled_body and not case.notes.get("answered")
    if may_return and look.happens(0.8 if look.life.wrong_body else 0.006):
        return [Move(look.in_office(60), "return", "@body", {"reason": look.say(words.RETURNED)})]
    at = when_answered(look)
    by, passing = _hands_on(look, at)
    opinion = look.say(words.ANSWERED_AGAIN if case.notes.get("answered") else words.ANSWERED)
    answer = Move(
        at, "answer", by, {"opinion": opinion}, photos=look.rng.choice((1, 1, 2, 3)), shows_done=True
    )
    return [*passing, *_stages(look, at), *_asks(look), *_co_answers(look), *_chased(look, at), answer]


def when_answered(look: Look) -> datetime:
    """Most in time, some late, a few not for days."""
    case, measure, luck = look.case, look.measure, look.rng.random()
    due = case.clock_due_at or look.now
    left = measure.between(look.now, due)
    if left > 600 and luck < 0.84:
        return measure.add(look.now, int(300 + (left - 300) * look.rng.betavariate(1.6, 1.4)))
    after = max(look.now, due)
    if luck < 0.965:
        late = clockwork.limit_of(case).seconds * look.rng.uniform(0.02, 0.9)
        return measure.add(after, int(late) + 900)
    return after + DAY * look.rng.uniform(2, 18)


def _hands_on(look: Look, until: datetime) -> tuple[str, Plan]:
    """To a crew or a section of the body; a crew answers for itself."""
    case, tree = look.case, organisations()
    below = [
        org
        for org in tree.below(case.body_id or 0)
        if org.kind in {"crew", "section"} and org.body_id == case.body_id
    ]
    if not below or case.holder_org_id != case.body_id or not look.happens(0.4):
        return "@body", []
    to, at = look.rng.choice(below), look.in_office(12)
    if at >= until:
        return "@body", []
    by = (
        "@crew"
        if to.kind == "crew" and ("crew", to.id) in look.town.at_org and look.happens(0.7)
        else "@body"
    )
    return by, [Move(at, "pass_on", "@body", {"to": to.code}, side=True)]


def _stages(look: Look, until: datetime) -> Plan:
    condition = book().by_id.get(look.life.extra["condition_id"] or 0)
    plan = []
    for stage in condition.milestones if condition else ():
        at = look.now + (until - look.now) * look.rng.uniform(0.2, 0.7)
        if str(stage.n) not in look.life.extra["milestones"]:
            facts = {"n": stage.n, "opinion": f"{stage.name}已完成"}
            plan.append(Move(at, "milestone", "@body", facts, photos=1, side=True))
    return plan


def _asks(look: Look) -> Plan:
    """More time, or a pause: asked before the limit is over, decided the same day."""
    case = look.case
    left = look.measure.between(look.now, case.clock_due_at) if case.clock_due_at else 0
    if left < 6 * 3600 or case.pending:
        return []
    asked = look.measure.add(look.now, int(left * look.rng.uniform(0.3, 0.8)))
    decided = look.town.office(asked + MINUTE * look.rng.uniform(10, 200), look.rng)
    if case.extensions < 2 and look.happens(0.07):
        decider = "dispatcher" if case.extensions == 0 else "commander"
        return [
            Move(asked, "extend_request", "@body", {"reason": look.say(words.EXTEND)}, side=True),
            Move(
                decided,
                "extend_decide",
                decider,
                {"grant": look.happens(0.75), "opinion": "请抓紧办理"},
                side=True,
            ),
        ]
    if look.happens(0.015):
        until = decided + DAY * look.rng.uniform(3, 60)
        facts = {
            "kind": "defer" if look.happens(0.25) else "suspend",
            "reason": look.say(words.SUSPEND),
            "until": until.isoformat(),
        }
        return [
            Move(asked, "suspend_request", "@body", facts, side=True),
            Move(
                decided,
                "suspend_decide",
                "commander",
                {"grant": look.happens(0.8), "opinion": "按规定办理"},
                side=True,
            ),
        ]
    return []


def _co_answers(look: Look) -> Plan:
    case = look.case
    return [
        Move(
            look.in_office(240),
            "co_answer",
            f"@handler:{org_id}",
            {"opinion": look.say(words.ANSWERED)},
            photos=1,
            side=True,
        )
        for org_id in case.co_bodies
        if org_id not in case.co_answered
    ]


def _chased(look: Look, answered: datetime) -> Plan:
    """Whoever is late is urged; some get 督办 from above, and answer it."""
    due = look.case.clock_due_at
    if due is None or answered <= due or look.case.pending:
        return (
            [
                Move(
                    look.in_office(200),
                    "opinion",
                    "dispatcher",
                    {"opinion": look.say(words.OPINIONS)},
                    side=True,
                )
            ]
            if look.happens(0.02)
            else []
        )
    late, plan = max(due, look.now), []
    if look.happens(0.4):
        plan.append(
            Move(
                late + HOUR * look.rng.uniform(0.3, 6),
                "urge",
                look.rng.choice(("dispatcher", "acceptor", "head")),
                side=True,
            )
        )
    if answered - late > HOUR * 12 and look.happens(0.3):
        at = look.town.office(late + HOUR * look.rng.uniform(2, 20), look.rng)
        facts = {"opinion": look.say(words.SUPERVISED), "reply_by": (at + DAY).isoformat()}
        plan.append(Move(at, "supervise", look.rng.choice(("head", "head", "mayor")), facts, side=True))
        reply = look.town.office(at + HOUR * look.rng.uniform(1, 30), look.rng)
        plan.append(Move(reply, "reply", "@body", {"opinion": look.say(words.REPLIED)}, side=True))
    return plan


def suspended(look: Look) -> Plan:
    wakes = sql.value("SELECT due_at FROM flow_timer WHERE case_id = %s AND kind = 'wake'", [look.case.pk])
    if wakes is None or look.happens(0.15):
        return [Move(look.town.office(look.now + DAY * look.rng.uniform(1, 9), look.rng), "resume", "@body")]
    return [Move(wakes + MINUTE * 2)]


def answered(look: Look) -> Plan:
    if look.happens(0.04):
        return [Move(look.in_minutes(14), "send_back", "dispatcher", {"reason": look.say(words.SEND_BACK)})]
    return [Move(look.in_minutes(10), "review", "dispatcher")]
