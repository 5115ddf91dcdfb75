"""What `./dev` does once the machine is prepared: python -m baoji.operate.dev VERB …"""

import argparse
import importlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path

from baoji.operate import machine, status
from baoji.operate.checks import do_check, do_test
from baoji.operate.cluster import APP, OWNER
from baoji.operate.database import apart, given_url, private_cluster, psql_binary
from baoji.operate.errors import Stopped, Trouble
from baoji.operate.layout import CHECKOUT, OURS, PORT, SOURCES, Layout, unusable
from baoji.operate.lend import with_database
from baoji.operate.state import is_held, read_state
from baoji.operate.supervise import say
from baoji.operate.tls.serving import given_files
from baoji.operate.up import Wish, let_go, up, up_detached

MOST_PORT = 65535


def take_data(words: Sequence[str]) -> tuple[Path, list[str]]:
    """--data DIR may stand anywhere before a `--`; the rest is returned as it was."""
    place, rest, left = os.environ.get("BAOJI_DATA") or str(CHECKOUT / "var"), list[str](), list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            return _absolute(place), [*rest, word, *left]
        if word == "--data":
            if not left:
                raise Trouble("--data needs a directory.")
            place = left.pop(0)
        elif word.startswith("--data="):
            place = word.removeprefix("--data=")
        else:
            rest.append(word)
    return _absolute(place), rest


def _absolute(place: str) -> Path:
    if not place:  # a shell's variable that is not set must not mean this directory
        raise Trouble("--data needs a directory.")
    return Path(os.path.abspath(os.path.expanduser(place)))


def do_up(layout: Layout, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev up", description="Start the city and keep it running.")
    parser.add_argument("--port", default=os.environ.get("PORT") or str(PORT))
    parser.add_argument("--host", help="0.0.0.0 to be reached from other machines, as --https assumes")
    parser.add_argument("--https", action="store_true", help="for phones: TLS with an authority of our own")
    parser.add_argument("--detach", action="store_true", help="return as soon as the city is ready")
    parser.add_argument("--empty", action="store_true", help="without the demo city")
    parser.add_argument("--detached-child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    https = asked.https or given_files() is not None
    host = asked.host or (machine.EVERYWHERE if https else machine.HOST)
    wish = Wish(layout, host, _port(asked.port), asked.empty, https)
    if asked.detach:
        return up_detached(wish)
    if asked.detached_child:
        return up(wish, on_ready=lambda: _tell_how_to_stop(layout, then=lambda: let_go(layout)))
    return up(wish, on_ready=lambda: say("Ctrl-C ends it."))


def _port(word: str) -> int:
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) < MOST_PORT:
        raise Trouble(
            f"A port is a number from 1 to {MOST_PORT - 1}, not {word}; live updates take the one after it."
        )
    return int(word)


def _tell_how_to_stop(layout: Layout, then: Callable[[], None]) -> None:
    data = "" if layout.data == CHECKOUT / "var" else f" --data {shlex.quote(str(layout.data))}"
    say(f"It runs in the background; ./dev down{data} ends it.")
    then()


def do_down(layout: Layout, words: list[str]) -> int:
    argparse.ArgumentParser(prog="./dev down", description="End what runs on the data.").parse_args(words)
    if not is_held(layout):
        say(f"Nothing is running on {layout.data}.")
        _end_leftovers(layout)
        return 0
    asked, until = 0, time.monotonic() + 120
    while (state := read_state(layout)) is not None:
        if state.pid not in (0, asked):  # 0: who has just taken the lock has not said yet who it is
            asked = state.pid
            with suppress(ProcessLookupError):
                os.kill(asked, signal.SIGTERM)
        if time.monotonic() > until:
            raise Trouble(f"Process {asked} did not end within two minutes.")
        time.sleep(0.1)
    say("Ended.")
    return 0


def _end_leftovers(layout: Layout) -> None:
    """A supervisor that was killed leaves no database running."""
    if not given_url() and layout.pg.exists():
        private_cluster(layout).end_orphans()


def do_status(layout: Layout, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev status", description="What runs on the data.")
    parser.add_argument("--json", action="store_true")
    status.show(layout, as_json=parser.parse_args(words).json)
    return 0


def do_reset(layout: Layout, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev reset", description="Delete the data of this installation.")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    sure = parser.parse_args(words).yes
    there = [layout.data / name for name in OURS if (layout.data / name).exists()]
    if not there:
        say(f"There is nothing to delete in {layout.data}.")
        return 0
    say("This deletes " + ", ".join(str(path) for path in there) + ".")
    if given_url():
        say("The database in DATABASE_URL is not touched.")
    if not sure and not _agrees():
        say("Nothing was deleted.")
        return 1
    do_down(layout, [])
    for path in there:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if layout.socket_dir.parent != layout.run:
        shutil.rmtree(layout.socket_dir, ignore_errors=True)
    say("Deleted.")
    return 0


def _agrees() -> bool:
    try:
        return input("Type yes to go on: ").strip().lower() in ("yes", "y")
    except EOFError:
        return False


# Commands that work on a file alone: no database is started for them and no data directory made.
BY_THEMSELVES = (["evidence", "verify"], ["city", "check"])
# Commands that may be the first on a data directory.
MAKERS = (["restore"], ["city", "load"])


def do_baoji(layout: Layout, words: list[str]) -> int:
    if words[:2] in BY_THEMSELVES:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCES), *sys.path])}
        return subprocess.run(machine.operators(*words), env=env, check=False).returncode
    if not words or {"-h", "--help"} & set(words):
        layout.prepare()
        cluster = private_cluster(layout)
        env = layout.environment(app_url=cluster.url(APP), owner_url=cluster.url(OWNER))
        return subprocess.run(machine.operators(*words), env=env, check=False).returncode
    makes = any(words[: len(maker)] == maker for maker in MAKERS)
    return with_database(layout, lambda env: machine.operators(*words), makes=makes)


