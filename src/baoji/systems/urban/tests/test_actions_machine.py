"""Any sequence of legal and illegal acts by everybody in town; what must always hold is looked at after each.

Hypothesis draws the sequences, the same ones each time, and shortens one that fails to the acts that matter.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.town import (
    EVENT_PLACE,
    NOW,
    OTHER_COVER,
    do,
    loaded,
    offered_to,
    player,
    rebuff,
    refusal,
    report,
    walk,
    where,
    who,
)

from baoji.kernel.audit.queries import verify
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.flow.models import Case, Record, Timer
from baoji.kernel.flow.told import told
from baoji.kernel.identity.callers import caller
from baoji.systems.urban import public
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.queries.score_check import differences
from baoji.systems.urban.queries.view import timeline
from baoji.systems.urban.rules.table import FLOW
from baoji.systems.urban.tests.consistency import OFFENDERS, offenders

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
    "handler.D02",
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
# Where the cases stand that each sequence begins with, and what was reported by whom.
LOUD = {"condition": 1}
STARTS: list[tuple[str, str, dict[str, Any]]] = [
    ("collect/reported", "officer.001", LOUD),
    ("collect/reported", "hotline.1", {}),
    ("file/verifying", "collector.02", {}),
    ("dispatch/filed", "collector.01", LOUD),
    ("dispatch/arbitrating", "officer.001", {}),
    ("handle/handling", "collector.01", LOUD),
    ("handle/handling", "hotline.1", {}),
    ("handle/suspended", "collector.03", {}),
    ("feedback/answered", "collector.01", LOUD),
    ("check/checking", "officer.001", {}),
    ("evaluate/closed", "collector.01", {}),
]
# Words change little, and an end ends a case: both are rarer than what moves it on.
RARE = {"opinion", "urge", "take"}
ENDS = {"reject", "decline", "void", "withdraw", "settle", "merge", "refer_back", "recall"}
# What an offered act may be told besides what the system proposes.
BODIES = ["D29", "D38", "D02", "P610302"]
CHOICES: dict[str, list[dict[str, Any]]] = {
    "correct": [
        {"address": "经二路 9 号"},
        {"kind": "component", "class": "0103"},
        {"kind": "event", "class": "0110"},
        {"component": OTHER_COVER},
        {"location": EVENT_PLACE},
    ],
    "dispatch": [
        {},
        {"to": "D29"},
        {"to": "D38", "co_handlers": ["D02"]},
        {"to": "D29", "co_handlers": ["D38", "D02"]},
    ],
    "arbitrate": [{}, *({"to": body} for body in BODIES)],
    "check_answer": [{}, {}, {"fixed": False}],
    "verify_answer": [{}, {"found": False}],
    "suspend_request": [{}, {"kind": "defer"}],
    **dict.fromkeys(("extend_decide", "suspend_decide", "appeal_decide"), [{}, {}, {"grant": False}]),
}
# Depends on the day of the test.
LEFT_OUT = {"nothing lies in the future", "an open case with a limit ahead has its timer"}
# Minutes between two acts; the machine's clock may also be set back.
WAITS = st.sampled_from([1, 1, 5, 30, 240, 2000, -60])
TURNS = st.sampled_from([*["offered"] * 6, "other", "fact", "version", "photos"])
TRIES = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(FLOW.names)))
# What stands in the database of the cases and their surroundings, in words: no refusal may change a letter of it.
EVERYTHING = " UNION ALL ".join(
    f"SELECT '{table}', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
    for table in (
        "flow_case",
        "flow_record",
        "flow_timer",
        "flow_party",
        "flow_attachment",
        "urban_report",
        "urban_serial",
        "audit_entry",
        "notices_notice",
    )
)
REFUSABLE = {"merge", "correct"}  # they are offered, and what they are told may still not do
SIDED = {act.name for act in FLOW.acts if not act.neutral}
CASES: list[str] = []  # the numbers of those that begin at STARTS
SEEN: Counter[str] = Counter()  # what the sequences came through


def everything() -> list[tuple[Any, ...]]:
    return sql.tuples(EVERYTHING)


class Loop(RuleBasedStateMachine):
    """A few cases, the time, and everybody in town. Each sequence is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.savepoint()
        self.now, self.looked = NOW + timedelta(minutes=1), NOW
        self.numbers: list[str] = []
        self.touched: set[str] = set()

    def teardown(self) -> None:
        try:
            if self.numbers:
                found = {name: wrong for name, query in OFFENDERS.items() if (wrong := offenders(query))}
                assert not found.keys() - LEFT_OUT - self._mixed(), found
                told = [
                    one.said for one in differences(NOW - timedelta(days=1), self.now + timedelta(days=1))
                ]
                assert told == [], "the records tell every figure and clock"
                assert connection.connection is not None
                assert verify(connection.connection).findings == []
        finally:
            transaction.savepoint_rollback(self.undo)

    def _mixed(self) -> set[str]:
        """Who acted on two cases on two sides stands on both once these are merged, and acts on neither any more."""
        merged = Record.objects.filter(act="absorb").exists()
        return {"nobody acted on two sides of a case"} if merged else set()

    @initialize(numbers=st.lists(st.sampled_from(range(len(STARTS))), min_size=1, max_size=4, unique=True))
    def begin(self, numbers: list[int]) -> None:
        self.numbers = [CASES[n] for n in numbers]
        self.touched |= set(self.numbers)

    # What may happen ------------------------------------------------------------------

    @rule(minutes=WAITS, until_due=st.booleans())
    def the_worker_looks(self, minutes: int, until_due: bool) -> None:
        """At any time, or when the next limit has just passed."""
        due = [at for number in self.numbers if (at := loaded(number).case.due_at) and at > self.now]
        self.now = min(due) if until_due and due else self.now
        self.now += timedelta(minutes=minutes)
        while fired := fire_due(self.now):
            SEEN["fired"] += fired
        self.looked = max(self.looked, self.now)
        self.touched |= set(self.numbers)

    @rule(data=st.data(), turns=st.lists(st.tuples(WAITS, TURNS), min_size=1, max_size=8))
    def people_act(self, data: st.DataObject, turns: list[tuple[int, str]]) -> None:
        """One after the other: they do what is offered to them, try what is not, or do it wrongly."""
        for minutes, turn in turns:
            self.now += timedelta(minutes=minutes)
            {"offered": self._act, "other": self._try}.get(turn, self._blunder)(data, turn)
            self.every_case_is_as_it_must_be()

    def _act(self, data: st.DataObject, _turn: str) -> None:
        number, person, offered = self._somebody(data)
        if not offered:
            return
        weighted = [act for act in offered for _n in range(1 if act in RARE else 3 if act in ENDS else 8)]
        act = data.draw(st.sampled_from(weighted), label="act")
        facts = dict(data.draw(st.sampled_from(CHOICES.get(act, [{}])), label="facts"))
        if act == "merge":
            facts["into"] = data.draw(st.sampled_from(self.numbers), label="into")
        self._do(number, person, act, facts)

    def _do(self, number: str, person: str, act: str, facts: dict[str, Any]) -> None:
        left, held = where(number), loaded(number).case.left_step
        before = everything() if act in REFUSABLE else None
        note(f"{number} {left}: {person} {act} {facts}")
        try:
            doing = do(number, person, act, now=self.now, **facts)
        except Refused as refused:
            assert act in REFUSABLE, f"{act} is offered and refused: {refused.code} {refused.message}"
            assert everything() == before
            SEEN["facts refused"] += 1
            return
        may = {left if to == "=" else held if to == "<" else to for to in doing.act.to.values()}
        assert where(number) in may, "it leads where the table says"
        SEEN["done"] += 1
        SEEN[where(number)] += 1
        self.touched |= {number, facts.get("into", number)} | set(self.numbers if act == "unmerge" else ())

    def _try(self, data: st.DataObject, _turn: str) -> None:
        """What is not offered is refused before what was sent with it is read, and changes nothing."""
        number, before = data.draw(st.sampled_from(self.numbers), label="case"), everything()
        for person, act in data.draw(st.lists(TRIES, min_size=1, max_size=4), label="tries"):
            if act not in offered_to(number, person, self.now):
                assert rebuff(number, person, act, now=self.now) not in {None, "validation", "photo-required"}
                SEEN["refused"] += 1
        assert everything() == before

    def _blunder(self, data: st.DataObject, wrong: str) -> None:
        """What is offered, with a fact too many, an old version or too many photos."""
        number, person, offered = self._somebody(data)
        if not offered:
            return
        act, before = data.draw(st.sampled_from(offered), label="act"), everything()
        assert self._wrongly(number, person, act, wrong) == {"version": "stale"}.get(wrong, "validation")
        assert everything() == before
        SEEN[f"wrong {wrong}"] += 1

    def _wrongly(self, number: str, person: str, act: str, wrong: str) -> str | None:
        if wrong == "photos":
            more = {"into": self.numbers[0]} if act == "merge" else CHOICES.get(act, [{}])[0]
            return refusal(number, person, act, now=self.now, pictures=10, **more)
        version = loaded(number).case.version - (wrong == "version")
        facts = {"surprise": "!"}
        try:
            public.perform(number=number, act=act, by=who(person), facts=facts, now=self.now, version=version)
        except Refused as refused:
            return refused.code
        return None

    def _somebody(self, data: st.DataObject) -> tuple[str, str, list[str]]:
        """A case, somebody (mostly at the desk where it lies) and what is offered to them."""
        number = data.draw(st.sampled_from(self.numbers), label="case")
        anybody = data.draw(st.integers(0, 4), label="anybody") == 4
        person = data.draw(st.sampled_from(PEOPLE if anybody else [*self._desk(number)]), label="person")
        return number, person, sorted(offered_to(number, person, self.now))

    def _desk(self, number: str) -> Iterator[str]:
        found = loaded(number).case
        asked = caller(found.holder_person_id) if found.holder_person_id else None
        if asked is not None:
            yield asked.code
        elif found.holder_org_id:
            yield player(number, "@body")
            yield "commander.1"
        else:
            yield from (person for person in PEOPLE if person.startswith(found.holder_post or "chief"))

    # What always holds ------------------------------------------------------------------

    @invariant()
    def every_case_is_as_it_must_be(self) -> None:
        for number in sorted(self.touched):
            with_report = loaded(number)
            found = with_report.case
            _check_place(found, with_report.extra)
            _check_timers(found, with_report.extra, self.looked)
            _check_clock(found)
            _check_records(found)
            _check_sides(found)
        self.touched.clear()


