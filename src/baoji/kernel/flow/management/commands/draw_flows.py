"""Writes the flows of the systems switched on to docs/systems/, as their tables draw them."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from baoji.kernel.flow.draw import draw
from baoji.kernel.registry.manifest import manifests

DOCS = Path(__file__).resolve().parents[6] / "docs" / "systems"


class Command(BaseCommand):
    help = "Draw each declared flow to docs/systems/<flow>-flow.md."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=DOCS)

    def handle(self, *args: Any, **options: Any) -> None:
        for manifest in manifests():
            for flow in manifest.flows:
                path = options["folder"] / f"{flow.code}-flow.md"
                path.write_text(draw(flow))
                self.stdout.write(str(path))
