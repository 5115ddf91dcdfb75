"""Each web process has a processor of its own, as long as there are enough."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baoji.config.lean import on_one_processor
from baoji.kernel.base.child import SOURCES

TAKES = """
import os, sys, threading
from baoji.config.lean import on_one_processor
held = threading.Event()
threading.Thread(target=held.wait, daemon=True).start()
on_one_processor(sys.argv[1])
print(*sorted({processor for thread in os.listdir("/proc/self/task") for processor in os.sched_getaffinity(int(thread))}), flush=True)
sys.stdin.read()
"""
HERE = os.sched_getaffinity(0)


@contextmanager
def process(folder: Path) -> Iterator[set[int]]:
    """One that takes its place; which processors any of its threads may use."""
    words = [sys.executable, "-c", TAKES, str(folder)]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCES},
    ) as child:
        assert child.stdin and child.stdout
        yield {int(processor) for processor in child.stdout.readline().split()}
        child.stdin.close()


def test_each_takes_another_and_who_finds_none_left_keeps_them_all(tmp_path: Path) -> None:
    taken: list[set[int]] = []

    def take(left: int) -> None:
        with process(tmp_path) as mine:
            taken.append(mine)
            if left:
                take(left - 1)

    take(len(HERE))
    assert [len(mine) for mine in taken[:-1]] == [1] * len(HERE)
    assert set.union(*taken[:-1]) == HERE
    assert taken[-1] == HERE


def test_a_place_is_free_again_when_its_process_ends(tmp_path: Path) -> None:
    with process(tmp_path) as first:
        pass
    with process(tmp_path) as second:
        pass
    assert first == second
    assert len(first) == 1


def test_without_a_folder_nothing_is_done(tmp_path: Path) -> None:
    on_one_processor(str(tmp_path / "none"))
    assert os.sched_getaffinity(0) == HERE