def _check_place(found: Case, extra: dict[str, Any]) -> None:
    """One owner while it is open; ended: none, nothing due, nothing asked but an appeal or a reply, no light."""
    step = FLOW.step(f"{found.stage}/{found.step}")
    holders = [bool(found.holder_post), found.holder_org_id is not None, found.holder_person_id is not None]
    assert found.status == step.status
    assert sum(holders) == (1 if step.is_open else 0)
    assert (found.closed_at is None) == step.is_open
    if step.is_open:
        return
    assert (found.due_at, found.near_at) == (None, None)
    assert found.pending.keys() <= ({"appeal", "supervise"} if found.status == "closed" else set())
    assert public.summary(who("chief.1"), found, extra, found.last_at + timedelta(days=99))["light"] is None


def _check_timers(found: Case, extra: dict[str, Any], looked: datetime) -> None:
    """One set of timers, that of the step and of what is asked; what came due rang when the worker looked."""
    timers = dict(Timer.objects.filter(case=found).values_list("kind", "due_at"))
    asked = found.pending.get("supervise")
    assert "reply" not in timers or timers["reply"] == datetime.fromisoformat(asked["reply_by"])
    if found.status not in {"open", "suspended"}:
        ahead = asked and datetime.fromisoformat(asked["reply_by"]) > looked
        assert timers.keys() - {"appeal"} == ({"reply"} if ahead else timers.keys() & {"reply"})
        assert "appeal" not in timers or "appeal" in found.pending
        return
    assert ("wake" in timers) == (found.status == "suspended")
    assert timers.get("near") in {None, found.near_at}
    if found.due_at is None:
        assert not timers.keys() & {"near", "due", "twice"}
    elif "due" in timers:
        assert timers["due"] == found.due_at and "twice" not in timers
    else:
        assert found.due_at <= looked, "a limit ahead has its timer"
    condition = public.book().by_id.get(extra["condition_id"] or 0)
    stages = {f"m{stage.n}" for stage in (condition.milestones if condition and found.dispatched_at else ())}
    rest = timers.keys() - {"near", "due", "twice", "wake", "reply"}
    waited = {"extend", "suspend"} & found.pending.keys() | ({"sign"} if found.step == "to_sign" else set())
    assert rest <= stages - {f"m{n}" for n in extra["milestones"]} | waited


