"""What the system proposes: the responsible body, the collector to ask, the closing condition; each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.base.text import mark
from baoji.kernel.flow.models import Case
from baoji.kernel.maps.coordinates import metres
from baoji.kernel.organisations.names import within
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.queries.book import book, policies
from baoji.systems.urban.rules.draw import Candidate, Lot, Reach, draw, seed_of

TERRITORIAL = mark("无确定单位，属地兜底")


CITY = 4  # digits that all of a city's areas share


class BodyProposal(NamedTuple):
    org_id: int
    reason: str


def component_bodies(code: str) -> tuple[int, int, int] | None:
    """(maintainer, owner, in charge) of a component."""
    row = (
        sql.tuples(
            "SELECT maintainer_id, owner_id, in_charge_id FROM urban_component WHERE code = %s", [code]
        )
        if code
        else []
    )
    return row[0] if row else None


def propose_body(case: Case, kind: str, class_code: str, component: str, on: datetime) -> BodyProposal | None:
    """The maintainer of the component; else the duty matrix, the nearest area first; else the territorial body (属地兜底)."""
    bodies = component_bodies(component)
    return body_from(bodies[0] if bodies else None, case.area, kind, class_code, timezone.localdate(on))


def body_from(
    maintainer: int | None, area: str, kind: str, class_code: str, today: date
) -> BodyProposal | None:
    """As `propose_body`, when the component's maintainer is known already; who has ended is not proposed."""
    if maintainer is not None and maintainer in organisations().by_id:
        return BodyProposal(maintainer, _("部件台账：养护单位"))
    for duty in book().duties.get((kind, class_code), []):
        lives = (duty.valid_from is None or duty.valid_from <= today) and (
            duty.valid_to is None or today < duty.valid_to
        )
        if lives and _covers(duty.area, area) and duty.org_id in organisations().by_id:
            return BodyProposal(duty.org_id, _("责任清单 %(code)s") % {"code": class_code})
    org = organisations().territorial.get(area[:6])
    return BodyProposal(org.id, _(TERRITORIAL)) if org else None


def propose_bodies(rows: list[dict[str, Any]], on: datetime) -> dict[int, BodyProposal]:
    """The proposal for each row of a list (`queries.lists`), by the case's id, with one query for all."""
    codes = [row["component"] for row in rows if row["component"]]
    maintainers = (
        dict(sql.tuples("SELECT code, maintainer_id FROM urban_component WHERE code = ANY(%s)", [codes]))
        if codes
        else {}
    )
    today = timezone.localdate(on)
    found = {}
    for row in rows:
        body = body_from(
            maintainers.get(row["component"]), row["area"], row["kind"], row["class_code"], today
        )
        if body is not None:
            found[row["id"]] = body
    return found


def _covers(duty_area: str, area: str) -> bool:
    """Whether a duty's area (city 610300, county, street or community) holds the case's; one that is not known, the city's alone."""
    whole = within(duty_area)
    return area.startswith(whole) if area else len(whole) == CITY


def territorial(case: Case) -> BodyProposal | None:
    org = organisations().territorial.get(case.area[:6])
    return BodyProposal(org.id, _(TERRITORIAL)) if org else None


class Pattern(NamedTuple):
    weekdays: tuple[int, ...]
    starts: time
    ends: time

    def covers(self, local: datetime) -> bool:
        """Whether somebody on this pattern works at this local time; a night belongs to the day it begins on."""
        clock, day = local.time(), local.isoweekday()
        if self.starts < self.ends:
            return self.starts <= clock < self.ends and day in self.weekdays
        yesterday = 7 if day == 1 else day - 1
        return (clock >= self.starts and day in self.weekdays) or (
            clock < self.ends and yesterday in self.weekdays
        )


@dataclass(frozen=True)
class Collector:
    id: int
    code: str
    name: str
    lon: float
    lat: float
    unit_grids: frozenset[str]
    shifts: tuple[Pattern, ...]

    def is_on_shift(self, local: datetime) -> bool:
        return any(pattern.covers(local) for pattern in self.shifts)

    def wait(self, now: datetime) -> float:
        """Seconds until this collector is on shift: 0 while on shift, inf if the roster has none within a week."""
        return min((_wait(pattern, now) for pattern in self.shifts), default=inf)


