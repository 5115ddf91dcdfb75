"""Plays the city: events in the order of simulated time, each act through the same door as a person's."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.flow.run import key_of
from baoji.kernel.identity.callers import Caller, caller
from baoji.systems.urban.actions.timers import fire_due
from baoji.systems.urban.public import perform, take_report
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.simulate import season
from baoji.systems.urban.simulate.agenda import Agenda
from baoji.systems.urban.simulate.arrivals import Arrival, Reporters
from baoji.systems.urban.simulate.conduct_check import plan
from baoji.systems.urban.simulate.moves import MINUTE, Life, Look, Move
from baoji.systems.urban.simulate.pictures import Album, scene_of
from baoji.systems.urban.simulate.town import town
from baoji.systems.urban.simulate.voices import speak, word_on

log = logging.getLogger("baoji.urban.simulate")
MOST_REFUSALS = 6
FIRE_AT_ONCE = 200
NEXT_TIMER = "SELECT due_at FROM flow_timer WHERE case_id > %s AND due_at > %s AND due_at <= %s ORDER BY due_at LIMIT 1"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)
OPEN_CASES = """
SELECT c.id, r.kind, r.class_code, r.component FROM flow_case c JOIN urban_report r ON r.case_id = c.id
 WHERE c.flow = 'urban' AND c.status IN ('open', 'suspended') AND r.simulated AND NOT c.notes ? 'bulk' ORDER BY c.id
