"""A bench waits for what the city still owes, and says how long; it does not wait for ever."""

from baoji.operate.bench.rest import until_at_rest


class City:
    """Uses so many processors until a time; `wait` passes time."""

    def __init__(self, processors: float, until: float) -> None:
        self.now, self.processors, self.until = 100.0, processors, 100.0 + until

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def used(self) -> dict[str, float]:
        return {"postgres": 7.0, "worker": self.processors * (min(self.now, self.until) - 100.0)}

    def rest(self, patience: float) -> tuple[str, list[str]]:
        said: list[str] = []
        note = until_at_rest(patience, said.append, used=self.used, wait=self.wait, clock=self.clock)
        return note, said


def test_a_city_at_rest_is_not_waited_for() -> None:
    city = City(0.02, until=10_000)
    assert city.rest(900) == ("", [])
    assert city.now == 105


def test_what_it_owes_is_waited_for_and_told() -> None:
    note, said = City(1.5, until=62).rest(900)
    assert note == "waited 65 s until the city was at rest"
    assert len(said) == 2 and "1.5 processors" in said[0]


def test_patience_ends() -> None:
    city = City(0.5, until=10_000)
    note, _said = city.rest(60)
    assert note == "the city was not at rest after 60 s; measured beside what it was doing"
    assert city.now == 160


def test_none_is_asked_for() -> None:
    city = City(2, until=10_000)
    assert city.rest(0) == ("", []) and city.now == 100


def test_a_program_that_began_anew_counts_from_there() -> None:
    looks = iter([{"web": 50.0}, {"web": 0.1, "worker": 3.0}])
    city = City(0, until=0)
    note = until_at_rest(60, print, used=lambda: next(looks), wait=city.wait, clock=city.clock)
    assert note == ""
