"""Complaints about posts, the people who would hold them, and their shifts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

from baoji.systems.urban.choices import SIDE, SOURCE
from baoji.systems.urban.city import rows
from baoji.systems.urban.city.read import Complaint, Folder
from baoji.systems.urban.city.staff import organisations_of, person_code

SIDES = frozenset(SIDE) | {"none"}
LONGEST_CODE = 40
MOST_PEOPLE = 20_000
PARTS = frozenset({"n", "org", "parent", "crew"})


def posts(folder: Folder) -> Iterator[Complaint]:
    file = "posts.csv"
    taken: dict[str, int] = {}
    held: dict[tuple[str, str], int] = {}
    for post in folder.posts:
        if post.side not in SIDES:
            yield Complaint(file, post.line, f"the side “{post.side}” is none of {', '.join(sorted(SIDES))}")
        if post.door and post.door not in SOURCE:
            yield Complaint(file, post.line, f"the source “{post.door}” is none of {', '.join(SOURCE)}")
        wrong = _pattern(post)
        if wrong:
            yield Complaint(file, post.line, wrong)
            continue
        organisations = organisations_of(folder, post)
        if not organisations:
            text = f"no organisation “{post.organisation}” in organisations.csv"
            yield Complaint(file, post.line, text)
        for organisation in organisations:
            first = held.setdefault((post.kind, organisation.code), post.line)
            if first != post.line:
                text = f"{organisation.code} has its {post.kind} from line {first} already"
                yield Complaint(file, post.line, text)
            yield from _people(post, organisation, taken)


def _pattern(post: rows.Post) -> str:
    """What is wrong with the number of people or the pattern of their codes; empty if nothing is."""
    if not 1 <= post.count <= MOST_PEOPLE:
        return f"the count {post.count} is not from 1 to {MOST_PEOPLE}"
    try:
        parts = list(Formatter().parse(post.pattern))
    except ValueError:
        parts = [("", post.pattern, "", None)]
    for _, name, spec, conversion in parts:
        fits = re.fullmatch(r"(0\d)?", spec or "") if name == "n" else not spec
        if name is not None and (name not in PARTS or conversion or not fits):
            return f"the pattern “{post.pattern}” may ask for n, org, parent and crew only"
    return ""


def _people(post: rows.Post, organisation: rows.Organisation, taken: dict[str, int]) -> Iterator[Complaint]:
    for turn in range(1, post.count + 1):
        code = person_code(post, organisation, turn)
        if len(code) > LONGEST_CODE:
            text = f"the person's code {code} is longer than {LONGEST_CODE} characters"
            yield Complaint("posts.csv", post.line, text)
        if code in taken:
            text = f"the person's code {code} comes from line {taken[code]} already"
            yield Complaint("posts.csv", post.line, text)
            return
        taken[code] = post.line


def shifts(folder: Folder) -> Iterator[Complaint]:
    file = "shifts.csv"
    kinds = {post.kind for post in folder.posts}
    seen: dict[tuple[object, ...], int] = {}
    for row in folder.shifts:
        if row.post_kind not in kinds:
            yield Complaint(file, row.line, f"the post “{row.post_kind}” is not in posts.csv")
        if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
            text = f"valid_to {row.valid_to} is not after valid_from {row.valid_from}"
            yield Complaint(file, row.line, text)
        key = (row.post_kind, row.group, row.weekdays, row.starts, row.ends)
        if key in seen:
            yield Complaint(file, row.line, f"the shift stands in line {seen[key]} already")
        seen.setdefault(key, row.line)
    for kind in sorted(kinds - {row.post_kind for row in folder.shifts}):
        yield Complaint(file, 1, f"the post “{kind}” of posts.csv has no shift")
