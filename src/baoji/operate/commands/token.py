"""`baoji token`: keys with which programs call the API."""

from datetime import timedelta

import click
from django.db import transaction
from django.utils import timezone

from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import digest, new_token
from baoji.kernel.identity.models import Person, Token
from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django


@click.group()
def command() -> None:
    """Make and end access tokens for programs.

    A token stands for a person: whoever holds it may do what that person may.

    \b
    $ TOKEN=$(baoji token create --person dispatcher.1)
    $ curl -H "Authorization: Bearer $TOKEN" http://localhost:8000/api/v1/cases
    """


@command.command()
@click.option(
    "--person",
    "codes",
    required=True,
    multiple=True,
    metavar="CODE",
    help="Whom the token stands for: collector.01. Given again, one for each of them.",
)
@click.option("--label", default="", help="What it is for, to find it again.")
@click.option("--days", type=click.IntRange(1, 3660), help="How long it lives; without, until it is revoked.")
def create(codes: tuple[str, ...], label: str, days: int | None) -> None:
    """Print a new token, and nothing else. It is shown this once: the database keeps only its hash.

    For several persons, a line for each in their order; if one is unknown, none is made.

    \b
    $ baoji token create --person collector.01 --label "field test" --days 30
    """
    owner_django()
    expires_at = timezone.now() + timedelta(days=days) if days else None
    with transaction.atomic():
        made = [new_token(_person(code).pk, label[:60], expires_at) for code in codes]
        bump("people")
    for token in made:
        click.echo(token)


def _person(code: str) -> Person:
    found = Person.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise Trouble(f"There is no active person {code}; `baoji city people` lists those of the demo.")
    return found


@command.command()
@click.argument("token", required=False)
@click.option("--person", "code", metavar="CODE", help="Revoke all tokens of this person.")
@click.option("--label", metavar="LABEL", help="Only those with this label.")
def revoke(token: str | None, code: str | None, label: str | None) -> None:
    """End a token, or all tokens of a person; it stops working at once.

    \b
    $ baoji token revoke bj_…
    $ baoji token revoke --person collector.01 --label "field test"
    """
    owner_django()
    if bool(token) is bool(code):
        raise click.UsageError("Give either the token itself or --person.")
    chosen = Token.objects.filter(revoked_at__isnull=True)
    chosen = chosen.filter(digest=digest(token)) if token else chosen.filter(person__code=code)
    if label is not None:
        chosen = chosen.filter(label=label)
    with transaction.atomic():
        ended = chosen.update(revoked_at=timezone.now())
        bump("people")
    if not ended:
        raise Trouble("No live token fits; nothing was changed.")
    click.echo(f"{ended} revoked.")
