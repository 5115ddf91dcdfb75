"""The whole loop, and every step of the table, by the town's people with what the system proposes."""

import pytest
from tests.town import new, where

from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("step", [step.key for step in FLOW.steps])
def test_the_people_of_the_town_reach_every_step(step: str) -> None:
    assert where(new(step)) == step
