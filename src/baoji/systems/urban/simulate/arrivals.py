"""Who reports what: the drafts that come in through the five doors."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from random import Random

from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.public import Draft, book
from baoji.systems.urban.queries.book import ConditionRow
from baoji.systems.urban.simulate import season, words
from baoji.systems.urban.simulate.pictures import scene_of
from baoji.systems.urban.simulate.town import Spot, Thing, Town

SEVERITY_WEIGHT = {"critical": 0.12, "urgent": 0.6, "normal": 1.0}
STATE_WORDS = {
    "丢失": ("缺失", "丢失"),
    "破损": ("破损", "损坏", "断裂", "倾斜", "松动"),
    "废弃": ("废弃", "破损", "影响"),
}
REPORTERS = {"collector": "collector", "officer": "officer", "cleaner": "cleaner", "hotline": "hotline"}
JITTER_DEG = 0.00006  # some six metres
TWIN_SHARE = {"hotline": 0.10, "citizen": 0.10, "officer": 0.05, "cleaner": 0.05, "collector": 0.01}
REMEMBERED = 400


@dataclass
class Arrival:
    door: str
    by: Caller | None
    draft: Draft
    scene: str
    photos: int
    twin_of: str = ""
    thing: str = ""


class Reporters:
    """Thinks up reports. Remembers what is open so that a component is reported once, unless somebody is a twin."""

    def __init__(self, town: Town, rng: Random, busy: set[str]) -> None:
        self.town, self.rng, self.busy = town, rng, busy
        self.recent: deque[tuple[str, Draft, datetime]] = deque(maxlen=REMEMBERED)
        self._weights: dict[int, tuple[list[str], list[float]]] = {}

    def arrival(self, door: str, at: datetime) -> Arrival | None:
        by = self._reporter(door, at)
        if by is None and door != "citizen":
            return None
        twin = self._twin(door, at)
        draft, thing, number = twin if twin else (*self._fresh(door, by, at), "")
        self._tell(door, draft)
        if door == "collector" and not thing and not twin and self.rng.random() < 0.05:
            draft.self_disposed = True
        scene = scene_of(draft.kind, draft.class_code or (draft.component or "")[6:10])
        return Arrival(door, by, draft, scene, self._photos(door, draft), number, thing)

    def _reporter(self, door: str, at: datetime) -> Caller | None:
        worker = self.town.on_duty(REPORTERS[door], at, self.rng) if door in REPORTERS else None
        return self.town.call(worker) if worker else None

    def _photos(self, door: str, draft: Draft) -> int:
        if draft.self_disposed:
            return 2
        if door == "hotline":
            return 0
        return self.rng.randint(1, 3) if door == "collector" else self.rng.choice((0, 1, 1, 2))

    def _twin(self, door: str, at: datetime) -> tuple[Draft, str, str] | None:
        """The same thing again, seen by somebody else within a day."""
        fresh = [seen for seen in self.recent if (at - seen[2]).total_seconds() < 20 * 3600]
        if not fresh or self.rng.random() >= TWIN_SHARE[door]:
            return None
        number, first, _seen = self.rng.choice(fresh)
        location = first.location
        if location:
            lon, lat = location["coordinates"]
            location = _point(
                lon + self.rng.uniform(-2, 2) * JITTER_DEG, lat + self.rng.uniform(-2, 2) * JITTER_DEG
            )
        again = Draft(
            first.kind,
            first.component,
            first.class_code,
            first.condition,
            location=location,
            address=first.address,
        )
        return again, "", number

    def _fresh(self, door: str, by: Caller | None, at: datetime) -> tuple[Draft, str]:
        grid = self._grid(by)
        share = {"collector": 0.45, "officer": 0.15, "cleaner": 0.3, "hotline": 0.3, "citizen": 0.25}[door]
        thing = self._thing(grid) if self.rng.random() < share else None
        return self._of_thing(thing) if thing else self._of_event(door, grid, at)

    def _grid(self, by: Caller | None) -> str:
        own = self.town.grids.get(by.id or 0) if by else None
        walked = own if own and self.rng.random() < 0.97 else self.town.all_grids
        return self.rng.choice(walked)

    def _thing(self, grid: str) -> Thing | None:
        worn = [thing for thing in self.town.worn.get(grid, []) if thing.code not in self.busy]
        if worn:
            return self.rng.choice(worn)
        sound = [thing for thing in self.town.sound.get(grid, []) if thing.code not in self.busy]
        return self.rng.choice(sound) if sound else None

    def _of_thing(self, thing: Thing) -> tuple[Draft, str]:
        condition = self._condition("component", thing.class_code, STATE_WORDS.get(thing.state, ()))
        n = condition.n if condition else None
        return Draft("component", thing.code, thing.class_code, n), thing.code

    def _of_event(self, door: str, grid: str, at: datetime) -> tuple[Draft, str]:
        code = self._event_class(at.astimezone(self.town.calendar.tz).month)
        spots = self.town.spots.get(grid) or self.town.spots[self.rng.choice(self.town.all_grids)]
        spot: Spot = self.rng.choice(spots)
        place = _point(
            spot.lon + self.rng.uniform(-1, 1) * JITTER_DEG, spot.lat + self.rng.uniform(-1, 1) * JITTER_DEG
        )
        condition = self._condition("event", code, ())
        return Draft(
            "event", None, code, condition.n if condition else None, location=place, address=spot.address
        ), ""

    def _event_class(self, month: int) -> str:
        if month not in self._weights:
            known = [row for row in book().classes.values() if row.kind == "event"]
            self._weights[month] = (
                [row.code for row in known],
                [season.of_month(row.name, month) for row in known],
            )
        codes, weights = self._weights[month]
        return self.rng.choices(codes, weights)[0]

    def _condition(self, kind: str, code: str, hints: tuple[str, ...]) -> ConditionRow | None:
        """What somebody sees: a condition that fits the component's state, the grave ones rarely."""
        known = book().conditions.get((kind, code), [])
        if not known:
            return None
        fitting = [row for row in known if any(hint in row.text for hint in hints)]
        if fitting and self.rng.random() < 0.8:
            return self.rng.choice(fitting)
        return self.rng.choices(known, [SEVERITY_WEIGHT[row.severity] for row in known])[0]

    def _tell(self, door: str, draft: Draft) -> None:
        """Puts it in words. Callers know no conditions, and often not even the class."""
        row = book().classes.get((draft.kind, draft.class_code))
        condition = (
            book().condition(draft.kind, draft.class_code, draft.condition) if draft.condition else None
        )
        what = condition.text if condition and self.rng.random() < 0.6 else (row.name if row else "有问题")
        if door in {"hotline", "citizen"}:
            draft.description = words.call(self.rng, draft.address, what)
            if door == "hotline":
                draft.caller_name, draft.caller_phone = words.caller(self.rng)
            draft.condition = None
            if draft.kind == "event" and self.rng.random() < 0.3:
                draft.class_code = ""
        else:
            draft.description = words.report(self.rng, draft.address, what)
            if door != "collector" or self.rng.random() < 0.1:
                draft.condition = None


def _point(lon: float, lat: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
