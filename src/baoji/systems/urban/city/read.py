"""Reads a city's folder into typed rows. What cannot be read becomes a complaint; nothing here judges the content."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from baoji.kernel.worktime.calendar import check_spans
from baoji.systems.urban.city import rows

R = TypeVar("R", bound=rows.Row)


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Outline:
    line: int
    code: str
    name: str
    note: str
    place: BaseGeometry


@dataclass(slots=True)
class Folder:
    """The files as they are. `facts` is city.toml, `policies` policies.toml, `names` names.toml."""

    path: Path
    complaints: list[Complaint] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    policies: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    outlines: list[Outline] = field(default_factory=list)
    divisions: list[rows.Division] = field(default_factory=list)
    classes: list[rows.CaseClass] = field(default_factory=list)
    words: list[rows.ClassWords] = field(default_factory=list)
    crosswalk: list[rows.CrossWalk] = field(default_factory=list)
    conditions: list[rows.Condition] = field(default_factory=list)
    milestones: list[rows.Milestone] = field(default_factory=list)
    office_hours: list[rows.Hours] = field(default_factory=list)
    days: list[rows.Day] = field(default_factory=list)
    organisations: list[rows.Organisation] = field(default_factory=list)
    duties: list[rows.Duty] = field(default_factory=list)
    bodies: list[rows.ClassBodies] = field(default_factory=list)
    shifts: list[rows.Shift] = field(default_factory=list)
    posts: list[rows.Post] = field(default_factory=list)

    def complain(self, file: str, line: int, text: str) -> None:
        self.complaints.append(Complaint(file, line, text))


def read_folder(path: Path) -> Folder:
    folder = Folder(path)
    folder.divisions = _table(folder, "divisions.csv", rows.Division)
    folder.classes = _table(folder, "classes.csv", rows.CaseClass)
    if (path / "words.csv").exists():  # a city may do without
        folder.words = _table(folder, "words.csv", rows.ClassWords)
    folder.crosswalk = _table(folder, "crosswalk.csv", rows.CrossWalk)
    folder.conditions = _table(folder, "conditions.csv", rows.Condition)
    folder.milestones = _table(folder, "milestones.csv", rows.Milestone)
    folder.office_hours = _table(folder, "office_hours.csv", rows.Hours)
    folder.days = _table(folder, "days.csv", rows.Day)
    folder.organisations = _table(folder, "organisations.csv", rows.Organisation)
    folder.duties = _table(folder, "duties.csv", rows.Duty)
    folder.bodies = _table(folder, "bodies.csv", rows.ClassBodies)
    folder.shifts = _table(folder, "shifts.csv", rows.Shift)
    folder.posts = _table(folder, "posts.csv", rows.Post)
    folder.facts = _toml(folder, "city.toml")
    folder.policies = _toml(folder, "policies.toml")
    folder.names = _toml(folder, "names.toml")
    folder.outlines = _outlines(folder, "outlines.geojson")
    return folder


def line_of(path: Path, needle: str) -> int:
    """The first line that holds `needle`; 1 if none does. For files whose parser forgets its lines."""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if needle in text:
            return number
    return 1


def _text_of(folder: Folder, file: str) -> str | None:
    try:
        text = (folder.path / file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        folder.complain(file, 1, "the file is missing")
    except UnicodeDecodeError as error:
        folder.complain(file, 1, f"the file is not UTF-8 (byte {error.start}); save it as UTF-8")
    else:
        before, nul, _after = text.partition("\x00")
        if not nul:
            return text
        folder.complain(file, before.count("\n") + 1, "a NUL character, which no database keeps")
    return None


def _toml(folder: Folder, file: str) -> dict[str, Any]:
    text = _text_of(folder, file)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        folder.complain(file, 1, f"the file is not TOML: {error}")
        return {}


def _outlines(folder: Folder, file: str) -> list[Outline]:
    text = _text_of(folder, file)
    if text is None:
        return []
    try:
        features = json.loads(text)["features"]
        if not isinstance(features, list):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        folder.complain(file, 1, "the file is not a GeoJSON collection of features")
        return []
    found = []
    for number, feature in enumerate(features, 1):
        try:
            facts = feature["properties"]
            line = line_of(folder.path / file, f'"{facts["code"]}"')
            place = shape(feature["geometry"])
            found.append(Outline(line, facts["code"], facts["name"], facts.get("note", ""), place))
        except (KeyError, TypeError, AttributeError, ValueError, ShapelyError):
            folder.complain(file, 1, f"feature {number} lacks a code, a name or a geometry that can be read")
    return found


def _table(folder: Folder, file: str, kind: type[R]) -> list[R]:
    text = _text_of(folder, file)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(reader, [])
    columns = _columns(kind)
    missing = [
        name for name, column in columns.items() if name not in header and column.field.default is MISSING
    ]
    if missing:
        folder.complain(file, 1, f"the column {', '.join(missing)} is missing")
        return []
    found: list[R] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                folder.complain(file, reader.line_num, f"{len(cells)} cells under {len(header)} headings")
                continue
            named = dict(zip(header, cells, strict=True))
            values = _read_row(folder, file, reader.line_num, named, columns)
            if values is not None:
                found.append(kind(line=reader.line_num, **values))
    except csv.Error as error:
        folder.complain(file, reader.line_num, f"not CSV: {error}")
    return found


@dataclass(frozen=True, slots=True)
class _Column:
    field: Field[Any]
    parse: Callable[[str], Any]

    def read(self, raw: str) -> Any:
        """ValueError, with a sentence for the person who keeps the file."""
        longest = self.field.metadata["longest"]
        if self.field.metadata["required"] and not raw:
            raise ValueError("must not be empty")
        if longest and len(raw) > longest:
            raise ValueError(f"is longer than {longest} characters")
        return self.parse(raw)


def _read_row(
    folder: Folder, file: str, line: int, cells: Mapping[str, str], columns: Mapping[str, _Column]
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    before = len(folder.complaints)
    for name, column in columns.items():
        if name not in cells:
            continue
        raw = cells[name].strip()
        try:
            values[column.field.name] = column.read(raw)
        except ValueError as error:
            folder.complain(file, line, f"{name} “{raw[:60]}” {error}")
    return values if len(folder.complaints) == before else None


def _columns(kind: type[rows.Row]) -> dict[str, _Column]:
    hints = get_type_hints(kind)
    return {
        item.metadata["column"] or item.name: _Column(item, _PARSERS[hints[item.name]])
        for item in fields(kind)
        if item.name != "line"
    }


def _whole(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit():
        raise ValueError("is not a whole number")
    return int(raw)


def _decimal(raw: str) -> Decimal:
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise ValueError("is not a number") from None
    if not number.is_finite() or abs(number) >= 10_000 or number != round(number, 2):
        raise ValueError("is not a number below 10000 with at most two decimals")
    return number


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError("is not a date like 2024-05-01") from None


def _clock(raw: str) -> time:
    try:
        return time(0) if raw == "24:00" else time.fromisoformat(raw)
    except ValueError:
        raise ValueError("is not a time like 08:30") from None


def _weekdays(raw: str) -> tuple[int, ...]:
    try:
        days = tuple(int(part) for part in raw.split(";"))
    except ValueError:
        raise ValueError("is not a list of weekdays like 1;2;3") from None
    if not set(days) <= set(range(1, 8)) or len(days) != len(set(days)):
        raise ValueError("names a weekday that is not 1 (Monday) to 7, or one twice")
    return tuple(sorted(days))


def _spans(raw: str) -> tuple[rows.Span, ...]:
    pairs = [part.split("-") for part in raw.split(";")]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("is not a list of spans like 08:00-12:00;14:00-18:00")
    return check_spans((_clock(start), _clock(end)) for start, end in pairs)


_PARSERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: _whole,
    Decimal: _decimal,
    date: _day,
    date | None: lambda raw: _day(raw) if raw else None,
    time: _clock,
    tuple[int, ...]: _weekdays,
    tuple[rows.Span, ...]: _spans,
}
