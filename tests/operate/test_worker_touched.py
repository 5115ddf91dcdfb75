"""What the worker does about touched cases survives a database that goes while it does it."""

import pytest
from django.db import OperationalError

from baoji.operate.tasks import Touched


class Work:
    def __init__(self, fault: Exception) -> None:
        self.faults, self.done = [fault], list[int]()

    def __call__(self, cases: list[int]) -> None:
        if self.faults:
            raise self.faults.pop()
        self.done += cases


def touched(fault: Exception) -> tuple[Work, Touched]:
    work = Work(fault)
    made = Touched(work, lambda: None)
    made.waiting.extend([1, 2, 1])
    with pytest.raises(type(fault)):
        made()
    made()
    return work, made


def test_what_a_lost_database_cut_off_is_done_when_it_is_back() -> None:
    work, _made = touched(OperationalError("gone"))
    assert work.done == [1, 2]


def test_what_fails_by_itself_holds_up_nothing_behind_it() -> None:
    work, made = touched(RuntimeError("no"))
    assert work.done == [] and not made.waiting
