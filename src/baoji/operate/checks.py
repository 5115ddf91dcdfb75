"""`./dev check` and `./dev test`: everything that must hold before a change is handed over."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from baoji.operate.cluster import OWNER, Cluster, throwaway_home, why_not_ready
from baoji.operate.errors import Trouble
from baoji.operate.layout import CHECKOUT, SOURCES, Layout, socket_dir_for
from baoji.operate.supervise import Supervisor, say

BIN = Path(sys.executable).parent
# Without a database Django warns that it cannot compare with what was applied; here that is meant.
MANAGE_QUIETLY = (sys.executable, "-W", "ignore::RuntimeWarning", "-m", "baoji.manage")
TEST_SETTINGS = "baoji.config.settings.test"
ARCHITECTURE = "tests/architecture"


@dataclass(frozen=True)
class Check:
    """A tool that reads the sources, and how it is called."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a check said, and how long it took to say it."""

    check: Check
    code: int
    seconds: float
    said: str


def checks() -> list[Check]:
    """The slowest first, so that two cores end together."""
    found = [
        Check("mypy --strict", (str(BIN / "mypy"), "--strict", "src/baoji")),
        Check("djlint", (str(BIN / "djlint"), "--lint", "src")),
        Check("architecture", (str(BIN / "pytest"), "-q", "-n", "2", "-p", "no:cacheprovider", ARCHITECTURE)),
        Check("makemigrations --check", (*MANAGE_QUIETLY, "makemigrations", "--check", "--dry-run")),
        Check("lint-imports", (str(BIN / "lint-imports"),)),
        Check("ruff check", (str(BIN / "ruff"), "check", ".")),
        Check("ruff format --check", (str(BIN / "ruff"), "format", "--check", ".")),
    ]
    return [check for check in found if _applies(check)]


def _applies(check: Check) -> bool:
    if check.name == "djlint":
        return any(SOURCES.glob("baoji/**/templates/**/*.html"))
    return check.name != "architecture" or any((CHECKOUT / ARCHITECTURE).glob("test_*.py"))


def run_check(check: Check, env: dict[str, str]) -> Outcome:
    """Runs one check to its end; its two streams are read as one."""
    began = time.monotonic()
    done = subprocess.run(
        check.argv, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return Outcome(check, done.returncode, time.monotonic() - began, done.stdout.decode(errors="replace"))


def do_check(layout: Layout, words: list[str]) -> int:
    argparse.ArgumentParser(prog="./dev check", description="Linters, types, contracts.").parse_args(words)
    return 0 if check_all(layout) else 1


def check_all(layout: Layout) -> bool:
    """Whether every check passed, two at a time; prints each as it ends. None of them may reach a database."""
    layout.prepare()
    env = {**_environment(layout), "DATABASE_URL": "postgresql:///unused?host=/nonexistent"}
    good = True
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(lambda check: run_check(check, env), checks()):
            passed = outcome.code == 0
            good = good and passed
            say(f"{'ok    ' if passed else 'FAILED'} {outcome.check.name}  {outcome.seconds:.1f} s")
            if not passed:
                say("\n".join(f"    {line}" for line in outcome.said.strip().splitlines()[-60:]))
    return good


def _environment(layout: Layout) -> dict[str, str]:
    env = {
        **layout.environment(app_url="", owner_url=""),
        "DJANGO_SETTINGS_MODULE": TEST_SETTINGS,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    # The suite starts dozens of interpreters: each would compile everything anew, and pytest every assertion.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def do_test(layout: Layout, words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./dev test", description="The whole suite; more words go to pytest."
    )
    parser.add_argument(
        "--quick", action="store_true", help="without what is slow or thorough or drives a browser"
    )
    asked, more = parser.parse_known_args(words)
    began = time.monotonic()
    good = check_all(layout)
    if not good:
        say("The checks above failed; the tests run all the same.")
    say(f"Checks took {time.monotonic() - began:.0f} s. Starting a database for the tests …")
    with test_cluster(layout) as (cluster, supervisor):
        env = {**_environment(layout), "BAOJI_DATA": str(cluster.data_dir.parent / "data")}
        env["DATABASE_URL"] = env["DATABASE_OWNER_URL"] = cluster.url(OWNER)
        code = supervisor.run_step(_pytest_words(asked.quick, more), env=env, cwd=CHECKOUT)
    return code or (0 if good else 1)


def _pytest_words(quick: bool, more: list[str]) -> list[str]:
    words = [str(BIN / "pytest"), "--create-db", "--durations=10"]
    if not any((CHECKOUT / word.partition("::")[0]).exists() for word in more if not word.startswith("-")):
        words.append(f"--ignore={ARCHITECTURE}")  # the checks have just run them
    if not any(word.startswith("-n") for word in more):
        # A file's fixtures are made once, and the city of the journeys (tests/together.py).
        words += ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    if quick:
        words += ["-m", "not slow and not browser and not thorough"]
    return [*words, *more]


@contextmanager
def test_cluster(layout: Layout) -> Iterator[tuple[Cluster, Supervisor]]:
    """A cluster that forgets: no fsync, made anew, deleted at the end."""
    layout.prepare()
    home = throwaway_home(layout.data / "test-pg")
    cluster = Cluster(home / "pg", socket_dir_for(home / "run"), home / "postgres.log", durable=False)
    supervisor = Supervisor(tell=say)
    supervisor.catch_signals()
    try:
        cluster.prepare()
        supervisor.add(cluster.program())
        if not supervisor.wait_until(cluster.is_ready, patience=60):
            raise Trouble(f"The tests' database did not become ready: {why_not_ready(cluster)}.")
        cluster.ensure_roles()
        # Tests make roles and databases as they like, as on a developer's own server.
        cluster.sql(f"ALTER ROLE {OWNER} SUPERUSER")
        yield cluster, supervisor
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)
