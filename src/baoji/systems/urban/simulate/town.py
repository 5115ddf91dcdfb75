"""The city as its simulated people know it: who is on shift, what stands where, which body answers for what."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from random import Random
from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.identity.callers import Caller, caller
from baoji.kernel.worktime.calendar import WorkCalendar
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries.proposals import Pattern


class Thing(NamedTuple):
    """A component, as far as somebody who walks past it sees it."""

    code: str
    class_code: str
    state: str


class Spot(NamedTuple):
    lon: float
    lat: float
    address: str


@dataclass(frozen=True)
class Worker:
    id: int
    code: str
    shifts: tuple[Pattern, ...]

    def is_on_shift(self, local: datetime) -> bool:
        return any(_covers(pattern, local) for pattern in self.shifts)


def _covers(pattern: Pattern, local: datetime) -> bool:
    today, at = local.isoweekday(), local.time()
    if pattern.starts < pattern.ends:
        return today in pattern.weekdays and pattern.starts <= at < pattern.ends
    yesterday = (today - 2) % 7 + 1
    return (today in pattern.weekdays and at >= pattern.starts) or (
        yesterday in pattern.weekdays and at < pattern.ends
    )


SHIFTS = f"""
SELECT person_id, weekdays, starts, ends FROM identity_shift
 WHERE (valid_from IS NULL OR valid_from <= {sql.TODAY}) AND (valid_to IS NULL OR valid_to > {sql.TODAY}) ORDER BY id
"""
HOLDERS = f"""
SELECT t.kind, t.organisation_id, p.id, p.code
  FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id JOIN identity_person p ON p.id = h.person_id
 WHERE p.is_active AND NOT h.deputy AND {sql.HELD}
 ORDER BY p.code
"""
# Components that need looking after come first in each grid.
THINGS = """
SELECT unit_grid, code, class_code, state FROM urban_component
 WHERE state IN ('破损', '丢失', '废弃') OR hashtext(code) % 4 = 0 ORDER BY unit_grid, code
"""
SPOTS = """
SELECT g.code, ST_X(a.place), ST_Y(a.place), a.name
  FROM maps_address a JOIN maps_unit_grid g ON ST_Covers(g.place, a.place) AND g.valid_to IS NULL
 WHERE a.kind IN ('plate', 'poi') ORDER BY g.code, a.id
"""
GRIDS = "SELECT collector_id, unnest(unit_grids) FROM urban_responsibility_grid WHERE collector_id IS NOT NULL ORDER BY code"


@dataclass
class Town:
    workers: dict[str, list[Worker]] = field(default_factory=dict)
    at_org: dict[tuple[str, int], Worker] = field(default_factory=dict)
    grids: dict[int, list[str]] = field(default_factory=dict)
    worn: dict[str, list[Thing]] = field(default_factory=dict)
    sound: dict[str, list[Thing]] = field(default_factory=dict)
    spots: dict[str, list[Spot]] = field(default_factory=dict)

    @property
    def calendar(self) -> WorkCalendar:
        return current_calendar()

    @cached_property
    def all_grids(self) -> list[str]:
        return sorted(self.spots)

    def on_shift(self, kind: str, at: datetime) -> list[Worker]:
        local = at.astimezone(self.calendar.tz)
        return [worker for worker in self.workers.get(kind, []) if worker.is_on_shift(local)]

    def on_duty(self, kind: str, at: datetime, rng: Random) -> Worker | None:
        """Somebody of this kind who is on shift; at an hour without a roster, anybody."""
        found = self.on_shift(kind, at) or self.workers.get(kind, [])
        return rng.choice(found) if found else None

    def call(self, worker: Worker) -> Caller | None:
        return caller(worker.id)

    def office(self, at: datetime, rng: Random) -> datetime:
        """The same instant in office hours; else some minutes after the next opening."""
        return at if self.calendar.is_working(at) else self.calendar.add(at, rng.randint(60, 3000))


def load_town() -> Town:
    town = Town()
    shifts: dict[int, list[Pattern]] = {}
    for person, weekdays, starts, ends in sql.tuples(SHIFTS):
        shifts.setdefault(person, []).append(Pattern(tuple(weekdays), starts, ends))
    for kind, org_id, id_, code in sql.tuples(HOLDERS):
        worker = Worker(id_, code, tuple(shifts.get(id_, ())))
        town.workers.setdefault(kind, []).append(worker)
        town.at_org.setdefault((kind, org_id), worker)
    for collector, grid in sql.tuples(GRIDS):
        town.grids.setdefault(collector, []).append(grid)
    for grid, *thing in sql.tuples(THINGS):
        found = Thing(*thing)
        (town.sound if found.state == "完好" else town.worn).setdefault(grid, []).append(found)
    for grid, *spot in sql.tuples(SPOTS):
        town.spots.setdefault(grid, []).append(Spot(*spot))
    return town


town = Snapshot(load_town, "people", "organisations", "grids", "city")
