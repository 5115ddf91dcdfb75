"""A long random walk of legal and illegal acts by everybody in town; what must always hold is looked at after each.

The same seeds give the same walks: a failure names its seed and the acts that led to it.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from tests.town import NOW, OTHER_COVER, do, event, loaded, offered_to, player, rebuff, report, where, who

from baoji.kernel.audit.queries import verify
from baoji.kernel.base.errors import Refused
from baoji.kernel.flow.models import Case, Record, Timer
from baoji.kernel.identity.callers import caller
from baoji.systems.urban import public
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
PEOPLE = [
    "acceptor.1",
    "acceptor.2",
    "chief.1",
    "chief.2",
    "dispatcher.1",
    "dispatcher.2",
    "commander.1",
    "head.1",
    "mayor.1",
    "hotline.1",
    "handler.D29",
    "section.D29-S1",
    "crew.D29.1",
    "handler.D38",
    "handler.P610302",
    "handler.P610303",
    "both.1",
    "deputy.1",
    "deputy.2",
    "deputy.3",
    "deputy.4",
    "collector.01",
    "collector.02",
    "collector.03",
    "officer.001",
    "nobody.1",
    "system",
]
FACTS: dict[str, dict[str, Any]] = {"correct": {"address": "经二路 9 号"}}
ACTS = 150
# Words change little, and an end ends a case: both are rarer than what moves it on.
RARE = {"opinion", "urge", "supervise", "reply", "take", "correct"}
ENDS = {"reject", "decline", "void", "withdraw", "settle", "merge", "refer_back", "recall", "arbitrate"}


class Walk:
    """The state of one walk: its dice, its clock, the cases it plays with and what it has done."""

    def __init__(self, seed: int) -> None:
        self.dice, self.now, self.done = Random(seed), NOW, [f"seed {seed}"]
        self.accepted = 0
        self.numbers = [
            report(),
            report("officer.001", component=OTHER_COVER, condition=1),
            event(),
            report("hotline.1", pictures=0),
        ]

    def step(self) -> str:
        """One act by somebody on some case; mostly what is offered to them, sometimes anything."""
        self.now += timedelta(minutes=self.dice.choice([1, 5, 30, 240, 2000, -60]))
        number = self.dice.choice(self.numbers)
        name = self._somebody(number)
        offered = sorted(offered_to(number, name, self.now))
        legal = bool(offered) and self.dice.random() < 0.85
        act = self._choice(offered) if legal else self.dice.choice(sorted(FLOW.names))
        self.done.append(f"{number} {where(number)} {name} {act}")
        if legal:
            self._act(number, name, act)
        elif act not in offered:
            assert rebuff(number, name, act, now=self.now) is not None
        return number

    def _choice(self, offered: list[str]) -> str:
        weights = [1 if act in RARE else 2 if act in ENDS else 12 for act in offered]
        return self.dice.choices(offered, weights)[0]

    def _somebody(self, number: str) -> str:
        """Mostly somebody at the desk that the case lies on, else anybody."""
        found = loaded(number).case
        asked = caller(found.holder_person_id) if found.holder_person_id else None
        if self.dice.random() < 0.3:
            return self.dice.choice(PEOPLE)
        if asked is not None:
            return asked.code
        if found.holder_org_id:
            return player(number, "@body")
        return self.dice.choice(
            [person for person in PEOPLE if person.startswith(found.holder_post or "chief")]
        )

    def _act(self, number: str, person: str, act: str) -> None:
        facts = dict(FACTS.get(act, {}))
        if (
            act in {"check_answer", "extend_decide", "suspend_decide", "appeal_decide"}
            and self.dice.random() < 0.3
        ):
            facts["fixed" if act == "check_answer" else "grant"] = False
        if act == "merge":
            facts["into"] = self.dice.choice(self.numbers)
        try:
            do(number, person, act, now=self.now, **facts)
            self.accepted += 1
        except Refused as refused:  # a fact may be refused, for instance a case that is merged into itself
            assert act in {"merge", "dispatch", "arbitrate", "pass_on"}, (
                person,
                act,
                refused.code,
                refused.message,
            )


def _check(number: str, now: datetime) -> None:
    found = Case.objects.get(number=number)
    step = FLOW.step(f"{found.stage}/{found.step}")
    assert found.status == step.status
    holders = [bool(found.holder_post), found.holder_org_id is not None, found.holder_person_id is not None]
    assert sum(holders) == (1 if step.is_open else 0), "one owner while it is open, none afterwards"
    timers = dict(Timer.objects.filter(case=found).values_list("kind", "due_at"))
    assert timers.get("due") == found.due_at
    assert ("wake" in timers) == (found.status == "suspended")
    if not step.is_open:
        assert (found.due_at, timers, found.pending) == (
            None,
            {},
            {} if step.key != "evaluate/closed" else found.pending,
        )
        assert found.closed_at is not None
    _check_clock(found, step.key)
    _check_records(found, step.key)
    sides = [set(people) for side, people in found.people.items()]
    assert public.view(who("head.1"), loaded(number), now)["number"] == number
    if not Case.objects.filter(merged_into=found).exists() and "reporters" not in found.notes:
        assert sum(len(side) for side in sides) == len(set().union(*sides)), "nobody stands on two sides"


def _check_clock(found: Case, step: str) -> None:
    if step in {"handle/to_sign", "handle/handling"}:
        assert (found.clock, found.due_at) == ("running", found.clock_due_at)
    elif step == "handle/suspended":
        assert (found.clock, found.due_at) == ("paused", None)
    elif step.split("/")[0] in {"feedback", "check"} and found.status == "open":
        assert found.clock == "stopped"
    elif step.split("/")[0] in {"collect", "file"}:
        assert (found.clock, found.body_id) == ("none", None)
    assert found.clock_used_s >= 0
    assert found.clock_credit_s >= 0
    assert found.extensions <= 2


def _check_records(found: Case, step: str) -> None:
    rows = list(
        Record.objects.filter(case=found).order_by("n").values_list("n", "from_step", "to_step", "at")
    )
    assert [row[0] for row in rows] == list(range(1, found.records + 1))
    assert [row[1] for row in rows[1:]] == [row[2] for row in rows[:-1]], (
        "each act begins where the last one ended"
    )
    assert rows[-1][2] == step
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_long_walk_keeps_what_must_always_hold(seed: int) -> None:
    walk = Walk(seed)
    for _n in range(ACTS):
        number = walk.step()
        try:
            _check(number, walk.now)
        except AssertionError as failed:
            raise AssertionError("\n".join([str(failed), *walk.done[-25:]])) from failed
    assert walk.accepted > ACTS // 3
    reached = set(Record.objects.filter(case__number__in=walk.numbers).values_list("to_step", flat=True))
    assert reached >= {"handle/handling", "feedback/answered", "check/checking"}, (
        "the walk must get through the whole loop"
    )
    assert connection.connection is not None
    assert verify(connection.connection).findings == []
