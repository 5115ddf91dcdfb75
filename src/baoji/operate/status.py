"""What runs on a data directory, for people and for programs."""

import json
import ssl
import urllib.error
import urllib.request

from baoji.operate.layout import Layout
from baoji.operate.state import NAMES, State, is_elsewhere, read_state


def answers_ready(url: str | None, *, patience: float = 3.0) -> bool:
    """Whether the city at this address says that it is ready, asked without a proxy."""
    if not url:
        return False
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_unproven())
    )
    try:
        with direct.open(f"{url.rstrip('/')}/readyz", timeout=patience) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _unproven() -> ssl.SSLContext:
    """We ask a process of our own on this machine, and a city's certificate does not name 127.0.0.1."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def facts(layout: Layout) -> dict[str, object]:
    """What `status --json` prints: address, whether it is ready, and the process id of each program."""
    state = read_state(layout)
    if state is None or state.phase == "command":
        state = State(pid=0, phase="down")
    return {
        "url": state.url,
        "ready": answers_ready(state.url),
        "processes": {name: state.processes.get(name) for name in NAMES},
    }


def show(layout: Layout, *, as_json: bool) -> None:
    """Prints what runs here, for a program or for a person."""
    found = facts(layout)
    if as_json:
        print(json.dumps(found))
        return
    state = read_state(layout)
    if state is None or state.phase == "command":
        print(f"Nothing is running on {layout.data}.")
        return
    print(f"Address    {found['url']}  ({'ready' if found['ready'] else 'not ready'})")
    for name in NAMES:
        elsewhere = name == NAMES[0] and is_elsewhere(state)
        missing = "the server in DATABASE_URL" if elsewhere else "not running"
        print(f"{name:<10} {state.processes.get(name) or missing}")
    print(f"Data       {layout.data}\nLogs       {layout.log}")