def _check_clock(found: Case) -> None:
    step = f"{found.stage}/{found.step}"
    if step in {"handle/to_sign", "handle/handling"}:
        assert (found.clock, found.due_at) == ("running", found.clock_due_at)
    elif step == "handle/suspended":
        assert (found.clock, found.due_at) == ("paused", None)
    elif found.stage in {"feedback", "check"} and found.status == "open":
        assert found.clock == "stopped"
    elif found.stage in {"collect", "file"}:
        assert (found.clock, found.body_id) == ("none", None)
    assert found.clock_used_s >= 0
    assert found.clock_credit_s >= 0
    assert found.extensions <= 2
    assert found.body_id not in found.co_bodies
    assert set(found.co_answered) <= set(found.co_bodies)


def _check_records(found: Case) -> None:
    """The records are the timeline: numbered, in order, each beginning where the last one ended."""
    rows = list(
        Record.objects.filter(case=found).order_by("n").values_list("n", "from_step", "to_step", "at", "act")
    )
    assert [row[0] for row in rows] == list(range(1, found.records + 1))
    assert [row[1] for row in rows[1:]] == [row[2] for row in rows[:-1]]
    assert (rows[-1][2], rows[-1][3]) == (f"{found.stage}/{found.step}", found.last_at)
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)
    lines = timeline(who("head.1"), found, told(found.pk)[0].records)
    assert [(line["n"], line["act"], line["at"]) for line in lines] == [
        (row[0], row[4], row[3]) for row in rows
    ]


