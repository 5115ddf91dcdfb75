"""What a bench found, and how it is told: a table for people, one line of JSON for programs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from baoji.operate.bench.crowd import Tally, share

Figures = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """What the city is promised, and whether this run kept it."""

    text: str
    value: float
    kept: bool

    def line(self) -> str:
        return f"{'kept  ' if self.kept else 'MISSED'}  {self.text}: {shown(self.value)}"


@dataclass
class Result:
    name: str
    ours: Figures = field(default_factory=dict)
    floor: Figures = field(default_factory=dict)
    ratio: Figures = field(default_factory=dict)
    errors: int = 0
    machine: Figures = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def promise(self, text: str, value: float, kept: bool) -> None:
        self.goals.append(Goal(text, round(value, 4), kept))

    def count(self, *tallies: Tally) -> None:
        """Adds what went wrong, and says what it was."""
        for tally in tallies:
            self.errors += sum(tally.faults.values())
            self.notes += [f"{n} × {words}" for words, n in tally.faults.most_common(5)]

    def as_json(self) -> str:
        body = {
            "name": self.name,
            "ours": self.ours,
            "floor": self.floor,
            "ratio": self.ratio,
            "errors": self.errors,
            "machine": self.machine,
            "goals": [{"text": goal.text, "value": goal.value, "kept": goal.kept} for goal in self.goals],
            "notes": self.notes,
        }
        return json.dumps(body, ensure_ascii=False)


def figures(tally: Tally, label: str = "", per: int = 0) -> Figures:
    """Rate, p50 and p95 (ms) of one label or of everything; `per` counts something else a second."""
    times = tally.times.get(label, []) if label else [seconds for _at, seconds in tally.ends]
    done = per or len(times)
    return {
        "rate": round(done / tally.seconds, 1) if tally.seconds else 0.0,
        "p50": round(share(times, 0.5), 2),
        "p95": round(share(times, 0.95), 2),
    }


def middle(runs: list[Figures]) -> Figures:
    """The run with the median rate, and the rates of all."""
    ordered = sorted(runs, key=lambda run: run["rate"])
    return {**ordered[len(ordered) // 2], "runs": [run["rate"] for run in runs]}


def ratio(ours: float, floor: float) -> float:
    return round(ours / floor, 4) if floor else 0.0


def beside(ours: list[Figures], floor: list[Figures]) -> float:
    """The median of each run's rate beside that of the floor run that followed it: a machine's speed drifts from minute to minute."""
    return round(median(ratio(one["rate"], least["rate"]) for one, least in zip(ours, floor, strict=True)), 4)


def shown(value: Any) -> str:
    if isinstance(value, float):
        return (
            f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
        )
    if isinstance(value, dict):
        return "  ".join(f"{name} {shown(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " ".join(shown(inner) for inner in value)
    return str(value)


def tell(result: Result, say: Callable[[str], None]) -> None:
    say(f"\n{result.name}")
    for title in ("ours", "floor", "ratio", "machine"):
        part = getattr(result, title)
        width = max((len(str(name)) for name in part), default=0)
        for n, (name, value) in enumerate(part.items()):
            say(f"  {title if not n else '':8} {name!s:{width}}  {shown(value)}")
    say(f"  {'errors':8} {result.errors}")
    for note in result.notes:
        say(f"  note     {note}")
    for goal in result.goals:
        say(f"  {goal.line()}")
