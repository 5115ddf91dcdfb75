"""`baoji city`: the city's master data, from its files into the database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from django.conf import settings
from django.db.utils import DatabaseError

from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django
from baoji.systems.urban.choices import POST
from baoji.systems.urban.city.check import complaints
from baoji.systems.urban.city.load import Unusable, known_fingerprints, load_city
from baoji.systems.urban.city.read import read_folder
from baoji.systems.urban.city.report import Group, counts, groups

FOLDER = click.Path(path_type=Path)
# What each post does, in the order of the loop.
DOES: Final = {
    "collector": "walks a responsibility grid, reports, verifies, checks",
    "officer": "enforces the rules on the street and reports",
    "cleaner": "keeps the streets clean and reports",
    "hotline": "answers 12319 and reports for callers",
    "acceptor": "accepts reports, asks for verification and checks",
    "chief": "duty chief: files cases and closes them",
    "dispatcher": "sends cases to the body that answers for them, reviews answers",
    "commander": "decides extensions, suspensions and disputes",
    "handler": "takes cases for a department, unit, county platform or street office",
    "section_head": "leads a section; the first section's head stands in for the handler",
    "crew": "does the work on the spot",
    "head": "head of the centre: sees all cases, supervises",
    "operator": "keeps organisations, people, rules and calendar",
    "mayor": "sees the whole and urges",
}


@click.group()
def command() -> None:
    """Load, check and report the city's master data.

    A city is a folder of CSV, TOML and GeoJSON files; the demo city is data/baoji.

    \b
    baoji city check data/baoji       what is wrong with the files, line by line
    baoji city load data/baoji        bring the database to what the files say
    baoji city report                 count what the database holds
    """


def folder_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("folder", type=FOLDER, required=False, metavar="[DIR]")(function)


def chosen(folder: Path | None) -> Path:
    found = folder or Path(settings.CITY_DATA)
    if not found.is_dir():
        raise Trouble(f"There is no folder {found}; name the city's folder.")
    return found


def first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


@command.command()
@folder_argument
def check(folder: Path | None) -> None:
    """Say what is wrong with a city's folder: file, line, sentence.

    Ends with 1 if anything is. Needs no database.

    \b
    $ baoji city check data/baoji
    conditions.csv:17: the limit 0 is not above zero
    """
    path = chosen(folder)
    found = complaints(read_folder(path))
    for complaint in found:
        click.echo(f"{complaint}")
    if found:
        click.echo(f"{len(found)} complaints about {path}.", err=True)
        raise SystemExit(1)
    click.echo(f"{path}: no complaints.")


@command.command()
@folder_argument
@click.option("--dry-run", is_flag=True, help="Show the difference and write nothing.")
@click.option("--overwrite", is_flag=True, help="Take the files' rows also where an operator edited them.")
@click.option(
    "--scale",
    type=click.FloatRange(0.001, 1),
    default=1.0,
    show_default=True,
    help="Make a smaller city of the same kind: 0.01 has a hundredth of the components.",
)
def load(folder: Path | None, dry_run: bool, overwrite: bool, scale: float) -> None:
    """Bring the database to what the files say, in one transaction.

    Shows first, for each table, how many rows are added, changed and retired. The same folder again changes
    nothing; a changed line changes its row alone. Rows that an operator edited in the pages since the last load
    are kept and named.

    \b
    $ baoji city load data/baoji --dry-run
    $ baoji city load data/baoji
    """
    owner_django()
    path = chosen(folder)
    try:
        load_city(path, scale=scale, report=click.echo, dry_run=dry_run, overwrite=overwrite)
    except Unusable as unusable:
        for complaint in unusable.complaints:
            click.echo(f"{complaint}", err=True)
        raise Trouble(f"{path} has {unusable}; nothing was written.") from unusable
    except DatabaseError as error:
        raise Trouble(f"The database refused, and nothing was written: {first_line(error)}") from error


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON at the end, for programs.")
def report(as_json: bool) -> None:
    """Count what the database holds of the city.

    \b
    $ baoji city report --json
    {"counties": 12, "streets": 120, …}
    """
    owner_django()
    found = counts()
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, count in found.items():
        click.echo(f"{name.replace('_', ' '):22}{count:>9,}")


@command.command()
def loaded() -> None:
    """End with 0 if a city has been loaded, with 1 if not; for scripts.

    \b
    $ baoji city loaded || baoji city load
    """
    owner_django()
    try:
        is_there = bool(known_fingerprints())
    except DatabaseError as error:
        raise Trouble(f"The database gives no answer: {first_line(error)}") from error
    raise SystemExit(0 if is_there else 1)


@command.command()
def people() -> None:
    """List the demo people by what they do. In demo mode anybody may sign in as any of them.

    \b
    $ baoji city people
    dispatcher.1 dispatcher.2      派遣员   sends cases to the body …
    """
    owner_django()
    found = {group.kind: group for group in groups()}
    order = [kind for kind in DOES if kind in found] + [kind for kind in found if kind not in DOES]
    for kind in order:
        click.echo(line_of(found[kind]))


def line_of(group: Group) -> str:
    codes = (
        " ".join(group.codes)
        if group.count <= 3
        else f"{group.codes[0]} {group.codes[1]} … {group.codes[-1]}"
    )
    title = POST.get(group.kind, group.title)
    return f"{codes:46} {group.count:>5}  {title}: {DOES.get(group.kind, '')}"
