"""Ports for cities that tests start: below those the machine lends to outgoing connections, apart for each worker."""

import os
import socket
from itertools import count

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_turn = count(os.getpid() % 400)
FIRST, SPAN = 20_000, 3_000


def free_port() -> int:
    """A port whose neighbour is free as well: the live updates take it."""
    while True:
        port = FIRST + _WORKER % 4 * SPAN + next(_turn) * 2 % SPAN
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