"""


class Play:
    """`ours_timers`: whether due timers are fired here, with simulated time, instead of by the worker.

    `apart` is the id of a case: those up to it are left alone, their timers too. `observe` is told of each case that moved.
    """

    def __init__(
        self,
        *,
        seed: int,
        reports_per_day: float,
        start: datetime,
        ours_timers: bool = True,
        apart: int = 0,
        observe: Callable[[int], None] | None = None,
        last_report: datetime | None = None,
    ) -> None:
        self.rng = Random(seed)
        self.town = town()
        self.agenda = Agenda()
        self.album = Album(start)
        self.lives: dict[int, Life] = {}
        self.busy: set[str] = set()
        self.reporters = Reporters(self.town, self.rng, self.busy)
        self.reports_per_day = reports_per_day
        self.start = start
        self.ours_timers = ours_timers
        self.apart = apart
        # Inside one long transaction, timers taken away stay in the way of a search from the beginning.
        self.fired_to = BEGINNING
        self.observe = observe or (lambda case_id: None)
        self.last_report = last_report or FOREVER
        self.acts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.timers = 0
        self.latest = ""  # the last act in words, for those who watch
        self._day(start)
        if not apart:
            self._take_up()

    # The course of time ------------------------------------------------------

    def run(self, until: datetime, before: Callable[[datetime], bool]) -> None:
        """Plays events up to `until`. `before` is called with each event's time; False from it ends the play there."""
        while (at := self.agenda.next_at()) is not None and at <= until:
            if not before(at):
                return
            self._fire(at)
            event = self.agenda.pop()
            event.run(event.at)
        self._fire(until)

    def _fire(self, until: datetime) -> None:
        while self.ours_timers:
            due = sql.value(NEXT_TIMER, [self.apart, self.fired_to, until])
            if due is None:
                return
            self.timers += fire_due(due, FIRE_AT_ONCE, self.apart, waits=True)
            if self.apart:
                self.fired_to = due

    def _day(self, at: datetime) -> bool:
        """Draws the reports of a day and turns up again at the next midnight."""
        day = at.astimezone(self.town.calendar.tz).date()
        for _n in range(
            season.reports_on(day, self.reports_per_day, self.town.calendar.is_workday, self.rng)
        ):
            door = season.a_door(self.rng)
            when = self._midnight(day) + timedelta(seconds=season.second_of_day(door, self.rng))
            if at <= when <= self.last_report:
                self.agenda.add(when, lambda now, door=door: self._report(door, now))  # type: ignore[misc]
        self.agenda.add(self._midnight(day + timedelta(days=1)), self._day)
        return False

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.town.calendar.tz)

    def _take_up(self) -> None:
        """Open cases of an earlier run go on; what became overdue meanwhile comes in the first hours."""
        for id_, kind, code, component in sql.tuples(OPEN_CASES):
            loaded = load_by_id(id_)
            life = Life(loaded.case, loaded.extra, scene_of(kind, code), (kind, code), thing=component)
            self.lives[id_] = life
            if component:
                self.busy.add(component)
            self.agenda.add(self.start + MINUTE * self.rng.uniform(1, 120), partial(self._look, life))

    # Reports -----------------------------------------------------------------

    def _report(self, door: str, now: datetime) -> bool:
        arrival = self.reporters.arrival(door, now)
        if arrival is None:
            return False
        files = self.album.take(self.rng, arrival.scene, arrival.photos)
        true_class = arrival.draft.class_code
        try:
            taken = take_report(
                by=arrival.by,
                draft=arrival.draft,
                now=now,
                files=files,
                simulated=True,
                salt=f"{self.rng.getrandbits(64):016x}",
            )
        except Refused as refused:
            self._note_refusal("report", refused)
            return False
        self.acts["report"] += 1
        self.latest = f"{now.astimezone(self.town.calendar.tz):%H:%M:%S} {taken.number} report ({door})"
        self.observe(taken.id)
        self._live(taken.id, taken.number, arrival, true_class, now)
        return True

    def _live(self, id_: int, number: str, arrival: Arrival, true_class: str, now: datetime) -> None:
        loaded = load_by_id(id_)
        stubborn = self.rng.random() < 0.008
        life = Life(
            loaded.case,
            loaded.extra,
            arrival.scene,
            (arrival.draft.kind, true_class),
            arrival.twin_of,
            stubborn,
            arrival.thing,
        )
        self.lives[id_] = life
        if arrival.thing:
            self.busy.add(arrival.thing)
        if not arrival.twin_of and not arrival.draft.self_disposed:
            self.reporters.recent.append((number, arrival.draft, now))
        self._plan(life, now)

    # Acts --------------------------------------------------------------------

    def _plan(self, life: Life, now: datetime) -> None:
        moves = plan(Look(life, now, self.rng, self.town))
        for move in moves:
            epoch = life.epoch
            at = max(move.at, now)
            self.agenda.add(at, lambda then, move=move, epoch=epoch: self._move(life, move, epoch, then))  # type: ignore[misc]
        if not moves:
            self._forget(life)

    def _forget(self, life: Life) -> None:
        self.lives.pop(life.case.pk, None)
        self.busy.discard(life.thing)

    def _look(self, life: Life, now: datetime) -> bool:
        """Reads the case again, because somebody else has moved it, and plans anew."""
        loaded = load_by_id(life.case.pk)
        life.case, life.extra = loaded.case, loaded.extra
        self.observe(life.case.pk)
        life.epoch += 1
        self._plan(life, now)
        return False

    def _move(self, life: Life, move: Move, epoch: int, now: datetime) -> bool:
        if epoch != life.epoch:
            return False
        if not move.act:
            return self._look(life, now)
        look = Look(life, now, self.rng, self.town)
        by = self._actor(move.by, look)
        more = move.fill(look) if move.fill else {}
        if by is None or more is None:
            return False if move.side else self._later(life, now)
        return self._do(look, move, by, {**move.facts, **more})

    def _do(self, look: Look, move: Move, by: Caller, facts: dict[str, object]) -> bool:
        life = look.life
        files = self.album.take(self.rng, "done" if move.shows_done else life.scene, move.photos)
        left = key_of(life.case)
        try:
            doing = perform(
                number=life.case.number, act=move.act, by=by, facts=facts, now=look.now, files=files
            )
        except Refused as refused:
            self._note_refusal(move.act, refused)
            life.twin_of = ""
            return False if move.side else self._later(life, look.now)
        self.acts[move.act] += 1
        self.latest = (
            f"{look.now.astimezone(self.town.calendar.tz):%H:%M:%S} {life.case.number} {move.act} ({by.code})"
        )
        self.observe(life.case.pk)
        life.case, life.extra, life.refusals = doing.case, doing.extra | doing.report_changes, 0
        moved = key_of(doing.case) != left or doing.left != left
        if moved or move.act in {"verify_request", "check_request"}:
            life.epoch += 1
            self._plan(life, look.now)
        if move.act == "close" and (word := word_on(life.case, look.now)) is not None:
            self.agenda.add(word[0], lambda then: self._speak(life, word[1], then))
        return True

    def _speak(self, life: Life, word: str, now: datetime) -> bool:
        """The reporter's word on a closed case; whoever calls it not fixed has somebody look again."""
        if not speak(life.case.pk, word, life.case.source, now):
            return False
        self.acts["not_fixed"] += 1
        self.lives[life.case.pk] = life
        return self._look(life, now)

    def _later(self, life: Life, now: datetime) -> bool:
        """Refused, or nobody there to act: looks at the case as it is now, a little later; gives up after a few times."""
        life.refusals += 1
        if life.refusals > MOST_REFUSALS:
            log.warning("case %s is left at %s", life.case.number, key_of(life.case))
            self._forget(life)
            return False
        life.epoch += 1
        self.agenda.add(now + MINUTE * self.rng.uniform(5, 30), lambda then: self._look(life, then))
        return False

    def _note_refusal(self, act: str, refused: Refused) -> None:
        self.refused[f"{act}: {refused.code}"] += 1
        log.debug("%s refused: %s %s %s", act, refused.code, refused.message, refused.errors)

    def _actor(self, by: str, look: Look) -> Caller | None:
        case = look.case
        who, _colon, what = by.partition(":")
        if who == "@asked":
            return caller(case.holder_person_id) if case.holder_person_id else None
        if who == "@reporter":
            return caller(case.reporter_id) if case.reporter_id else None
        if who in {"@body", "@crew", "@handler"}:
            org = {"@body": case.body_id, "@crew": case.holder_org_id}.get(who) or int(what or 0)
            worker = self.town.at_org.get(("crew" if who == "@crew" else "handler", org))
            return self.town.call(worker) if worker else None
        if who == "@fresh":
            involved = {person for acted in case.people.values() for person in acted} | {case.reporter_id}
            free = [worker for worker in self.town.workers.get(what, []) if worker.id not in involved]
            return self.town.call(self.rng.choice(free)) if free else None
        found = self.town.on_duty(by, look.now, self.rng)
        return self.town.call(found) if found else None


LAST_ACT = "SELECT max(c.last_at) FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE r.simulated"


def last_act() -> datetime | None:
    """When the last act was on a case that a run or a bulk load made: a new run begins there. What people reported is left alone."""
    found: datetime | None = sql.value(LAST_ACT)
    return found
