"""Where a bench runs: the server's address, the database, the people it plays, the places it reports."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from time import sleep
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import new_token
from baoji.operate.bench.crowd import Client, Crowd, Tally
from baoji.operate.bench.rest import until_at_rest
from baoji.operate.errors import Trouble

LABEL = "bench"
NOTICED_S = 1.2  # by then every process has seen a bumped version


@dataclass(frozen=True)
class Size:
    """How long and how often something is measured."""

    name: str = "full"
    seconds: float = 4.0
    runs: int = 5
    clients: tuple[int, ...] = (1, 8, 32)
    spots: int = 24
    tiles: int = 120
    deadlines: int = 1_000_000
    others: bool = True  # whether another program may be installed to be measured beside us
    patience_s: float = 60.0  # for a city that has something left to do


SIZES = {
    "tiny": Size("tiny", 0.4, 1, (2,), 2, 4, 2_000, others=False, patience_s=0.0),
    "short": Size("short", 2.0, 1, (1, 8, 32), 12, 40, 200_000, patience_s=30.0),
    "full": Size(),
}


@dataclass(frozen=True)
class Spot:
    """Something to report: an event of a class at a place in the urban core."""

    class_code: str
    condition: int
    lon: float
    lat: float


@dataclass
class Ground:
    url: str
    size: Size
    say: Callable[[str], None]
    at: tuple[int, ...] = ()
    beside: Path | None = None  # the data folder of another city
    seed: int = 2026
    _tokens: dict[str, str] = field(default_factory=dict)

    @cached_property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80

    @cached_property
    def draw(self) -> Random:
        return Random(self.seed)

    def crowd(self) -> Crowd:
        return Crowd(*self.place)

    def run(self, clients: list[Client]) -> Tally:
        return self.crowd().run(clients)

    def tokens(self, codes: list[str]) -> list[str]:
        """A live token for each person; made once a bench, ended with it."""
        missing = sorted(set(codes) - set(self._tokens))
        if missing:
            ids = dict(
                sql.tuples(
                    "SELECT code, id FROM identity_person WHERE code = ANY(%s) AND is_active", [missing]
                )
            )
            absent = sorted(set(missing) - set(ids))
            if absent:
                raise Trouble(f"The bench needs the demo city: there is no {absent[0]}.")
            with transaction.atomic():
                self._tokens |= {code: new_token(ids[code], LABEL) for code in missing}
                bump("people")
            sleep(NOTICED_S)
        return [self._tokens[code] for code in codes]

    def token(self, code: str) -> str:
        return self.tokens([code])[0]

    @cached_property
    def places(self) -> list[tuple[float, float]]:
        """A point in each of two thousand unit grids of the urban core."""
        rows = sql.tuples(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(place) AS p FROM maps_unit_grid"
            " WHERE valid_to IS NULL ORDER BY md5(code) LIMIT 2000) x"
        )
        if not rows:
            raise Trouble("The bench needs the demo city: there are no unit grids.")
        return [(round(lon, 7), round(lat, 7)) for lon, lat in rows]

    @cached_property
    def conditions(self) -> list[tuple[str, int]]:
        """(class, number) of the conditions of events that are not loud: alarms are for people, not for benches."""
        return sql.tuples(
            "SELECT class_code, n FROM urban_condition WHERE kind = 'event' AND active AND severity = 'normal' ORDER BY 1, 2"
        )

    def spot(self) -> Spot:
        return Spot(*self.draw.choice(self.conditions), *self.draw.choice(self.places))

    def rest(self) -> list[str]:
        """Lets the city finish what it owes; what a result should say of that."""
        note = until_at_rest(self.size.patience_s, self.say)
        return [note] if note else []

    def cases(self) -> int:
        return int(sql.value("SELECT count(*) FROM flow_case"))


def address() -> str:
    url = os.environ.get("BAOJI_URL", "")
    if not url:
        raise Trouble("Nothing answers: start the city with ./dev up, or let ./dev bench start it.")
    return url


@contextmanager
def ground(
    size: str, say: Callable[[str], None], at: tuple[int, ...] = (), beside: Path | None = None
) -> Iterator[Ground]:
    made = Ground(address(), SIZES[size], say, at, beside)
    try:
        yield made
    finally:
        with transaction.atomic():
            sql.execute("DELETE FROM identity_token WHERE label = %s", [LABEL])
            bump("people")


def owner_url() -> str:
    return str(settings.DATABASE_OWNER_URL)