@lru_cache(maxsize=256)  # fifty collectors share a handful of patterns
def _wait(pattern: Pattern, now: datetime) -> float:
    local = timezone.localtime(now)
    best = inf
    for offset in range(-1, 8):
        day = local.date() + timedelta(days=offset)
        if day.isoweekday() not in pattern.weekdays:
            continue
        start = datetime.combine(day, pattern.starts, local.tzinfo)
        end = datetime.combine(day, pattern.ends, local.tzinfo)
        if pattern.ends <= pattern.starts:
            end += timedelta(days=1)
        if start <= local < end:
            return 0.0
        if start > local:
            best = min(best, (start - local).total_seconds())
    return best


class Everybody(tuple[Collector, ...]):
    """All collectors as they were loaded once: told apart by that alone, so that it costs nothing to remember by them."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _load_collectors() -> Everybody:
    shifts: dict[int, list[Pattern]] = {}
    for person, weekdays, starts, ends in sql.tuples(
        "SELECT person_id, weekdays, starts, ends FROM identity_shift"
        f" WHERE (valid_from IS NULL OR valid_from <= {sql.TODAY}) AND (valid_to IS NULL OR valid_to > {sql.TODAY})"
    ):
        shifts.setdefault(person, []).append(Pattern(tuple(weekdays), starts, ends))
    rows = sql.tuples(
        "SELECT p.id, p.code, p.name, avg(ST_X(ST_PointOnSurface(g.place))), avg(ST_Y(ST_PointOnSurface(g.place))),"
        " (SELECT array_agg(u) FROM urban_responsibility_grid x, unnest(x.unit_grids) u WHERE x.collector_id = p.id)"
        "  FROM identity_person p JOIN identity_holding h ON h.person_id = p.id JOIN organisations_post t ON t.id = h.post_id"
        "  LEFT JOIN urban_responsibility_grid g ON g.collector_id = p.id"
        f" WHERE t.kind = 'collector' AND p.is_active AND {sql.HELD}"
        " GROUP BY p.id, p.code, p.name ORDER BY p.code"
    )
    return Everybody(
        Collector(id_, code, name, lon or 0.0, lat or 0.0, frozenset(grids or ()), tuple(shifts.get(id_, ())))
        for id_, code, name, lon, lat, grids in rows
    )


collectors = Snapshot(_load_collectors, "people", "grids", "day")


def kept_apart(case: Case, act: str) -> set[int]:
    """Who may not be asked: nobody checks what they reported or verified, nor acts on two sides."""
    apart = {person for side, acted in case.people.items() if side != "supervision" for person in acted}
    if act == "check_request":
        apart |= set(case.notes.get("verifiers", [])) | set(case.notes.get("reporters", []))
        if case.reporter_id:
            apart.add(case.reporter_id)
    if case.holder_person_id:
        apart.add(case.holder_person_id)
    return apart


class Drawn(NamedTuple):
    """Who was drawn, why in words, and what makes the draw auditable: `audit` goes onto the act's record."""

    collector: Collector
    reason: str
    audit: Mapping[str, Any]


OFFER_HOLDS = timedelta(minutes=15)


def draw_collector(case: Case, act: str, now: datetime) -> Drawn | None:
    """Drawn by lot among those on shift within reach; else among the next on the roster. None if nobody may be asked.

    The same case at the same step and minute draws the same person, however often and wherever it is asked.
    """
    seen = frozenset(case.people.get("supervision", ()))
    place = (case.lon, case.lat)
    minute = now.replace(second=0, microsecond=0)
    seed = seed_of(case.salt, act, case.records + 1)
    lot, waits = _lot(seed, place, frozenset(kept_apart(case, act)), seen, minute, collectors(), _reach())
    if lot is None:
        return None
    away = lot.drawn.away_m / 1000
    reason = (
        _("此刻无人当班，在最先上岗的人中抽取")
        if waits
        else _("从 %(n)d 位当班采集员中抽取，距现场约 %(km).1f 公里") % {"n": len(lot.among), "km": away}
    )
    audit = {"of": len(lot.among), "among": [one.id for one in lot.among], "within_m": lot.within_m}
    return Drawn(_by_id(collectors(), lot.drawn.id), reason, audit | {"waits": True} if waits else audit)