def do_manage(layout: Layout, words: list[str]) -> int:
    return with_database(layout, lambda env: machine.manage(*words))


def do_psql(layout: Layout, words: list[str]) -> int:
    words = words[1:] if words[:1] == ["--"] else words

    def psql(env: dict[str, str]) -> tuple[str, ...]:
        place, password = apart(env["DATABASE_OWNER_URL"])
        env.update(password)
        return (psql_binary(), place, *words)

    return with_database(layout, psql, makes=False)


def do_bench(layout: Layout, words: list[str]) -> int:
    """Benches drive the real server; one that is down runs for the bench's length."""
    importlib.import_module("baoji.operate.bench.__main__").asked(words)  # a wrong name starts nothing
    state = read_state(layout)
    started = state is None or state.phase == "command"
    if started and up_detached(Wish(layout), out=sys.stderr):
        return 1
    try:
        return with_database(layout, lambda env: (sys.executable, "-m", "baoji.operate.bench", *words))
    finally:
        if started:
            with redirect_stdout(sys.stderr):
                do_down(layout, [])


VERBS: dict[str, Callable[[Layout, list[str]], int]] = {
    "up": do_up,
    "down": do_down,
    "status": do_status,
    "reset": do_reset,
    "baoji": do_baoji,
    "manage": do_manage,
    "psql": do_psql,
    "bench": do_bench,
    "check": do_check,
    "test": do_test,
}


def main(words: Sequence[str]) -> int:
    verb, *rest = words
    try:
        data, rest = take_data(rest)
        return _done(verb, Layout(data), rest)
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return 1
    except (Stopped, KeyboardInterrupt):
        return 130


def _done(verb: str, layout: Layout, words: list[str]) -> int:
    try:
        return VERBS[verb](layout, words)
    except OSError as error:
        if Path(str(error.filename)).is_relative_to(layout.data):
            raise unusable(layout.data, error) from error
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
