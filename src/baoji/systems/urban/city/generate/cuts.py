"""Where the cross lines of each band stand: streets that run through, lanes, plain grid lines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from baoji.systems.urban.city.generate.chance import dice
from baoji.systems.urban.city.generate.terrain import BANDS, MID_RIVER, TRIBUTARIES, Rank, Terrain, lon_to_x

SOUTH_MOST, NORTH_MOST = 0, len(BANDS) - 1


@dataclass(slots=True)
class CrossLine:
    """One line across the bands `first`..`last`; `at[level]` is its u on each whole level."""

    rank: Rank | None
    first: int
    last: int
    at: dict[int, float]
    bridge: bool = False
    stream: str = ""


@dataclass(slots=True)
class BandCuts:
    """The lines of one band from west to east; a stream fills the gap after its first bank."""

    lines: list[CrossLine] = field(default_factory=list)
    arterials: list[CrossLine] = field(default_factory=list)


class CrossLines:
    def __init__(self, terrain: Terrain, number: int) -> None:
        self.terrain = terrain
        self.number = number
        self.rng = dice(number, "cross lines")
        self.arterials = self._arterials()
        self.through: list[CrossLine] = list(self.arterials)
        self._side(0, MID_RIVER - 1, north=False)
        self._side(MID_RIVER, NORTH_MOST, north=True)

    def _line(self, u: float, first: int, last: int, rank: Rank | None, wander: float) -> CrossLine:
        steps = np.cumsum(self.rng.uniform(-wander, wander, last - first + 2))
        middle = min(max(MID_RIVER - first, 0), last - first + 1)
        steps = steps - steps[middle]
        return CrossLine(rank, first, last, {first + i: u + float(s) for i, s in enumerate(steps)})

    def _arterials(self) -> list[CrossLine]:
        """The first and last line close the core; every other one in between has a bridge."""
        west, east = self.terrain.west, self.terrain.east
        count = max(2, round((east - west) / 850) + 1)
        lines = []
        for index in range(count):
            inside = 0 < index < count - 1
            u = west + (east - west) * index / (count - 1)
            u += float(self.rng.uniform(-95, 95)) if inside else 0.0
            line = self._line(u, SOUTH_MOST, NORTH_MOST, "main", 9.0)
            line.bridge = inside and (index % 2 == 1 or count < 5)
            lines.append(line)
        return lines

    def _side(self, first: int, last: int, *, north: bool) -> None:
        streams = [t for t in TRIBUTARIES if t.north == north]
        for left, right in zip(self.arterials, self.arterials[1:], strict=False):
            low, high = left.at[MID_RIVER], right.at[MID_RIVER]
            here = [t for t in streams if low <= lon_to_x(t.lon) < high]
            if here:
                middle = min(max(lon_to_x(here[0].lon), low + 190), high - 190)
                self._stream(middle, here[0].width, here[0].name, first, last)
            else:
                self._secondary((low + high) / 2 + float(self.rng.uniform(-55, 55)), first, last, north=north)

    def _stream(self, u: float, width: float, name: str, first: int, last: int) -> None:
        west = self._line(u - width / 2, first, last, "minor", 10.0)
        east = CrossLine("minor", first, last, {k: v + width for k, v in west.at.items()})
        west.stream = name
        self.through += [west, east]

    def _secondary(self, u: float, first: int, last: int, *, north: bool) -> None:
        reach = int(self.rng.integers(6, last - first + 2))
        start, end = (first, min(last, first + reach)) if north else (max(first, last - reach), last)
        self.through.append(self._line(u, start, end, "minor", 12.0))

    def band(self, index: int) -> BandCuts:
        crossing = [line for line in self.through if line.first <= index <= line.last]
        crossing.sort(key=lambda line: line.at[index])
        cuts = BandCuts(arterials=self.arterials)
        for left, right in zip(crossing, crossing[1:], strict=False):
            cuts.lines.append(left)
            if not left.stream:
                cuts.lines += self._between(index, left, right)
        cuts.lines.append(crossing[-1])
        return cuts

    def _between(self, index: int, left: CrossLine, right: CrossLine) -> list[CrossLine]:
        rng = dice(self.number, f"lanes {index} {left.at[index]:.0f}")
        kind = BANDS[index].kind
        low = (left.at[index] + left.at[index + 1]) / 2
        gap = (right.at[index] + right.at[index + 1]) / 2 - low
        parts, lanes = self._parts(rng, gap) if kind == "land" else (1, False)
        step = {"land": 94.0, "river": 84.0, "belt": 168.0, "rail": 195.0}[kind]
        inside = max(1, round(gap / parts / step))
        shares = [(p + i / inside) / parts for p in range(parts) for i in range(inside)][1:]
        lines = []
        for place, share in enumerate(shares, start=1):
            is_lane = lanes and place % inside == 0
            lines.append(self._blend(index, left, right, share, "lane" if is_lane else None))
        return lines

    def _parts(self, rng: np.random.Generator, gap: float) -> tuple[int, bool]:
        """Into how many blocks lanes cut the gap between two through streets."""
        if gap < 230 or rng.random() < 0.1:
            return 1, False
        wish = 2 if gap < 560 else 3
        return wish + (1 if gap > 380 and rng.random() < 0.25 else 0), True

    def _blend(
        self, index: int, left: CrossLine, right: CrossLine, share: float, rank: Rank | None
    ) -> CrossLine:
        at = {k: left.at[k] + (right.at[k] - left.at[k]) * share for k in (index, index + 1)}
        return CrossLine(rank, index, index, at)
