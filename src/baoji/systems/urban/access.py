"""Who may see a case and which letters of the table somebody has on it. One condition a line."""

from typing import Any

from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.organisations.queries import organisations

# The letter a post stands for, wherever the case is.
LETTER = {"acceptor": "A", "chief": "C", "dispatcher": "D", "commander": "M", "head": "L", "mayor": "L"}
CITY_WIDE = frozenset({"acceptor", "chief", "dispatcher", "commander", "head", "mayor", "hotline"})
HANDLING = frozenset({"handler", "section_head"})
# Who works on cases inside a body; at the body itself it is the handler.
INSIDE = {"section": "section_head", "crew": "crew"}
SEES_CALLER = frozenset({"acceptor", "chief", "hotline", "head"})
SEES_REPORTER = frozenset({"acceptor", "chief", "hotline", "head", "dispatcher", "commander", "mayor"})
SEES_ORIGINALS = frozenset({"acceptor", "chief", "hotline", "head"})
HANDS_OVER = frozenset({"hotline", "acceptor", "chief"})
BODY_KINDS = frozenset({"department", "unit", "county_platform", "street_office"})


CODE = "code:"


def code_holder(number: str) -> Caller:
    """Whoever shows the query code of the case with this task number: nobody known, a reporter of this one case."""
    return Caller(None, CODE + number, "", ())


CREW = "crew:"


def crew_with_link(link: int, number: str, name: str, hold: Hold) -> Caller:
    """A crew without an account: whoever shows this link, on the case with this task number alone, for `hold.principal`."""
    return Caller(None, f"{CREW}{link}:{number}", name, (hold,))


def named_link(caller: Caller) -> dict[str, Any]:
    """What the record of an act done by a crew's link says besides: which link, and how it is told from others."""
    if not caller.code.startswith(CREW):
        return {}
    return {"crew_link": int(caller.code.split(":")[1]), "crew_to": caller.name}


PLATFORM = "platform:"


def platform(name: str) -> Caller:
    """Another hotline (12345, 110): it reports through the hotline's door, says what became of what it was handed, and does nothing
    else."""
    tree = organisations()
    centre = next((org for org in tree.by_id.values() if org.kind == "hotline_centre"), None)
    if centre is None:
        return Caller(None, f"{PLATFORM}{name}", name, ())
    hold = Hold("hotline", "", "hotline", centre.id, centre.body_id, centre.path)
    return Caller(None, f"{PLATFORM}{name}", name, (hold,))


def may_hand_over(caller: Caller) -> bool:
    """To and from other hotlines."""
    return any(hold.kind in HANDS_OVER for hold in caller.holds)


def sees_all(caller: Caller) -> bool:
    return any(hold.kind in CITY_WIDE for hold in caller.holds)


def organisations_of(caller: Caller) -> list[int]:
    """The organisations for which this person works on cases; none for who shows a link to a single one."""
    if caller.id is None:
        return []
    return sorted({hold.org_id for hold in caller.holds if hold.side == "department"})


def own_tree(caller: Caller) -> list[int]:
    """Those organisations and all below them."""
    tree = organisations()
    return sorted({org.id for id_ in organisations_of(caller) for org in tree.below(id_)})


def held_for(caller: Caller) -> list[int]:
    """`organisations_of`, and what has ended and is theirs to go on with: parts of these bodies; for dispatchers, bodies."""
    tree = organisations()
    found = {one for id_ in organisations_of(caller) for one in (id_, *tree.left_to(id_))}
    if any(hold.kind == "dispatcher" for hold in caller.holds):
        found |= {*tree.left_to(None)}
    return sorted(found)


def is_gone(org_id: int | None) -> bool:
    """Whether this organisation has ended, and nobody works there any more."""
    return org_id is not None and org_id not in organisations().by_id


def at_work(org_id: int) -> dict[str, Any]:
    """Whom `notify` tells of cases that this organisation holds; of what a body holds that has ended, the dispatchers."""
    org = organisations().heir(org_id)
    if org is None:
        return {"post": "dispatcher"}
    return {"organisation": org.id, "post": INSIDE.get(org.kind, "handler")}


def is_staff(caller: Caller) -> bool:
    return caller.id is not None and bool(caller.holds)


def _is_within(hold: Hold, case: Case) -> bool:
    """The post hangs at the responsible body or below it, at or above whoever holds the case now."""
    if case.body_id is None or case.body_id not in hold.path:
        return False
    if case.holder_org_id is None:
        return True
    holder = organisations().known.get(case.holder_org_id)
    return holder is not None and hold.org_id in holder.path


def _letters(hold: Hold, case: Case) -> list[str]:
    if hold.kind in LETTER:
        return [LETTER[hold.kind]]
    if hold.kind in HANDLING:
        letters = ["H"] if _is_within(hold, case) else []
        return [*letters, "O"] if hold.org_id in case.co_bodies else letters
    if hold.kind == "crew" and case.holder_org_id is not None and hold.org_id == case.holder_org_id:
        return ["W"]
    return []


def rights(caller: Caller, case: Case) -> dict[str, Hold | None]:
    """The letters this person has on this case, each with the post it comes from; their own posts before others'."""
    found: dict[str, Hold | None] = {}
    if caller.id is None:
        return _of_nobody_known(caller, case)
    for hold in caller.holds:
        for letter in _letters(hold, case):
            if letter not in found or (letter == "O" and _has_co_answered(found["O"], case)):
                found[letter] = hold
    if case.holder_person_id is not None:
        found |= _asked(caller, case)
    if case.reporter_id == caller.id:
        found["R"] = None
    if is_staff(caller):
        found["V"] = caller.holds[0]
    return found


