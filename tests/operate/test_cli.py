import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from baoji.operate import cli
from baoji.operate.layout import CHECKOUT

# Settings that cannot be imported: whatever answers needs none of an installation.
BARE = {"PYTHONPATH": str(CHECKOUT / "src"), "DJANGO_SETTINGS_MODULE": "nowhere", "PATH": "/usr/bin:/bin"}


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "baoji.operate.cli", *words]
    return subprocess.run(argv, env=BARE | more, capture_output=True, text=True, check=False)


def test_the_overview_loads_no_command() -> None:
    done = run("--help")
    assert done.returncode == 0, done.stderr
    listed = [line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == [name for name, _ in cli.COMMANDS] != []


def test_the_overview_and_the_folder_agree() -> None:
    """A command without its file, or a file that nobody can call."""
    folder = CHECKOUT / "src/baoji/operate/commands"
    there = {
        path.stem for path in folder.glob("*.py") if re.search(r"^def command\(", path.read_text(), re.M)
    }
    assert {name for name, _ in cli.COMMANDS} == there


def test_an_unknown_command_is_refused() -> None:
    done = run("nonsense")
    assert done.returncode == 2
    assert "No such command 'nonsense'" in done.stderr


# All of them by one interpreter: to start it and to read the packages takes a hundred times as long as a help.
EVERY_HELP = """
import json
from click.testing import CliRunner
from baoji.operate import cli
asked = {name: CliRunner().invoke(cli.baoji, [name, "--help"], prog_name="baoji") for name, _ in cli.COMMANDS}
print(json.dumps({name: [one.exit_code, one.output] for name, one in asked.items()}))
"""


@pytest.fixture(scope="module")
def helps() -> dict[str, tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-c", EVERY_HELP], env=BARE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[int, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", [name for name, _ in cli.COMMANDS])
def test_help_teaches_where_nothing_is_installed(name: str, helps: dict[str, tuple[int, str]]) -> None:
    code, said = helps[name]
    assert code == 0 and f"Usage: baoji {name}" in said, said


@pytest.mark.parametrize(
    "words", [("city", "load"), ("simulate",), ("backup", "x.zip"), ("evidence", "export", "1", "--out", "x")]
)
def test_without_settings_a_sentence_says_which(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "nowhere" in done.stderr and "BAOJI_SECRET_KEY_FILE" in done.stderr


@pytest.mark.slow
def test_a_city_is_checked_where_nothing_is_installed() -> None:
    done = run("city", "check", str(CHECKOUT / "data/baoji"))
    assert done.returncode == 0 and "no complaints" in done.stdout, done.stderr
    assert "no folder /nowhere" in run("city", "check", BAOJI_CITY="/nowhere").stderr


@pytest.mark.parametrize("words", [("city", "report"), ("token", "create", "--person", "x"), ("evaluate",)])
def test_a_database_that_is_down_is_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    down = f"postgresql://baoji@/baoji?host={tmp_path}"
    env = {"DATABASE_URL": down, "DATABASE_OWNER_URL": down, "BAOJI_SECRET_KEY": "test-only"}
    done = run(*words, DJANGO_SETTINGS_MODULE="baoji.config.settings.prod", BAOJI_DATA=str(tmp_path), **env)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("The database does not answer: ")


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from leaves(below, f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize("name", [name for name, _ in cli.COMMANDS])
def test_every_help_teaches_with_an_example(name: str) -> None:
    command = importlib.import_module(f"baoji.operate.commands.{name}").command
    found = list(leaves(command, f"baoji {name}"))
    assert found
    for path, leaf in found:
        said = leaf.get_help(click.Context(leaf, info_name=path))
        assert f"$ {path}" in said, path
