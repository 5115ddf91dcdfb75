"""`baoji open311`: keys of programs that send and read requests by Open311."""

from collections.abc import Callable
from typing import Any

import click
from django.utils import timezone

from baoji.kernel.base.errors import Refused
from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django
from baoji.systems.urban.actions.open311_keys import QUOTAS as NAMES
from baoji.systems.urban.actions.open311_keys import create_key, end_key, known_keys

QUOTAS = {
    "posts_a_minute": "Requests it may send in a minute (60).",
    "posts_a_day": "Requests it may send in a day (5,000).",
    "reads_a_minute": "Calls that only read, in a minute, of one web process (600).",
}


@click.group()
def command() -> None:
    """Look after Open311 (GeoReport v2), which the city offers at /open311/.

    Everybody may read; who sends requests needs a key.
    """


@command.group()
def key() -> None:
    """Make, list and end the keys of programs."""


def _with_quotas(made: Callable[..., Any]) -> Callable[..., Any]:
    for name in reversed(NAMES):
        option = f"--{name.replace('_', '-')}"
        made = click.option(option, name, type=click.IntRange(1, 1_000_000), help=QUOTAS[name])(made)
    return made


@key.command()
@click.option("--name", required=True, help="Whose it is: the program's name. Clerks see it on its reports.")
@_with_quotas
def create(name: str, **quotas: int | None) -> None:
    """Print a new key, and nothing else. It is shown this once: the database keeps only its hash.

    \b
    $ baoji open311 key create --name "Street App" --posts-a-day 20000
    """
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise Trouble("A name has 1 to 60 characters.")
    owner_django()
    given = {quota: number for quota, number in quotas.items() if number is not None}
    try:
        made = create_key(name, timezone.now(), given)
    except Refused as refused:
        raise Trouble(f"There is a live key {name} already; end it, or take another name.") from refused
    click.echo(made)


@key.command("list")
def list_() -> None:
    """Who has a key, what it may do, and what it sent on its last day.

    \b
    $ baoji open311 key list
    """
    owner_django()
    for row in known_keys():
        state = f"ended {_day(row['ended_at'])}" if row["ended_at"] else f"since {_day(row['created_at'])}"
        quotas = f"{row['posts_a_minute']}/min {row['posts_a_day']}/day, reads {row['reads_a_minute']}/min"
        used = f"{row['in_day']} on {row['day']}" if row["day"] else "never used"
        click.echo(f"{row['name']}\t{state}\t{quotas}\t{used}")


def _day(at: Any) -> str:
    return timezone.localtime(at).date().isoformat()


@key.command()
@click.argument("name")
def end(name: str) -> None:
    """End the key of this name; it stops working within a second. What it sent stays.

    \b
    $ baoji open311 key end "Street App"
    """
    owner_django()
    if not end_key(name, timezone.now()):
        raise Trouble(f"There is no live key {name}; nothing was changed.")
    click.echo("Ended.")
