"""What is going to happen, in the order of simulated time; ties keep the order in which they were entered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush


@dataclass(order=True)
class Event:
    at: datetime
    n: int
    run: Callable[[datetime], bool] = field(compare=False)


class Agenda:
    """`run` of an event gets the event's own time and says whether an act was done."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._n = 0

    def add(self, at: datetime, run: Callable[[datetime], bool]) -> None:
        self._n += 1
        heappush(self._heap, Event(at, self._n, run))

    def next_at(self) -> datetime | None:
        return self._heap[0].at if self._heap else None

    def pop(self) -> Event:
        return heappop(self._heap)
