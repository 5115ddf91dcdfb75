"""A database lent to a command is whole, or the command is not begun."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from baoji.operate import lend
from baoji.operate.errors import Trouble
from baoji.operate.supervise import Supervisor


class Steps:
    """A supervisor whose steps end with these codes, one after another."""

    def __init__(self, *codes: int) -> None:
        self.codes, self.run = list(codes), list[str]()

    def run_step(self, argv: Sequence[str], **_more: Any) -> int:
        self.run.append(next(word for word in argv if word in {"migrate", "grant_app_role"}))
        return self.codes.pop(0)


def made(steps: Steps) -> None:
    lend._make_tables(cast(Supervisor, steps), {})


def test_tables_that_could_not_be_made_end_it() -> None:
    steps = Steps(1, 0)
    with pytest.raises(Trouble, match="failed"):
        made(steps)
    assert steps.run == ["migrate"]


def test_rights_that_could_not_be_given_end_it() -> None:
    with pytest.raises(Trouble, match="failed"):
        made(Steps(0, 3))


def test_what_goes_well_goes_on() -> None:
    steps = Steps(0, 0)
    made(steps)
    assert steps.run == ["migrate", "grant_app_role"]
