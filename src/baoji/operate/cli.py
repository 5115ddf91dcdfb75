"""`baoji`: the operators' command. Each subcommand is a file in `operate/commands`, imported when used."""

import importlib
import os

import click
import django

from baoji.operate.errors import Trouble
from baoji.operate.machine import exists

# Name, and what the overview says of it; operate/commands/<name>.py holds a click command `command`.
COMMANDS = (
    ("city", "Load, check and report the city's master data."),
    ("simulate", "Let the city live: past days at full speed, or now."),
    ("token", "Make and end access tokens for programs."),
    ("audit", "Verify the journal."),
    ("evaluate", "Compute the evaluation of a period."),
    ("backup", "Save the database and the files."),
    ("restore", "Bring a backup back into an empty installation."),
)


class Operators(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, _ in COMMANDS if exists(f"baoji.operate.commands.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
        django.setup()
        command = importlib.import_module(f"baoji.operate.commands.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"operate/commands/{cmd_name}.py: `command` is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing any of them."""
        here = set(self.list_commands(ctx))
        rows = [row for row in COMMANDS if row[0] in here]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(cls=Operators, context_settings={"help_option_names": ["-h", "--help"]})
def baoji() -> None:
    """Operate a Digital Baoji installation.

    Inside a checkout use `./dev baoji …`: it sets the environment and starts the database when it is down.
    Elsewhere set DATABASE_URL, DATABASE_OWNER_URL, BAOJI_DATA and BAOJI_SECRET_KEY_FILE.
    """


def main() -> None:
    try:
        baoji(prog_name="baoji")
    except Trouble as trouble:
        raise SystemExit(f"{trouble}") from trouble


if __name__ == "__main__":
    main()
