"""What is wrong with a city's folder, line by line. Everything a load relies on is checked here first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain, pairwise
from typing import Any, Final, Protocol

from baoji.systems.urban.choices import SEVERITY, UNIT, Kind
from baoji.systems.urban.city import rows
from baoji.systems.urban.city.check_posts import posts, shifts
from baoji.systems.urban.city.check_settings import city_facts, names, outlines, policies
from baoji.systems.urban.city.fill import editions
from baoji.systems.urban.city.read import Complaint, Folder
from baoji.systems.urban.rules.everyday import LONGEST, MOST_USUAL, MOST_WORDS, SEPARATOR, is_word

Check = Callable[[Folder], Iterator[Complaint]]
KINDS: Final = frozenset(Kind)
# Each level of division, its digits and the level above it.
LEVELS: Final = {
    "city": (6, ""),
    "county": (6, "city"),
    "street": (12, "county"),
    "community": (12, "street"),
}
RELATIONS: Final = frozenset({"same", "renamed", "merged", "split", "none"})


class Dated(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...


def complaints(folder: Folder) -> list[Complaint]:
    """All complaints, in the order of files and lines. A file that could not be read at all silences its checks."""
    found = list(folder.complaints)
    if not found:
        found = list(chain.from_iterable(check(folder) for check in CHECKS))
    return sorted(set(found))


def force_codes(folder: Folder, kind: str) -> dict[str, rows.CaseClass]:
    """Classes of the editions in force, by code."""
    force = {code for code, facts in editions(folder).items() if facts["in_force"]}
    return {row.code: row for row in folder.classes if row.kind == kind and row.edition in force}


def twins(file: str, found: Iterable[rows.Row], key: Callable[[Any], Any], what: str) -> Iterator[Complaint]:
    seen: dict[Any, int] = {}
    for row in found:
        value = key(row)
        if value in seen:
            shown = " ".join(str(part) for part in value) if isinstance(value, tuple) else value
            yield Complaint(file, row.line, f"{what} {shown} stands in line {seen[value]} already")
        seen.setdefault(value, row.line)


def spans(file: str, found: Iterable[Dated]) -> Iterator[Complaint]:
    for row in found:
        if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
            yield Complaint(
                file, row.line, f"valid_to {row.valid_to} is not after valid_from {row.valid_from}"
            )


def divisions(folder: Folder) -> Iterator[Complaint]:
    file = "divisions.csv"
    by_code = {row.code: row for row in folder.divisions}
    yield from twins(file, folder.divisions, lambda row: row.code, "the code")
    yield from spans(file, folder.divisions)
    if not any(row.level == "city" for row in folder.divisions):
        yield Complaint(file, 1, "no division of level city")
    for row in folder.divisions:
        yield from (Complaint(file, row.line, text) for text in _division(row, by_code))


def _division(row: rows.Division, by_code: dict[str, rows.Division]) -> Iterator[str]:
    if row.level not in LEVELS:
        yield f"the level “{row.level}” is none of {', '.join(LEVELS)}"
        return
    digits, above = LEVELS[row.level]
    if not row.code.isascii() or not row.code.isdigit() or len(row.code) != digits:
        yield f"the code {row.code} of a {row.level} must have {digits} digits"
    if row.successor and row.successor not in by_code:
        yield f"the successor {row.successor} is not in this file"
    if not above:
        return
    parent = by_code.get(row.parent)
    if parent is None:
        yield f"the parent “{row.parent}” is not in this file"
    elif parent.level != above:
        yield f"the parent {row.parent} is a {parent.level}, but a {row.level} lies in a {above}"
    elif not row.code.startswith(_stem(parent)):
        yield f"the code {row.code} does not begin with {_stem(parent)}, as its parent's does"


def _stem(division: rows.Division) -> str:
    """What the codes inside a division begin with."""
    return division.code[: {"city": 4, "county": 6, "street": 9}[division.level]]


def organisations(folder: Folder) -> Iterator[Complaint]:
    file = "organisations.csv"
    by_code = {row.code: row for row in folder.organisations}
    areas = {row.code for row in folder.divisions}
    yield from twins(file, folder.organisations, lambda row: row.code, "the code")
    yield from twins(file, folder.organisations, lambda row: row.name, "the name")
    for row in folder.organisations:
        if row.division not in areas:
            yield Complaint(file, row.line, f"the division “{row.division}” is not in divisions.csv")
        if not row.kind:
            yield Complaint(file, row.line, "the kind must not be empty")
        yield from _parent(row, by_code)


def _parent(row: rows.Organisation, by_code: dict[str, rows.Organisation]) -> Iterator[Complaint]:
    file = "organisations.csv"
    if not row.parent:
        if row.kind != "city":
            yield Complaint(file, row.line, f"a {row.kind} must name its parent")
        return
    seen, above = {row.code}, row.parent
    while above:
        if above not in by_code:
            if above == row.parent:
                yield Complaint(file, row.line, f"the parent “{above}” is not in this file")
            return
        if above in seen:
            yield Complaint(file, row.line, f"{row.code} is its own ancestor through {above}")
            return
        seen.add(above)
        above = by_code[above].parent


def classes(folder: Folder) -> Iterator[Complaint]:
    file = "classes.csv"
    known = editions(folder)
    yield from twins(file, folder.classes, lambda row: (row.edition, row.kind, row.code), "the class")
    force = [row for row in folder.classes if known.get(row.edition, {}).get("in_force")]
    yield from twins(file, force, lambda row: (row.kind, row.code), "in the editions in force, the class")
    for row in folder.classes:
        yield from (Complaint(file, row.line, text) for text in _class(row, known))


def _class(row: rows.CaseClass, known: dict[str, Any]) -> Iterator[str]:
    if row.edition not in known:
        yield f"the edition “{row.edition}” is none of {', '.join(known)}"
    if row.kind not in KINDS:
        yield f"the kind “{row.kind}” is neither component nor event"
    if len(row.code) != 4 or not row.code.isascii() or not row.code.isdigit():
        yield f"the code “{row.code}” must have four digits"
    if row.kind != Kind.COMPONENT:
        return
    if row.geometry not in {"point", "line", "polygon"}:
        yield f"the geometry “{row.geometry}” is none of point, line, polygon"
    if row.accuracy not in {"A", "B", "C"}:
        yield f"the accuracy “{row.accuracy}” is none of A, B, C"


def words(folder: Folder) -> Iterator[Complaint]:
    file = "words.csv"
    yield from twins(file, folder.words, lambda row: (row.kind, row.class_code), "the class")
    for row in folder.words:
        if row.class_code not in force_codes_of(folder, row.kind):
            text = f"the {row.kind} class {row.class_code} is in no edition in force"
            yield Complaint(file, row.line, text)
        yield from (Complaint(file, row.line, text) for text in _words(row))


def _words(row: rows.ClassWords) -> Iterator[str]:
    cells = [cell.split(SEPARATOR) for cell in (row.words_zh, row.words_en) if cell]
    found = [word.strip() for cell in cells for word in cell]
    if not 0 < len(found) <= MOST_WORDS:
        yield f"{len(found)} words: a class has from 1 to {MOST_WORDS}, joined by semicolons"
    for word in sorted({word for word in found if not is_word(word)}):
        yield f"“{word}” is no word: letters up to {LONGEST}, or several joined by + that count only together"
    for word in sorted({word for word in found if found.count(word) > 1}):
        yield f"“{word}” stands twice"
    if row.usual > MOST_USUAL:
        yield f"usual {row.usual} is not from 0, hardly ever, to {MOST_USUAL}, among the commonest"


def crosswalk(folder: Folder) -> Iterator[Complaint]:
    file = "crosswalk.csv"
    known = {(row.edition, row.kind, row.code) for row in folder.classes}
    key = lambda row: (row.kind, row.from_edition, row.from_code, row.to_edition, row.to_code)  # noqa: E731
    yield from twins(file, folder.crosswalk, key, "the line")
    for row in folder.crosswalk:
        if (row.from_edition, row.kind, row.from_code) not in known:
            text = f"the {row.kind} {row.from_code} of edition {row.from_edition} is not in classes.csv"
            yield Complaint(file, row.line, text)
        if row.to_code and (row.to_edition, row.kind, row.to_code) not in known:
            text = f"the {row.kind} {row.to_code} of edition {row.to_edition} is not in classes.csv"
            yield Complaint(file, row.line, text)
        if row.relation not in RELATIONS:
            yield Complaint(file, row.line, f"the relation “{row.relation}” is unknown")
        if bool(row.to_code) is (row.relation == "none"):
            yield Complaint(file, row.line, "to_code must be empty if, and only if, the relation is none")


def _limit(row: rows.Condition | rows.Milestone) -> Iterator[str]:
    if row.limit_value <= 0:
        yield f"the limit {row.limit_value} is not above zero"
    if row.limit_unit not in UNIT:
        yield f"the unit “{row.limit_unit}” is none of {', '.join(UNIT)}"


def conditions(folder: Folder) -> Iterator[Complaint]:
    file = "conditions.csv"
    yield from twins(file, folder.conditions, lambda row: (row.kind, row.class_code, row.n), "the condition")
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in folder.conditions:
        numbers[row.kind, row.class_code].append(row.n)
        if row.class_code not in force_codes_of(folder, row.kind):
            text = f"the {row.kind} class {row.class_code} is in no edition in force"
            yield Complaint(file, row.line, text)
        if row.severity not in SEVERITY:
            text = f"the severity “{row.severity}” is none of {', '.join(SEVERITY)}"
            yield Complaint(file, row.line, text)
        yield from (Complaint(file, row.line, text) for text in _limit(row))
    for row in folder.conditions:
        found = sorted(numbers[row.kind, row.class_code])
        if row.n == found[0] and found != list(range(1, len(found) + 1)):
            text = f"the conditions of {row.kind} {row.class_code} must be numbered 1, 2, 3 …"
            yield Complaint(file, row.line, text)


def force_codes_of(folder: Folder, kind: str) -> dict[str, rows.CaseClass]:
    return force_codes(folder, kind) if kind in KINDS else {}


def milestones(folder: Folder) -> Iterator[Complaint]:
    file = "milestones.csv"
    known = {(row.kind, row.class_code, row.n): row for row in folder.conditions}
    key = lambda row: (row.kind, row.class_code, row.condition_n, row.n)  # noqa: E731
    yield from twins(file, folder.milestones, key, "the milestone")
    for row in folder.milestones:
        yield from (Complaint(file, row.line, text) for text in _limit(row))
        condition = known.get((row.kind, row.class_code, row.condition_n))
        if condition is None:
            text = f"the condition {row.kind} {row.class_code} {row.condition_n} is not in conditions.csv"
            yield Complaint(file, row.line, text)
        elif row.limit_unit == condition.limit_unit and row.limit_value > condition.limit_value:
            text = f"{row.limit_value} is more than the condition's own limit, {condition.limit_value}"
            yield Complaint(file, row.line, text)


def duties(folder: Folder) -> Iterator[Complaint]:
    file = "duties.csv"
    areas = {row.code for row in folder.divisions}
    organisations_ = {row.code for row in folder.organisations}
    key = lambda row: (row.kind, row.class_code, row.area, row.valid_from)  # noqa: E731
    yield from twins(file, folder.duties, key, "the duty")
    yield from spans(file, folder.duties)
    yield from _two_at_once(file, folder.duties)
    for row in folder.duties:
        if row.class_code not in force_codes_of(folder, row.kind):
            yield Complaint(
                file, row.line, f"the {row.kind} class {row.class_code} is in no edition in force"
            )
        if row.area not in areas:
            yield Complaint(file, row.line, f"the area “{row.area}” is not in divisions.csv")
        if row.organisation not in organisations_:
            yield Complaint(
                file, row.line, f"the organisation “{row.organisation}” is not in organisations.csv"
            )


def _two_at_once(file: str, found: Iterable[rows.Duty]) -> Iterator[Complaint]:
    """A class in an area has one body at a time: which of two would be proposed is chance."""
    for row, following in pairwise(sorted(found, key=_since)):
        if _since(row)[:3] != _since(following)[:3] or row.valid_from == following.valid_from:
            continue  # another duty, or a twin, which is told already
        if row.valid_to is None or row.valid_to > following.valid_from:
            text = f"the duty of line {row.line}, {row.organisation}, has not ended when {following.organisation} begins"
            yield Complaint(file, following.line, text)


def _since(row: rows.Duty) -> tuple[str, str, str, date]:
    return row.kind, row.class_code, row.area, row.valid_from


def bodies(folder: Folder) -> Iterator[Complaint]:
    file = "bodies.csv"
    known = {row.code for row in folder.organisations}
    force = force_codes(folder, Kind.COMPONENT)
    yield from twins(file, folder.bodies, lambda row: row.class_code, "the class")
    for row in folder.bodies:
        if row.class_code not in force:
            yield Complaint(file, row.line, f"the component class {row.class_code} is in no edition in force")
        for part in ("in_charge", "owner", "maintainer"):
            if getattr(row, part) not in known:
                text = f"the {part} “{getattr(row, part)}” is not in organisations.csv"
                yield Complaint(file, row.line, text)


def every_class_is_served(folder: Folder) -> Iterator[Complaint]:
    """Each class in force has a condition, somebody who answers for it in the whole city, and its three bodies."""
    whole = {row.code for row in folder.divisions if row.level == "city"}
    counties = {row.code for row in folder.divisions if row.level == "county" and row.valid_to is None}
    conditions_ = {(row.kind, row.class_code) for row in folder.conditions}
    served: dict[tuple[str, str], set[str]] = defaultdict(set)
    for duty in folder.duties:
        served[duty.kind, duty.class_code].add(duty.area)
    with_bodies = {row.class_code for row in folder.bodies}
    for kind in Kind:
        for row in force_codes(folder, kind).values():
            called = f"the {row.kind} class {row.code} {row.name}"
            areas = served[row.kind, row.code]
            if (row.kind, row.code) not in conditions_:
                yield Complaint("classes.csv", row.line, f"{called} has no condition in conditions.csv")
            if not areas & whole and not counties <= areas:
                yield Complaint(
                    "classes.csv", row.line, f"{called} has no duty for the whole city in duties.csv"
                )
            if row.kind == Kind.COMPONENT and row.code not in with_bodies:
                yield Complaint("classes.csv", row.line, f"{called} has no bodies in bodies.csv")


def without_hours(folder: Folder) -> Iterator[Complaint]:
    """Days between two rows, and behind the last, on which nobody would work and no limit run."""
    file, until = "office_hours.csv", date.max
    for n, row in enumerate(sorted(folder.office_hours, key=lambda row: row.valid_from)):
        if n and until < row.valid_from:
            yield Complaint(file, row.line, f"no office hours from {until} to {row.valid_from}")
        here = row.valid_to or date.max
        until = max(until, here) if n else here
    if until < date.max:
        yield Complaint(file, 1, f"no office hours from {until} on: the last row must be open-ended")


def calendar(folder: Folder) -> Iterator[Complaint]:
    if not folder.office_hours:
        yield Complaint("office_hours.csv", 1, "no office hours: no limit in working time could be reckoned")
    yield from twins("office_hours.csv", folder.office_hours, lambda row: row.valid_from, "the day")
    yield from spans("office_hours.csv", folder.office_hours)
    yield from without_hours(folder)
    yield from twins("days.csv", folder.days, lambda row: row.day, "the day")
    for row in folder.days:
        is_weekend = row.day.weekday() >= 5
        if row.kind not in {"holiday", "workday"}:
            text = f"the kind “{row.kind}” is neither holiday nor workday"
            yield Complaint("days.csv", row.line, text)
        elif row.kind == "workday" and not is_weekend:
            text = f"{row.day} is no weekend day, so it is a work day anyway"
            yield Complaint("days.csv", row.line, text)


CHECKS: Final[tuple[Check, ...]] = (
    city_facts,
    divisions,
    outlines,
    organisations,
    classes,
    words,
    crosswalk,
    conditions,
    milestones,
    duties,
    bodies,
    every_class_is_served,
    calendar,
    policies,
    names,
    posts,
    shifts,
)
