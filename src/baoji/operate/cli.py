"""`baoji`: the operators' command. Each subcommand is a file in `operate/commands`, imported when used."""

import importlib
import os

import click
import django

from baoji.operate.errors import Trouble

# Name, and what the overview says of it; operate/commands/<name>.py holds a click command `command`.
COMMANDS = (
    ("city", "Load, check and report the city's master data."),
    ("simulate", "Let the city live: past days at full speed, or now."),
    ("token", "Make and end access tokens for programs."),
    ("open311", "Make and end keys of Open311 programs."),
    ("audit", "Verify the journal."),
    ("evidence", "Take a case's evidence out, and check it anywhere."),
    ("evaluate", "Compute the evaluation of a period."),
    ("suggest", "Teach the proposals of classes, and see how good they are."),
    ("backup", "Save the database and the files."),
    ("restore", "Bring a backup back into an empty installation."),
)
# Those that work without a city set Django up themselves where they need it.
BY_THEMSELVES = frozenset({"evidence"})


class Operators(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name not in BY_THEMSELVES:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
            django.setup()
        command = importlib.import_module(f"baoji.operate.commands.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"operate/commands/{cmd_name}.py: `command` is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(COMMANDS)


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
