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
from baoji.kernel.evidence.witness import ReceiptWitness
from baoji.kernel.flow.witness import FlowWitness
from baoji.operate.errors import Trouble
from baoji.systems.urban.queries.witnessed import WORDS


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
    """The journal against itself, its copied heads, the cases, and the receipts of evidence."""
    return queries.verify(connection, witnesses=[FlowWitness(WORDS), ReceiptWitness()], since=since)


@click.group("audit")
def command() -> None:
    """Verify the journal: every act on a case, chained and sealed, against the cases as they are.

    Nobody changes the journal without leaving a break, not even the database's owner; who could rewrite all of it
    is found out by a head written down elsewhere.

    \b
    $ baoji audit verify      each morning, from cron
    $ baoji audit heads       each evening, into a mail to somebody else
    """


@command.command("verify")
@click.option(
    "--since", type=int, metavar="SEAL", help="Look only at what was sealed after this link, and later."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def verify(since: int | None, as_json: bool) -> None:
    """Recompute the whole journal; exit code 1 when anything was changed, removed, inserted or reordered.

    A finding names the entry, the case and what differs. The last lines say what no check of this machine can know.

    \b
    $ baoji audit verify
    $ baoji audit verify --since 1200 --json | jq .clean
    """
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
    """The head of the global chain, to be written down outside this machine.

    Time, number, hash and how many entries lie behind it. Compare later with the line of that number in heads.log.

    \b
    $ baoji audit heads
    2026-11-24 18:02:11.402+08:00 1207 9f2c… 40211
    """
    with reading(settings.DATABASE_OWNER_URL) as connection:
        head = queries.head(connection)
    if head is None:
        raise Trouble("Nothing is sealed yet.")
    number, hash_, entries, sealed_at = head
    click.echo(f"{sealed_at} {number} {hash_} {entries}")
    click.echo(f"Copies are kept in {queries.heads_path()}", err=True)
