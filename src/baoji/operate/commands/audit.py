"""`baoji audit`: is the journal still as it was written?"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson
import psycopg
from django.conf import settings

from baoji.kernel.audit import queries
from baoji.kernel.audit.verification.report import Report
from baoji.operate.commands.flow_witness import FlowWitness
from baoji.operate.errors import Trouble


@contextmanager
def reading(url: str) -> Iterator[psycopg.Connection[Any]]:
    """One state of the database, whoever writes meanwhile."""
    try:
        connection = psycopg.connect(url, application_name="baoji-audit", options="-c timezone=UTC")
    except psycopg.OperationalError as error:
        raise Trouble(f"The database does not answer: {str(error).strip().splitlines()[-1]}") from error
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def verified(connection: psycopg.Connection[Any], since: int | None = None) -> Report:
    """The journal against itself, its copied heads, and the cases."""
    return queries.verify(connection, witnesses=[FlowWitness()], since=since)


@click.group("audit")
def command() -> None:
    """Verify the journal."""


@command.command("verify")
@click.option(
    "--since", type=int, metavar="SEAL", help="Look only at what was sealed after this link, and later."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def verify(since: int | None, as_json: bool) -> None:
    """Recompute the whole journal; exit code 1 when anything was changed, removed, inserted or reordered."""
    with reading(settings.DATABASE_OWNER_URL) as connection:
        report = verified(connection, since)
    click.echo(orjson.dumps(report.as_json()).decode() if as_json else as_text(report))
    sys.exit(0 if report.is_clean else 1)


def as_text(report: Report) -> str:
    counts = report.counts
    lines = [
        f"Checked {counts['entries']} entries of {counts['subjects']} subjects, {counts['links']} links over "
        f"{counts['sealed']} of them, {counts['records']} flow records of {counts['cases']} cases, {counts['heads']} copied heads."
    ]
    if counts["unsealed"]:
        lines.append(
            f"{counts['unsealed']} entries are not sealed yet, the oldest of {report.oldest_unsealed}."
        )
    if report.is_clean:
        lines.append(f"The journal is as it was written. Its head: {report.head or 'none yet'}")
    else:
        lines.append(f"THE JOURNAL IS NOT AS IT WAS WRITTEN. {report.found} findings:")
        lines += [f"  {finding}" for finding in report.findings]
        if report.found > len(report.findings):
            lines.append(f"  … and {report.found - len(report.findings)} more")
    return "\n".join([*lines, "What this cannot know:", *(f"  {text}" for text in report.unknown)])


@command.command("heads")
def heads() -> None:
    """The head of the global chain, to be written down outside this machine."""
    with reading(settings.DATABASE_OWNER_URL) as connection:
        head = queries.head(connection)
    if head is None:
        raise Trouble("Nothing is sealed yet.")
    number, hash_, entries, sealed_at = head
    click.echo(f"{sealed_at} {number} {hash_} {entries}")
    click.echo(f"Copies are kept in {queries.heads_path()}", err=True)
