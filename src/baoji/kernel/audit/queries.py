"""Asks the journal whether it is still as it was written."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from baoji.kernel.audit.verification.chains import Witness, check_chains
from baoji.kernel.audit.verification.heads import check_heads
from baoji.kernel.audit.verification.links import check_links, check_unsealed, entries_after, link_with
from baoji.kernel.audit.verification.reading import Connection, rows
from baoji.kernel.audit.verification.report import Finding, Report

HEAD = "SELECT id, encode(hash, 'hex'), entries, sealed_at FROM audit_seal ORDER BY id DESC LIMIT 1"


def heads_path() -> Path:
    """Where copies of the global chain's heads are kept, outside the database."""
    return Path(settings.DATA) / "journal" / "heads.log"


def verify(
    connection: Connection,
    *,
    heads: Path | None = None,
    witnesses: Sequence[Witness] = (),
    since: int | None = None,
) -> Report:
    """Recomputes the journal from its texts.

    The connection must be in a transaction that sees one state (REPEATABLE READ) when others are writing. With `since`,
    the links after that link and the subjects that have entries in them are looked at, and no others.
    """
    report = Report()
    link = link_with(connection, since) if since is not None else None
    if since is not None and link is None:
        report.add(Finding("link", "the link to begin after is not there", link=since))
        return report
    check_chains(connection, report, witnesses, entries_after(connection, link) if link else None)
    last = check_links(connection, report, link)
    check_unsealed(connection, report, last)
    if link is None:
        _check_that_none_was_passed_over(report)
    else:
        report.unknown.append(f"Subjects without an entry after link {since} were not looked at.")
    check_heads(connection, report, heads or heads_path())
    report.head = f"{last.id} {last.hash.hex()}" if last.id else None
    return report


def _check_that_none_was_passed_over(report: Report) -> None:
    counts = report.counts
    over = counts["entries"] - counts["sealed"] - counts["unsealed"]
    if over:
        report.add(Finding("inserted", f"{over} entries stand outside every window of the global chain"))


def head(connection: Connection) -> tuple[int, str, int, str] | None:
    """The last link: its number, hash, how many entries it took, and when."""
    found = rows(connection, HEAD)
    if not found:
        return None
    number, hash_, entries, sealed_at = found[0]
    return number, hash_, entries, sealed_at.isoformat(timespec="seconds")
