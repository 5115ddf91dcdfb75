"""Loads a city's folder into the database: checked, compared, shown, and then written in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from baoji.kernel.base import snapshot
from baoji.kernel.organisations.models import Organisation
from baoji.systems.urban.actions.ended_bodies import tell_dispatchers
from baoji.systems.urban.city import fill, generate, merge
from baoji.systems.urban.city.check import complaints
from baoji.systems.urban.city.generate.city import City
from baoji.systems.urban.city.merge import Change
from baoji.systems.urban.city.read import Complaint, Folder, read_folder
from baoji.systems.urban.city.sheets import ORGANISATIONS
from baoji.systems.urban.city.sow import grow
from baoji.systems.urban.city.staff import staff

Report = Callable[[str], None]
TOPICS: Final = (
    "people",
    "organisations",
    "calendar",
    "worktime",
    "classes",
    "duty",
    "policies",
    "grids",
    "city",
)
# The generator draws from these files and from nothing else.
SEED_FILES: Final = (
    "city.toml",
    "divisions.csv",
    "outlines.geojson",
    "classes.csv",
    "bodies.csv",
    "names.toml",
    "posts.csv",
)
PATHS: Final = """
WITH RECURSIVE tree AS (
    SELECT id, ARRAY[id] AS path FROM organisations_organisation WHERE parent_id IS NULL
    UNION ALL
    SELECT o.id, t.path || o.id FROM organisations_organisation o JOIN tree t ON o.parent_id = t.id
     WHERE o.id <> ALL (t.path))
UPDATE organisations_organisation o SET path = tree.path FROM tree WHERE o.id = tree.id AND o.path <> tree.path
"""
LOCK: Final = 7105010
BAR: Final = 24
WORTH_A_LINE: Final = 1000


class Unusable(Exception):
    """The folder has complaints; nothing was written."""

    def __init__(self, found: Sequence[Complaint]) -> None:
        super().__init__(f"{len(found)} complaints")
        self.complaints = list(found)


@dataclass(slots=True)
class Progress:
    """A line for each part: how far we are, what was done, how long it took. `total` is a guess of all seconds."""

    report: Report
    total: float
    done: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=monotonic)

    def step(self, name: str, weight: float) -> None:
        now = monotonic()
        self.seconds[name] = now - self.since
        self.done = min(self.done + weight, self.total)
        filled = round(BAR * self.done / self.total)
        share = 100 * self.done / self.total
        bar = "█" * filled + "░" * (BAR - filled)
        self.report(f"{bar} {share:3.0f} %  {name} ({self.seconds[name]:.1f} s)")
        self.since = now


def load_city(
    path: Path,
    *,
    scale: float = 1.0,
    report: Report = print,
    dry_run: bool = False,
    overwrite: bool = False,
) -> list[Change]:
    """Brings the database to what the folder says; the same folder again changes nothing.

    `scale` makes a smaller city of the same kind. Rows that an operator edited since the last load are kept, and
    reported, unless `overwrite`. Raises Unusable, with nothing written, if the folder has complaints.
    """
    marks = fingerprints(path, scale)
    if not overwrite and known_fingerprints() == marks:
        report("The files are those of the last load: nothing to do.")
        return []
    progress = Progress(report, 13.0)
    folder = read_folder(path)
    found = complaints(folder)
    if found:
        raise Unusable(found)
    progress.step("files read and checked", 1)
    people = staff(folder)
    filled, whole = fill.master(folder, people), list[fill.Filled]()
    if overwrite or known_fingerprints().get("generated") != marks["generated"]:
        city = _lay_out(folder, scale)
        progress.step("streets, grids and components laid out", 3)
        filled += fill.generated(folder, people, city)
        whole = fill.backdrop(city)
    changes = _write(filled, whole, marks, progress, dry_run=dry_run, overwrite=overwrite)
    if not dry_run and any(change.is_any for change in changes):
        merge.analyze(sheet.table for sheet, _ in [*filled, *whole])
        progress.step("statistics for the planner gathered", progress.total)
    return changes


def _lay_out(folder: Folder, scale: float) -> City:
    try:
        return grow(folder, scale=scale)
    except ValueError as error:
        raise Unusable([Complaint("city.toml", 1, f"the city cannot be laid out: {error}")]) from error


@transaction.atomic
def _write(
    filled: Sequence[fill.Filled],
    whole: Sequence[fill.Filled],
    marks: dict[str, str],
    progress: Progress,
    *,
    dry_run: bool,
    overwrite: bool,
) -> list[Change]:
    _execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    for sheet, rows in [*filled, *whole]:
        merge.stage(sheet, rows)
    changes = [merge.compare(sheet, overwrite=overwrite) for sheet, _ in filled]
    changes += [merge.compare_whole(sheet) for sheet, _ in whole]
    progress.step("compared with the database", 2.5)
    for line in diff_lines(changes):
        progress.report(line)
    if dry_run:
        progress.report("Dry run: nothing was written.")
        transaction.set_rollback(True)
        return changes
    for (sheet, _), change in zip(filled, changes, strict=False):
        merge.apply(sheet)
        if change.touched >= WORTH_A_LINE:
            progress.step(
                f"{sheet.name.replace('_', ' ')} written", 3.5 if sheet.name == "components" else 0.1
            )
    for sheet, _ in whole:
        merge.apply_whole(sheet)
        progress.step(f"{sheet.name} written", 0.3)
    _execute(PATHS)
    _tell_of_ended_bodies()
    _settle(changes, marks)
    return changes


def _tell_of_ended_bodies() -> None:
    """The dispatchers hear what bodies that left the files still hold, as when an operator ends one."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {ORGANISATIONS.diff} WHERE verdict = 'retire' ORDER BY id")
        ended = [id_ for (id_,) in cursor.fetchall()]
    for body in Organisation.objects.filter(pk__in=ended):
        tell_dispatchers(body, timezone.now())