def _of_nobody_known(caller: Caller, case: Case) -> dict[str, Hold | None]:
    if caller.code == "system":
        return {"S": next(iter(caller.holds), None)}  # a hold of the system's says for whom it acts
    if _shows_code_of(caller, case):
        return {"R": None}
    if caller.code.startswith(PLATFORM):
        return {"V": next(iter(caller.holds), None)}
    return (
        {"W": caller.holds[0]} if _shows_link_to(caller, case) and _is_within(caller.holds[0], case) else {}
    )


def _shows_code_of(caller: Caller, case: Case) -> bool:
    return caller.code == CODE + case.number


def _shows_link_to(caller: Caller, case: Case) -> bool:
    return caller.code.startswith(CREW) and caller.code.split(":")[2] == case.number


def _has_co_answered(hold: Hold | None, case: Case) -> bool:
    return hold is not None and hold.org_id in case.co_answered


def _asked(caller: Caller, case: Case) -> dict[str, Hold | None]:
    """The letter of the collector asked, or of who stands in for them; nobody checks what they reported or verified."""
    principal = None if caller.id == case.holder_person_id else case.holder_person_id
    holds = [hold for hold in caller.holds if hold.lender == principal]
    if principal is not None and (not holds or _knows_it(caller, case)):
        return {}
    return {"K": next((hold for hold in holds if hold.kind == "collector"), holds[0] if holds else None)}


def _knows_it(caller: Caller, case: Case) -> bool:
    if case.step != "checking":
        return False
    return caller.id in {case.reporter_id, *case.notes.get("reporters", []), *case.notes.get("verifiers", [])}


_COULD = {
    **{kind: {letter} for kind, letter in LETTER.items()},
    "handler": {"H", "O"},
    "section_head": {"H"},
    "crew": {"W"},
    "collector": {"K"},
    "officer": {"K"},
}


def could(caller: Caller) -> frozenset[str]:
    """The letters that this person's posts can ever give."""
    if caller.code == "system":
        return frozenset("S")
    if caller.code.startswith(CODE):
        return frozenset("R")
    if caller.code.startswith(CREW):
        return frozenset("W")
    letters = {"R"} | ({"V"} if is_staff(caller) else set())
    for hold in caller.holds:
        letters |= _COULD.get(hold.kind, set())
    return frozenset(letters)


def may_see(caller: Caller, case: Case, is_party: Any) -> bool:
    """`is_party(orgs, person)` asks the database; it is called only when nothing cheaper decides."""
    if caller.code == "system" or sees_all(caller):
        return True
    if caller.id is None:
        return _shows_code_of(caller, case) or _shows_link_to(caller, case)
    if caller.id in {case.reporter_id, case.holder_person_id} - {None}:
        return True
    if case.holder_person_id is not None and any(
        hold.lender == case.holder_person_id for hold in caller.holds
    ):
        return True
    orgs = set(organisations_of(caller))
    if orgs & ({case.body_id, case.holder_org_id, *case.co_bodies} - {None}):
        return True
    return bool(is_party(sorted(orgs), caller.id))


def may_see_caller(caller: Caller) -> bool:
    """Name and phone of who called: the supervision side only."""
    return any(hold.kind in SEES_CALLER for hold in caller.holds)


def may_see_reporter(caller: Caller) -> bool:
    """Who reported and who checked: never the departments, nor one in the street another."""
    return any(hold.kind in SEES_REPORTER for hold in caller.holds)


def may_see_crews(caller: Caller, case: Case) -> bool:
    """Whom the responsible body sent the task, and their number: its own people, and who sees all cases; no reporter."""
    return sees_all(caller) or any(
        hold.side == "department" and case.body_id in hold.path for hold in caller.holds
    )


def may_see_watchers(caller: Caller) -> bool:
    """Who stays at a dangerous place (守候): supervision and command, and those in the street who relieve each other there."""
    return may_see_reporter(caller) or "stay" in tools_of(caller)


def may_see_originals(caller: Caller) -> bool:
    """Photos as they came, with what the phone wrote into them, and the evidence behind them: the supervision side only."""
    return any(hold.kind in SEES_ORIGINALS for hold in caller.holds)


WEIGHS = frozenset({"chief", "head"})


def may_weigh(caller: Caller) -> bool:
    """Decides what is made of 核对, and sees who meets whom how often: those who answer for supervision, themselves."""
    return bool(caller.own_kinds() & WEIGHS)


# What each post uses of the app in the street.
TOOLS = {
    "collector": ("report", "tasks", "correct", "stay", "duty"),
    "officer": ("report", "tasks", "correct", "stay", "duty"),
    "cleaner": ("report", "duty"),
    "crew": ("tasks", "duty"),
}


def tools_of(caller: Caller) -> list[str]:
    """The tools of 城管通 that this person's own posts need; none for who works at a desk."""
    return sorted({tool for kind in caller.own_kinds() for tool in TOOLS.get(kind, ())})


def with_tool(tool: str) -> list[str]:
    """The posts that have it."""
    return [kind for kind, tools in TOOLS.items() if tool in tools]


def crews_of(caller: Caller) -> list[int]:
    """The crews that this person belongs to."""
    return sorted({hold.org_id for hold in caller.holds if hold.kind == "crew"})


def door_of(caller: Caller) -> str:
    """The source of this person's reports, from their post; '' if their posts report nothing."""
    return next((hold.door for hold in caller.holds if hold.door), "")
