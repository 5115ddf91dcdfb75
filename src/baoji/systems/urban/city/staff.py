"""The demo people: who they are, which posts they hold, when they are on shift. The same files give the same people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from random import Random

from baoji.systems.urban.city import rows
from baoji.systems.urban.city.read import Folder

ON_CALL = "on_call"
# What a person of the files holds, and how sections stand in for the department's own handler.
HANDLER, SECTION_HEAD = "handler", "section_head"


@dataclass(frozen=True, slots=True)
class Person:
    """`turn` counts those of one post and organisation from 1: shifts are dealt out by it."""

    code: str
    name: str
    post: rows.Post
    organisation: rows.Organisation
    turn: int


@dataclass(frozen=True, slots=True)
class Holding:
    person: str
    post: str
    deputy: bool = False


@dataclass(frozen=True, slots=True)
class ShiftRow:
    person: str
    weekdays: tuple[int, ...]
    starts: time
    ends: time
    valid_from: date | None
    valid_to: date | None


@dataclass(slots=True)
class Staff:
    posts: list[tuple[rows.Post, str]] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    shifts: list[ShiftRow] = field(default_factory=list)


def staff(folder: Folder) -> Staff:
    made = Staff()
    for post in folder.posts:
        for organisation in organisations_of(folder, post):
            made.posts.append((post, organisation.code))
            for turn in range(1, post.count + 1):
                code = person_code(post, organisation, turn)
                made.people.append(Person(code, person_name(folder, code), post, organisation, turn))
                made.holdings.append(Holding(code, post_key(post.kind, organisation.code)))
    made.holdings.extend(_deputies(folder, made))
    made.shifts.extend(_shifts(folder, made))
    return made


def post_key(kind: str, organisation: str) -> str:
    return f"{kind}@{organisation}"


def organisations_of(folder: Folder, post: rows.Post) -> list[rows.Organisation]:
    if post.organisation.startswith("@"):
        kind = post.organisation[1:]
        found = [row for row in folder.organisations if row.kind == kind]
    else:
        found = [row for row in folder.organisations if row.code == post.organisation]
    return sorted(found, key=lambda row: row.code)


def person_code(post: rows.Post, organisation: rows.Organisation, turn: int) -> str:
    """Fills the pattern: {n}, {org}, {parent}, and {crew}, the number at the end of a crew's own code."""
    tail = re.search(r"\d+$", organisation.code)
    return post.pattern.format(
        n=turn, org=organisation.code, parent=organisation.parent, crew=tail.group() if tail else ""
    )


def person_name(folder: Folder, code: str) -> str:
    words = folder.names.get("people", {})
    seed = folder.facts.get("generator", {}).get("seed", 0)
    dice = Random(f"{seed}:{code}")
    first = dice.choice(words["first"]) if dice.random() < 0.7 else ""
    return str(dice.choice(words["surnames"]) + first + dice.choice(words["second"]))


def _deputies(folder: Folder, made: Staff) -> Iterator[Holding]:
    """The head of a department's first section stands in for its handler."""
    kinds = {row.code: row.kind for row in folder.organisations}
    for person in made.people:
        organisation = person.organisation
        if (
            person.post.kind == SECTION_HEAD
            and organisation.code.endswith("-S1")
            and kinds.get(organisation.parent) == "department"
        ):
            yield Holding(person.code, post_key(HANDLER, organisation.parent), deputy=True)


def _shifts(folder: Folder, made: Staff) -> Iterator[ShiftRow]:
    """Groups take turns; everybody of a post that has an on-call group is on call."""
    patterns: dict[str, list[rows.Shift]] = defaultdict(list)
    for row in folder.shifts:
        patterns[row.post_kind].append(row)
    for person in made.people:
        own = patterns[person.post.kind]
        groups = sorted({row.group for row in own} - {ON_CALL})
        mine = {ON_CALL, groups[(person.turn - 1) % len(groups)]} if groups else {ON_CALL}
        for row in own:
            if row.group in mine:
                yield ShiftRow(person.code, row.weekdays, row.starts, row.ends, row.valid_from, row.valid_to)
