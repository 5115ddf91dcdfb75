import subprocess
import sys

import pytest

from baoji.operate import cli
from baoji.operate.layout import CHECKOUT


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """With settings that cannot be imported: whatever answers has not touched Django."""
    env = {"PYTHONPATH": str(CHECKOUT / "src"), "DJANGO_SETTINGS_MODULE": "nowhere", "PATH": "/usr/bin:/bin"}
    argv = [sys.executable, "-m", "baoji.operate.cli", *words]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def test_the_overview_loads_no_command() -> None:
    done = run("--help")
    assert done.returncode == 0, done.stderr
    listed = [line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    here = [name for name, _ in cli.COMMANDS if (CHECKOUT / f"src/baoji/operate/commands/{name}.py").exists()]
    assert listed == here != []


def test_an_unknown_command_is_refused() -> None:
    done = run("nonsense")
    assert done.returncode == 2
    assert "No such command 'nonsense'" in done.stderr


@pytest.mark.parametrize("name", [name for name, _ in cli.COMMANDS])
def test_a_command_is_imported_when_it_is_used(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode != 0
    assert "nowhere" in done.stderr or "No such command" in done.stderr
