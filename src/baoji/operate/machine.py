"""Our own commands and servers, as words to run."""

import sys
from pathlib import Path

from baoji.operate.layout import CHECKOUT, Layout
from baoji.operate.program import Program

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
CITY = CHECKOUT / "data" / "baoji"


def manage(*words: str) -> tuple[str, ...]:
    """The command line of a Django command."""
    return (sys.executable, "-m", "baoji.manage", *words)


def operators(*words: str) -> tuple[str, ...]:
    """The command line of an operator's command."""
    return (sys.executable, "-m", "baoji.operate.cli", *words)


def granian(app: str, interface: str, *words: str) -> tuple[str, ...]:
    """The command line of a web server for this application."""
    start = (sys.executable, "-m", "granian", "--interface", interface, "--respawn-failed-workers")
    return (*start, "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5", *words, app)


def with_us(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command asks the kernel to be ended should its supervisor be killed."""
    return ("setpriv", "--pdeathsig=TERM", "--", *argv)


Tls = tuple[Path, Path] | None  # certificate and key


def _with_tls(tls: Tls) -> tuple[str, ...]:
    """TLS 1.2 is for phones of 2017 and before."""
    if tls is None:
        return ()
    return ("--ssl-certificate", str(tls[0]), "--ssl-keyfile", str(tls[1]), "--ssl-protocol-min", "tls1.2")


def web(layout: Layout, env: dict[str, str], host: str, port: int, tls: Tls = None) -> Program:
    """The pages and the API."""
    words = ("--host", host, "--port", str(port), "--workers", "2", *_with_tls(tls))
    argv = granian("baoji.config.web:application", "rsgi", *words, "--loop", "uvloop", "--backlog", "2048")
    return Program("web", with_us(argv), layout.log / "web.log", env, CHECKOUT)


def stream(layout: Layout, env: dict[str, str], host: str, port: int, tls: Tls = None) -> Program:
    """Live updates: connections that stay open, in a process of their own."""
    words = ("--host", host, "--port", str(port), "--workers", "1", *_with_tls(tls))
    argv = granian("baoji.config.stream:application", "asgi", *words)
    return Program("stream", with_us(argv), layout.log / "stream.log", env, CHECKOUT)


def worker(layout: Layout, env: dict[str, str]) -> Program:
    """What happens without anybody asking: timers, seals, jobs, copies of photos."""
    argv = (sys.executable, "-m", "baoji.operate.worker")
    return Program("worker", with_us(argv), layout.log / "worker.log", env, CHECKOUT)
