"""`baoji evidence`: a case's evidence as a file, and the check of such a file, which needs nothing of the city."""

import re
import sys
from importlib import import_module
from pathlib import Path

import click

from baoji.kernel.evidence.verification.signed import Wrong, kid_of, public_key, unbase64
from baoji.kernel.evidence.verification.verify import verify as check
from baoji.operate.environment import ready
from baoji.operate.errors import Trouble

# What a case goes by: no file that anybody would send is called so.
NUMBER = re.compile(r"[A-Z]?[0-9][0-9-]{5,}")
NUMBER_GIVEN = """\
{number} is the number of a case, and what is checked is a file.
Export the case first, where the city runs; then check the file, there or on any other machine:

  baoji evidence export {number} --out {number}.zip
  baoji evidence verify {number}.zip

The export says which --key to give with it."""


@click.group("evidence")
def command() -> None:
    """Take a case's evidence out, and check what was taken out."""


@command.command("export")
@click.argument("number")
@click.option(
    "--out", "path", required=True, type=click.Path(path_type=Path), metavar="FILE.zip", help="A new file."
)
def export(number: str, path: Path) -> None:
    """Write the evidence of case NUMBER: originals, envelopes, receipts, flow records, the journal's part, keys.

    \b
    $ baoji evidence export T261124-0000001 --out case.zip
    """
    ready()
    click.echo(import_module("baoji.operate.commands.evidence_export").write(number, path))


@command.command("verify")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE.zip")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="The server key's fingerprint, from a printed case file or another source, or a file with the public key (PEM or DER). May be given again for a former key.",
)
@click.option(
    "--heads",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A copy of heads.log that was kept elsewhere.",
)
def verify(path: Path, keys: tuple[str, ...], heads: Path | None) -> None:
    """Check FILE.zip without database and network.

    Exit code 0: everything in it holds (without --key: holds together). 1: it does not, or is no export, or a copy of
    heads cannot be read. 2: called wrongly.

    \b
    $ baoji evidence export T261124-0000001 --out case.zip
    $ baoji evidence verify case.zip --key "3f2a 90c1 …"
    """
    if NUMBER.fullmatch(str(path)) and not path.exists():
        raise click.UsageError(NUMBER_GIVEN.format(number=path))
    found = check(path, [_fingerprint(key) for key in keys], _lines(heads))
    click.echo("\n".join(found.lines))
    sys.exit(0 if found.holds else 1)


@command.command("fingerprint")
def fingerprint() -> None:
    """Make the fingerprints of photos that have none, from before there were any; may be stopped and begun again.

    New photos get theirs from the worker, which also compares these with the others once they are made.

    \b
    $ baoji evidence fingerprint
    """
    ready()
    import_module("baoji.operate.commands.evidence_fingerprint").fill(click.echo)


def _lines(heads: Path | None) -> list[str] | None:
    try:
        return heads.read_text(errors="replace").split("\n") if heads else None
    except OSError as fault:
        raise Trouble(f"The copy of heads.log cannot be read: {heads}: {fault.strerror}.") from fault


def _fingerprint(given: str) -> str:
    plain = re.sub(r"[\s:]", "", given).lower()
    if re.fullmatch(r"[0-9a-f]{64}", plain):
        return plain
    try:
        data = Path(given).read_bytes()
        if data.startswith(b"-----BEGIN PUBLIC KEY-----"):
            data = unbase64(b"".join(data.split(b"-----")[2].split()))
        public_key(data)
    except (OSError, Wrong, IndexError) as fault:
        raise Trouble(
            f"{given} is neither a fingerprint of 64 hexadecimal digits nor a file with a P-256 public key."
        ) from fault
    return kid_of(data)
