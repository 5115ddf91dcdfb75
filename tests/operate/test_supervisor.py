"""The supervisor with small stand-in programs."""

import os
import signal
import sys
from pathlib import Path

import pytest
from tests.operate.watching import eventually, lives

from baoji.operate.errors import Stopped, Trouble
from baoji.operate.program import Program
from baoji.operate.supervise import Supervisor

SLEEPER = "import time; time.sleep(600)"
PARENT = (
    "import subprocess, sys, time;"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('grandchild', p.pid, flush=True); time.sleep(600)"
)


def program(tmp_path: Path, name: str, code: str, **more: object) -> Program:
    return Program(name, (sys.executable, "-c", code), tmp_path / f"{name}.log", **more)  # type: ignore[arg-type]


def grandchild(log: Path) -> int:
    assert eventually(lambda: log.exists() and "grandchild" in log.read_text())
    return int(log.read_text().split()[-1])


def test_a_killed_program_is_back_within_five_seconds(tmp_path: Path, supervisor: Supervisor) -> None:
    web = supervisor.add(program(tmp_path, "web", SLEEPER))
    first = web.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_until(lambda: web.pid not in (None, first), patience=5)


def test_what_a_killed_main_process_started_is_gone_before_it_comes_back(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    web = supervisor.add(program(tmp_path, "web", PARENT))
    orphan = grandchild(tmp_path / "web.log")
    first = web.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_until(lambda: web.pid not in (None, first), patience=5)
    assert eventually(lambda: not lives(orphan))


def test_the_third_death_within_a_minute_ends_it_and_says_why(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.add(program(tmp_path, "other", SLEEPER))
    supervisor.add(program(tmp_path, "worker", "raise SystemExit('the queue is on fire')"))
    with pytest.raises(Trouble) as caught:
        supervisor.wait_until(lambda: False, patience=30)
    assert "worker died 3 times within a minute" in str(caught.value)
    assert "the queue is on fire" in str(caught.value)
    assert [line.split()[0] for line in said] == ["worker", "worker"]


def test_deaths_that_lie_far_apart_are_forgiven(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(tell=said.append, within=0.1)
    try:
        supervisor.add(program(tmp_path, "web", "import time; time.sleep(0.3); raise SystemExit(1)"))
        supervisor.wait_until(lambda: len(said) >= 4, patience=15)
        assert len(said) >= 4
    finally:
        supervisor.stop()


def test_users_of_the_database_wait_for_it_and_are_not_blamed(tmp_path: Path, supervisor: Supervisor) -> None:
    open_gate = tmp_path / "open"
    supervisor.add(program(tmp_path, "postgres", SLEEPER, is_database=True, is_ready=open_gate.exists))
    web = supervisor.add(
        program(tmp_path, "web", f"import os, sys; sys.exit(0 if os.path.exists('{open_gate}') else 1)")
    )
    assert not supervisor.wait_until(lambda: len(web.deaths) > 0, patience=1.5)
    open_gate.touch()
    assert supervisor.wait_until(lambda: len(web.deaths) > 0, patience=5)


def test_stop_ends_everything_it_started_and_nothing_else(tmp_path: Path, supervisor: Supervisor) -> None:
    stranger = Supervisor()
    kept = stranger.add(program(tmp_path, "stranger", SLEEPER))
    try:
        supervisor.add(
            program(
                tmp_path,
                "stubborn",
                "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)",
                patience=0.5,
            )
        )
        supervisor.add(program(tmp_path, "web", PARENT))
        orphan = grandchild(tmp_path / "web.log")
        pids = [pid for pid in supervisor.pids().values() if pid]
        supervisor.stop()
        assert len(pids) == 2
        assert eventually(lambda: not any(lives(pid) for pid in (*pids, orphan)))
        assert kept.is_alive()
    finally:
        stranger.stop()


def test_a_step_is_ended_when_we_are_asked_to_end(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.guards.append(lambda: setattr(supervisor, "stopping", (tmp_path / "began").exists()))
    code = (
        f"import time; open('{tmp_path}/began', 'w').write(str(__import__('os').getpid())); time.sleep(600)"
    )
    with pytest.raises(Stopped):
        supervisor.run_step([sys.executable, "-c", code], env=dict(os.environ), cwd=tmp_path)
    assert eventually(lambda: not lives(int((tmp_path / "began").read_text())))


def test_a_step_that_fails_gives_its_code(tmp_path: Path, supervisor: Supervisor) -> None:
    assert supervisor.run_step([sys.executable, "-c", "raise SystemExit(7)"], env={}, cwd=tmp_path) == 7