def _check_sides(found: Case) -> None:
    """Two axes: whoever acted for a side, also through a deputy, is known there, and nobody acted for two."""
    acted: dict[str, set[int]] = {}
    for act, side, by, behalf in Record.objects.filter(case=found).values_list(
        "act", "side", "by_id", "on_behalf_of_id"
    ):
        if side not in {"", "system"} and act in SIDED:
            acted.setdefault(side, set()).update({by, behalf} - {None})
    sides = list(acted.values())
    assert sum(len(side) for side in sides) == len(set().union(*sides)), "nobody acted on two sides"
    for side, people in acted.items():
        assert people <= set(found.people.get(side, [])) | {found.reporter_id}


def _begun(step: str, by: str, more: dict[str, Any]) -> str:
    """A case that stands there; the one to be arbitrated has co-handlers."""
    number = report(by, component=OTHER_COVER, **more)
    if step == "dispatch/arbitrating":
        walk(number, "dispatch/returned")
        for _n in range(2):
            do(number, "dispatcher.1", "dispatch", co_handlers=["D38", "D02"])
            do(number, "@body", "return")
    return walk(number, step)


@pytest.mark.thorough
@pytest.mark.timeout(900)  # a sequence that fails is shortened, which takes longer than finding it
def test_whatever_happens_what_must_hold_holds() -> None:
    SEEN.clear()
    CASES[:] = [_begun(*start) for start in STARTS]
    SEEN.update(step for step, _by, _more in STARTS)
    run_state_machine_as_test(
        Loop,
        settings=settings(
            max_examples=16,
            stateful_step_count=16,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert SEEN["done"] > 150 and SEEN["refused"] > 40 and SEEN["fired"] > 20, SEEN
    assert all(SEEN[f"wrong {kind}"] for kind in ("fact", "version", "photos"))
    steps = [step.key for step in FLOW.steps if SEEN[step.key]]
    assert len(steps) > 15, f"they came through the loop and to its ends: {steps}"
