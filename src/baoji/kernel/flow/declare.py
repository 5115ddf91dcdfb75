"""How a system declares its flow: a table of steps and acts. Plain Python; nothing here reads a database or a clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """Where a case can stand. `key` is `stage/step`; `holder` says who owns it: a post's kind, `body`, `asked` or ''.

    `status` is what the case is there; a step whose status is not open or suspended has ended.
    """

    key: str
    title: str
    holder: str = ""
    status: str = "open"

    @property
    def stage(self) -> str:
        return self.key.split("/")[0]

    @property
    def name(self) -> str:
        return self.key.split("/")[1]

    @property
    def is_open(self) -> bool:
        return self.status in {"open", "suspended"}


@dataclass(frozen=True)
class Fact:
    """Something an act must or may be told. `kind`: text, flag, moment, organisation, organisations, receiver,
    person, choice, number, case, class, condition, component, place."""

    name: str
    kind: str
    title: str
    required: bool = True
    least: int = 0  # fewest characters of a text


@dataclass(frozen=True)
class Act:
    """One line of the table: who (role letters) may do it at which steps, what they must say, where it leads.

    `to` maps an outcome to a step; '' is the ordinary outcome, '=' stays. `clock` is what happens to the body's clock:
    start, stop, pause, run (as if it had never stopped), fresh (a new limit when it runs again), or '' for nothing.
    `guards` name rules that must hold. `neutral` acts belong to neither side. `lead` 1 is shown first.
    """

    name: str
    title: str
    who: str
    at: tuple[str, ...]
    to: Mapping[str, str] = field(default_factory=lambda: {"": "="})
    facts: tuple[Fact, ...] = ()
    guards: tuple[str, ...] = ()
    clock: str = ""
    neutral: bool = False
    photos: bool = False
    lead: int = 5
    danger: bool = False
    note: str = ""


@dataclass(frozen=True)
class Role:
    """A letter of the table: what it is called and the side it acts for."""

    letter: str
    title: str
    side: str


@dataclass(frozen=True)
class Flow:
    code: str
    title: str
    stages: tuple[tuple[str, str], ...]
    roles: tuple[Role, ...]
    steps: tuple[Step, ...]
    acts: tuple[Act, ...]

    def __post_init__(self) -> None:
        known = {step.key for step in self.steps}
        for act in self.acts:
            for key in [*act.at, *(to for to in act.to.values() if to not in {"=", "<"})]:
                if key not in known:
                    raise ValueError(f"{self.code}: act {act.name} names the unknown step {key}")
        pairs = [(act.name, key) for act in self.acts for key in act.at]
        if len(pairs) != len(set(pairs)):
            raise ValueError(f"{self.code}: an act is declared twice at one step")
        object.__setattr__(self, "_step", {step.key: step for step in self.steps})
        by_step: dict[str, list[Act]] = {step.key: [] for step in self.steps}
        for act in self.acts:
            for key in act.at:
                by_step[key].append(act)
        object.__setattr__(self, "_acts", {k: sorted(v, key=lambda a: a.lead) for k, v in by_step.items()})
        object.__setattr__(self, "names", frozenset(act.name for act in self.acts))
        object.__setattr__(self, "_side", {role.letter: role.side for role in self.roles})

    names: frozenset[str] = field(default=frozenset(), init=False)

    def step(self, key: str) -> Step:
        found: Step = self.__dict__["_step"][key]
        return found

    def acts_at(self, key: str) -> list[Act]:
        found: list[Act] = self.__dict__["_acts"][key]
        return found

    def act(self, name: str, key: str) -> Act | None:
        return next((act for act in self.acts_at(key) if act.name == name), None)

    def side(self, letter: str) -> str:
        found: str = self.__dict__["_side"][letter]
        return found


Guard = Callable[[Any], bool]


def every(
    steps: Iterable[Step], *, of: Iterable[str] = (), but: Iterable[str] = (), ended: bool = False
) -> tuple[str, ...]:
    """The keys of the open (or ended) steps, only of some stages if `of` is given, without those of `but`."""
    stages, without = set(of), set(but)
    return tuple(
        step.key
        for step in steps
        if step.is_open is not ended and (not stages or step.stage in stages) and step.key not in without
    )
