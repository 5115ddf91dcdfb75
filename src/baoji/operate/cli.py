"""`baoji`: the operators' command. Each subcommand is a file in `operate/commands`, imported when used."""

import importlib
from typing import Any

import click
import psycopg
from django.db.utils import OperationalError

from baoji.operate.environment import ready_for_reading
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
# Those that are done without the settings of an installation.
ANYWHERE = frozenset({"city check"})


class Operators(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        trouble = None if cmd_name in BY_THEMSELVES else ready_for_reading()
        command = importlib.import_module(f"baoji.operate.commands.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"operate/commands/{cmd_name}.py: `command` is not a click command")
        if trouble is not None:
            _refuse(command, cmd_name, trouble)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(COMMANDS)


def _refuse(command: click.Command, path: str, trouble: Trouble) -> None:
    """Leaves a command its help; doing it says what is wrong with the settings."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            _refuse(below, f"{path} {name}", trouble)
    elif path not in ANYWHERE:

        def refuse(**_given: Any) -> None:
            raise trouble

        command.callback = refuse


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
    except (OperationalError, psycopg.OperationalError) as error:
        raise SystemExit(_database(error)) from error


def _database(error: Exception) -> str:
    """A server that is not there has no SQLSTATE; one that is says itself what it lacks."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    said = (str(error).strip().splitlines() or [""])[-1]
    if getattr(cause, "sqlstate", None) is None:
        return f"The database does not answer: {said}. Is it running, and does DATABASE_URL name it?"
    return f"The database could not do it: {said}"


if __name__ == "__main__":
    main()
