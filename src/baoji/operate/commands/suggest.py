"""`baoji suggest`: teach the proposals of classes from the city's own closed cases, and see how good they are."""

import json
import time
from typing import Any

import click
from django.utils import timezone, translation

from baoji.kernel.base.errors import Refused
from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.suggest import teaching
from baoji.systems.urban.suggest.proposing import suggest

KINDS = {"c": "component", "e": "event"}


@click.group()
def command() -> None:
    """Proposals of classes from what people write and where they stand.

    They are learnt from closed cases on this machine, with no network, and never decide. Until cases have been closed the
    words of the class table are used alone. The worker teaches anew each Monday night.

    \b
    $ baoji suggest train
    $ baoji suggest report
    """


@command.command()
def train() -> None:
    """Learn anew from the closed cases, keep the lesson, print how it did on the newest fifth, which it had not seen.

    \b
    $ baoji suggest train
    """
    owner_django()
    translation.activate("zh-hans")
    began = time.monotonic()
    try:
        report = teaching.teach(timezone.now())
    except Refused as refused:
        raise Trouble(refused.message) from refused
    _print(report)
    click.echo(f"Taught and kept in {time.monotonic() - began:.1f} s.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def report(as_json: bool) -> None:
    """How the lesson in use did when it was taught.

    \b
    $ baoji suggest report --json
    """
    owner_django()
    translation.activate("zh-hans")
    found = teaching.latest()
    if found is None:
        raise Trouble("Nothing has been taught yet: baoji suggest train")
    if as_json:
        click.echo(json.dumps({**found, "made_at": found["made_at"].isoformat()}, ensure_ascii=False))
        return
    click.echo(
        f"Taught {timezone.localtime(found['made_at']):%Y-%m-%d %H:%M} from {found['cases']} closed cases."
    )
    _print(found["report"])


@command.command("try")
@click.argument("text")
@click.option("--at", nargs=2, type=float, metavar="LON LAT", help="The place, in degrees.")
def try_(text: str, at: tuple[float, float] | None) -> None:
    """What would be proposed for TEXT, and by which words.

    \b
    $ baoji suggest try "路口的下水道井盖翘起来了" --at 107.1485 34.3605
    """
    owner_django()
    translation.activate("zh-hans")
    for one in suggest(text, at):
        name = book().classes[one.kind, one.class_code].name
        click.echo(f"{one.share:6.1%}  {one.kind[0]}{one.class_code}  {name}  {' / '.join(one.words)}")


def _print(report: dict[str, Any]) -> None:
    held = report["used"]["cases"]
    click.echo(
        f"Learnt from {report['learnt']} cases, asked about the newest {held}: "
        f"{report['classes']} classes, {report['grams']} runs of signs."
    )
    rows = [
        ("proposed", report["used"]),
        *((f"  {kind}", marks) for kind, marks in report["kinds"].items()),
        ("lesson alone", report["lesson"]),
        ("class table alone", report["table"]),
    ]
    for name, marks in rows:
        click.echo(
            f"  {name:<18} right first {marks['top1']:6.1%}   among three {marks['top3']:6.1%}   of {marks['cases']}"
        )
    for right, told, count in report["confused"][:5]:
        click.echo(f"  {count:>4} x {_name(right)} taken for {_name(told)}")


def _name(topic: str) -> str:
    known = book().classes.get((KINDS[topic[0]], topic[1:]))
    return f"{known.name} ({topic})" if known else topic