def draw_from_another_grid(case: Case, now: datetime) -> Drawn | None:
    """抽查: as `draw_collector` for a check, among those on shift whose own grids do not hold the case; else None."""
    apart = kept_apart(case, "check_request") | {
        one.id for one in collectors() if case.area in one.unit_grids
    }
    minute = now.replace(second=0, microsecond=0)
    seed = seed_of(case.salt, "sample", case.records + 1)
    seen = frozenset(case.people.get("supervision", ()))
    lot, waits = _lot(seed, (case.lon, case.lat), frozenset(apart), seen, minute, collectors(), _reach())
    if lot is None or waits or lot.drawn.looked:
        return None
    audit = {"of": len(lot.among), "among": [one.id for one in lot.among], "within_m": lot.within_m}
    return Drawn(
        _by_id(collectors(), lot.drawn.id), _("抽查：请另一片区的采集员再看一次"), audit | {"sample": True}
    )


def drawn_lately(case: Case, act: str, asked: int, now: datetime) -> Drawn | None:
    """The draw, if this person is or a moment ago was the one drawn: a shift may end while somebody reads the offer."""
    drawn = draw_collector(case, act, now)
    if drawn is not None and drawn.collector.id == asked:
        return drawn
    earlier = draw_collector(case, act, max(now - OFFER_HOLDS, case.last_at))
    return earlier if earlier is not None and earlier.collector.id == asked else None


@lru_cache(maxsize=512)  # what was offered is soon done: the second draw finds the first
def _lot(
    seed: bytes,
    place: tuple[float, float],
    apart: frozenset[int],
    seen: frozenset[int],
    minute: datetime,
    everybody: Everybody,
    reach: Reach,
) -> tuple[Lot | None, bool]:
    """The lot, and whether it waits for a shift to begin."""
    free = [one for one in _nearest(everybody, place) if one.id not in apart]
    working = _on_shift(everybody, minute)
    present = [one for one in free if one.id in working]
    if not present:
        waits = _waits(everybody, minute)
        soonest = min((waits[one.id] for one in free), default=inf)
        following = [one for one in free if waits[one.id] == soonest]
        return draw(_remembering(following, seen), seed, reach), True
    return draw(_remembering(present, seen), seed, reach), False


def _remembering(found: list[Candidate], seen: frozenset[int]) -> list[Candidate]:
    return [one._replace(looked=True) if one.id in seen else one for one in found]


@lru_cache(maxsize=128)  # a case is drawn for several times, and stays where it is
def _nearest(everybody: Everybody, place: tuple[float, float]) -> tuple[Candidate, ...]:
    found = (Candidate(one.id, one.code, metres(place, (one.lon, one.lat))) for one in everybody)
    return tuple(sorted(found, key=lambda one: (one.away_m, one.code)))


@lru_cache(maxsize=8)
def _waits(everybody: Everybody, minute: datetime) -> dict[int, float]:
    return {one.id: one.wait(minute) for one in everybody}


@lru_cache(maxsize=8)
def _on_shift(everybody: Everybody, minute: datetime) -> frozenset[int]:
    local = timezone.localtime(minute)
    return frozenset(one.id for one in everybody if one.is_on_shift(local))


def _by_id(everybody: Everybody, id_: int) -> Collector:
    return next(collector for collector in everybody if collector.id == id_)


def _load_reach() -> Reach:
    given = policies().get("draw", {})
    return Reach(**{name: int(given[name]) for name in Reach.__annotations__ if name in given})


_reach = Snapshot(_load_reach, "policies")
