"""Our own commands and servers, as words to run."""

import sys
from pathlib import Path

from baoji.operate.layout import CHECKOUT, SOURCES, Layout
from baoji.operate.program import Program

HOST = "127.0.0.1"
CITY = CHECKOUT / "data" / "baoji"


def exists(module: str) -> bool:
    """Whether a module of ours is there, without importing it."""
    relative = Path(*module.split("."))
    return (SOURCES / relative.with_suffix(".py")).exists() or (SOURCES / relative / "__init__.py").exists()


def manage(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "baoji.manage", *words)


def operators(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "baoji.operate.cli", *words)


def has_management_command(name: str) -> bool:
    return any(SOURCES.glob(f"baoji/**/management/commands/{name}.py"))


def granian(app: str, interface: str, *words: str) -> tuple[str, ...]:
    start = (sys.executable, "-m", "granian", "--interface", interface, "--respawn-failed-workers")
    return (*start, "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5", *words, app)


def with_us(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command asks the kernel to be ended should its supervisor be killed."""
    return ("setpriv", "--pdeathsig=TERM", "--", *argv)


def web(layout: Layout, env: dict[str, str], host: str, port: int) -> Program:
    words = ("--host", host, "--port", str(port), "--workers", "2")
    argv = granian(
        "baoji.config.wsgi:application", "wsgi", *words, "--blocking-threads", "4", "--backlog", "2048"
    )
    return Program("web", with_us(argv), layout.log / "web.log", env, CHECKOUT)


def stream(layout: Layout, env: dict[str, str], host: str, port: int) -> Program:
    words = ("--host", host, "--port", str(port), "--workers", "1")
    argv = granian("baoji.config.stream:application", "asgi", *words)
    return Program("stream", with_us(argv), layout.log / "stream.log", env, CHECKOUT)


def worker(layout: Layout, env: dict[str, str]) -> Program:
    argv = (sys.executable, "-m", "baoji.operate.worker")
    return Program("worker", with_us(argv), layout.log / "worker.log", env, CHECKOUT)
