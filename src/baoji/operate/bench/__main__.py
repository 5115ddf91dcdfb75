"""python -m baoji.operate.bench NAME [--json] [--size full|short|tiny] [--at CASES]…: what ./dev bench runs."""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

import django

from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django

NAMES = (
    "intake",
    "lifecycle",
    "worklist",
    "tiles",
    "calendar",
    "memory",
    "burst",
    "open311",
    "field-sync",
    "field-load",
    "photo-reuse",
    "flood",
)
ABOUT = """Measures the running city through its own address, beside the least SQL that keeps the same promises.

intake     reports a second at 1, 8 and 32 clients
lifecycle  the whole loop, ten acts, at 8 clients; --at 100000 --at 1000000 compares two sizes of the database,
           --beside DIR asks another running city in turn with this one
worklist   a department's list, page 1 and page 200, filters; the desk's pages
tiles      map tiles cut and kept, against bare SQL and tipg
calendar   deadlines a second in one process
memory     resident memory at rest
burst      1, then 35 lifecycles a second arriving without mercy
open311    requests posted and read by Open311, against our own API
field-sync phones with queued photos come back online at once, against the disk
photo-reuse a photo looked up among five million, and the whole check on labelled pictures
field-load the app in the street in a real browser: on a slow line, and with the server killed
flood      ten thousand anonymous posts from twenty addresses, while officers report
all        each of them, short
"""


def asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=[*NAMES, "all"], metavar="NAME")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument(
        "--size", choices=("full", "short", "tiny"), help="how long to measure (all: short, else full)"
    )
    parser.add_argument(
        "--at",
        type=int,
        action="append",
        default=[],
        metavar="CASES",
        help="with so many cases in the database",
    )
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="DIR",
        help="lifecycle: the data folder of another city of another size, asked in turn with this one",
    )
    parser.add_argument("--turns", action="store_true", help=argparse.SUPPRESS)  # what --beside starts there
    given = parser.parse_args(words)
    if given.name != "lifecycle" and (given.beside or given.turns):
        parser.error("--beside is for lifecycle alone")
    return given


def main(words: list[str]) -> int:
    given = asked(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
    django.setup()
    owner_django()
    names = NAMES if given.name == "all" else (given.name,)
    size = given.size or ("short" if given.name == "all" else "full")
    modules = [import_module(f"baoji.operate.bench.{name.replace('-', '_')}") for name in names]
    try:
        series = import_module("baoji.operate.bench.series")  # its imports need Django set up
        code: int = (
            series.turns(modules[0], size)
            if given.turns
            else series.series(
                given.name,
                modules,
                size=size,
                at=tuple(given.at),
                beside=given.beside,
                as_json=given.json,
            )
        )
        return code
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
