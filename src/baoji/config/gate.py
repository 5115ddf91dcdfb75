"""Pacing uploads where phones ask how far one is (HEAD), before they send: what a phone has sent is acknowledged soon."""

import asyncio
from collections import deque

YOUNG_S = 0.25
MOST_WAITING = 1000


class Full(Exception):
    """So many wait already that whoever asks is better told to come again."""


class Gate:
    """So many uploads at once between the question and the acknowledgement; others wait in the order they came.

    A place is held for `YOUNG_S` after the answer, again so long once bytes arrive, and while the whole is being kept. An
    upload that arrives slowly holds none meanwhile, so that any number of slow phones hold up nobody.
    """

    def __init__(self, most: int, waiting: int = MOST_WAITING) -> None:
        self._most, self._most_waiting = most, waiting
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._asked: dict[str, Pass] = {}

    async def ask(self, key: str) -> None:
        """Waits for a place, which is kept for the upload under this key for a moment. Raises Full."""
        if self._inside < self._most:
            self._inside += 1
        elif len(self._waiting) >= self._most_waiting:
            raise Full
        else:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._asked[key] = Pass(self, key)
        self._asked[key].holds_on()

    def begin(self, key: str) -> "Pass":
        """The place kept under this key; who has none is not made to wait any more, and counts."""
        held = self._asked.pop(key, None)
        if held is None or not held.counts:
            self._inside += 1
            return Pass(self, key)
        held.stays()
        return held

    def count(self) -> None:
        self._inside += 1

    def leave(self, held: "Pass") -> None:
        if self._asked.get(held.key) is held:
            del self._asked[held.key]
        while self._waiting and self._inside <= self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)  # takes over the place
                return
        self._inside -= 1


class Pass:
    """One upload's place."""

    def __init__(self, gate: Gate, key: str) -> None:
        self.key, self.counts = key, True
        self._gate = gate
        self._timer: asyncio.TimerHandle | None = None

    def holds_on(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(YOUNG_S, self._lapse)

    def stays(self) -> None:
        """It has come, or is being kept."""
        if self._timer is not None:
            self._timer.cancel()
        if not self.counts:
            self.counts = True
            self._gate.count()

    def leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._lapse()

    def _lapse(self) -> None:
        if self.counts:
            self.counts = False
            self._gate.leave(self)