def _settle(changes: Iterable[Change], marks: dict[str, str]) -> None:
    """The journal, the topics and the fingerprints, in the transaction of the rows."""
    written = [change for change in changes if change.is_any]
    for change in written:
        facts = {
            "table": change.name,
            "added": change.added,
            "changed": change.changed,
            "retired": change.retired,
            "kept": change.kept,
        }
        _execute("SELECT audit_append('city', 0, now(), NULL, 'city.loaded', %s::jsonb)", [json.dumps(facts)])
    if written:
        for topic in TOPICS:
            snapshot.bump(topic)
    for key, digest in marks.items():
        _execute(
            f"INSERT INTO {merge.LOADED} (sheet, key, digest, retired) VALUES ('folder', %s, %s, false) "
            "ON CONFLICT (sheet, key) DO UPDATE SET digest = excluded.digest",
            [key, digest],
        )


def diff_lines(changes: Iterable[Change]) -> list[str]:
    """The difference as a table of counts, and the rows that stay as an operator left them."""
    lines = [f"{'':24}{'added':>9}{'changed':>9}{'retired':>9}{'kept':>7}{'same':>9}"]
    kept = []
    for change in changes:
        lines.append(
            f"{change.name.replace('_', ' '):24}{change.added:>9}{change.changed:>9}{change.retired:>9}"
            f"{change.kept:>7}{change.same:>9}"
        )
        kept += [f"  {change.name}: {key}" for key in change.kept_rows]
    if kept:
        lines.append("Edited here since the last load, therefore kept (--overwrite takes the files' rows):")
        lines += kept
    return lines


def fingerprints(path: Path, scale: float) -> dict[str, str]:
    """Of all files, and of what the generated part depends on; the program's own text counts too."""
    files = {file.name: file.read_bytes() for file in sorted(path.glob("*.*")) if file.is_file()}
    here = Path(__file__).parent
    loader = {file.name: file.read_bytes() for file in sorted(here.glob("*.py"))}
    generator = {file.name: file.read_bytes() for file in sorted(Path(generate.__path__[0]).glob("*.py"))}
    seed = {name: files.get(name, b"") for name in SEED_FILES}
    fills = {name: loader[name] for name in ("fill.py", "sow.py")}
    return {
        "all": _digest(str(scale), files, loader, generator),
        "generated": _digest(str(scale), seed, fills, generator),
    }


def _digest(first: str, *parts: dict[str, bytes]) -> str:
    whole = sha256(first.encode())
    for part in parts:
        for name, content in sorted(part.items()):
            whole.update(f"{name} {len(content)}\n".encode())
            whole.update(content)
    return whole.hexdigest()


def known_fingerprints() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, digest FROM {merge.LOADED} WHERE sheet = 'folder'")
        return dict(cursor.fetchall())


def _execute(statement: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
