"""The valley of Baoji: course of the Wei, its tributaries, and the rows of the town along it.

Positions are read off general knowledge of the city and simplified; the rest is generated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from baoji.systems.urban.city.generate.chance import Floats, dice, waves
from baoji.systems.urban.city.generate.projection import to_metres

Kind = Literal["land", "river", "belt", "rail", "stream"]
Rank = Literal["main", "minor", "lane"]

WEI = (
    (106.940, 34.3930), (106.980, 34.3870), (107.015, 34.3810), (107.035, 34.3762), (107.0596, 34.3728),
    (107.0800, 34.3740), (107.0976, 34.3756), (107.1080, 34.3722), (107.1166, 34.3672), (107.1400, 34.3612),
    (107.1540, 34.3578), (107.1630, 34.3532), (107.1720, 34.3526), (107.2000, 34.3553), (107.2280, 34.3592),
    (107.2400, 34.3563), (107.2507, 34.3548), (107.2950, 34.3530), (107.3700, 34.3490),
)  # fmt: skip
WEST, EAST = 107.062, 107.248


@dataclass(frozen=True, slots=True)
class Tributary:
    name: str
    lon: float
    north: bool
    width: float


TRIBUTARIES = (
    Tributary("金陵河", 107.1585, True, 46.0),
    Tributary("清姜河", 107.1280, False, 46.0),
    Tributary("石坝河", 107.1755, False, 34.0),
    Tributary("茵香河", 107.2180, False, 34.0),
)


@dataclass(frozen=True, slots=True)
class Band:
    """A row of blocks between two long lines; `rank` is the street on its northern line."""

    height: float
    rows: int
    kind: Kind
    rank: Rank | None


# from the foot of the hills in the south to the terrace in the north
SOUTH_BANDS = (
    Band(215, 2, "land", "minor"), Band(215, 2, "land", "lane"), Band(205, 2, "land", "main"),
    Band(205, 2, "land", "lane"), Band(205, 2, "land", "minor"), Band(210, 2, "land", "main"),
    Band(205, 2, "land", "lane"), Band(200, 2, "land", "main"), Band(62, 1, "belt", None),
)  # fmt: skip
RIVER_BANDS = (Band(150, 1, "river", None), Band(150, 1, "river", None))
NORTH_BANDS = (
    Band(58, 1, "belt", "main"), Band(205, 2, "land", "minor"), Band(205, 2, "land", "main"),
    Band(200, 2, "land", "lane"), Band(200, 2, "land", "minor"), Band(205, 2, "land", "minor"),
    Band(50, 1, "rail", None), Band(205, 2, "land", "main"), Band(205, 2, "land", "lane"),
    Band(210, 2, "land", "main"), Band(210, 2, "land", "minor"), Band(215, 2, "land", "lane"),
    Band(215, 2, "land", "minor"),
)  # fmt: skip
BANDS = SOUTH_BANDS + RIVER_BANDS + NORTH_BANDS
MID_RIVER = len(SOUTH_BANDS) + 1
RAIL_BAND = len(SOUTH_BANDS) + 2 + 6
SOUTH_EDGE_RANK: Rank = "lane"

# widths of the core from the middle of the river (lon, south, north), metres
LIMITS = (
    (107.060, 760, 1090), (107.085, 820, 1130), (107.105, 1080, 1300), (107.120, 1480, 1560),
    (107.130, 1800, 1780), (107.142, 1400, 2250), (107.160, 1330, 2480), (107.172, 1330, 1700),
    (107.190, 1420, 1480), (107.215, 1720, 1560), (107.235, 1560, 1360), (107.250, 1480, 1300),
)  # fmt: skip
# how much the northern rows are pressed together (the railway hugs the river in the west)
PRESS = (
    (107.06, 0.80),
    (107.10, 0.84),
    (107.125, 1.05),
    (107.145, 1.16),
    (107.162, 1.2),
    (107.19, 0.96),
    (107.25, 0.88),
)


def lon_to_x(lon: float) -> float:
    return float(to_metres(np.array([[lon, 0.0]]))[0, 0])


def _table(rows: tuple[tuple[float, ...], ...], column: int, x: Floats) -> Floats:
    at = [lon_to_x(row[0]) for row in rows]
    return np.interp(x, at, [row[column] for row in rows])


class Terrain:
    """Turns (u along the valley, level across it) into metres. Whole levels are band lines."""

    def __init__(self, number: int, scale: float) -> None:
        middle = lon_to_x(107.150) if scale < 1 else lon_to_x((WEST + EAST) / 2)
        half = max(700.0, (lon_to_x(EAST) - lon_to_x(WEST)) / 2 * scale)
        self.west, self.east = middle - half, middle + half
        self._grid = np.arange(lon_to_x(106.95), lon_to_x(107.36), 25.0)
        self._river = self._river_course()
        self._slope = np.gradient(self._smooth(self._river, 81), 25.0)
        self._lines = self._line_offsets(number)
        self._phases = dice(number, "warp").random(6) * 2 * np.pi

    def _smooth(self, values: Floats, width: int) -> Floats:
        padded = np.pad(values, width // 2, mode="edge")
        return np.convolve(padded, np.ones(width) / width, mode="valid")

    def _river_course(self) -> Floats:
        course = to_metres(np.array(WEI))
        straight = np.interp(self._grid, course[:, 0], course[:, 1])
        return self._smooth(self._smooth(straight, 41), 25)

    def _line_offsets(self, number: int) -> Floats:
        rows = []
        for index, band in enumerate(BANDS):
            stretch = 1 + 0.13 * waves(dice(number, f"band-{index}"), self._grid, (2600.0, 4300.0, 7100.0))
            height = band.height * stretch
            if index > MID_RIVER:
                height = height * _table(PRESS, 1, self._grid)
            rows.append(height)
        heights = np.cumsum(np.vstack([np.zeros_like(self._grid), *rows]), axis=0)
        result: Floats = heights - heights[MID_RIVER]
        return result

    def offset(self, u: Floats, level: Floats) -> Floats:
        """Distance from the middle of the river, south negative; `level` may be broken."""
        low = np.clip(np.floor(level).astype(np.int64), 0, len(BANDS) - 1)
        part = level - low
        at = (u - self._grid[0]) / 25.0
        left = np.clip(np.floor(at).astype(np.int64), 0, len(self._grid) - 2)
        move = at - left
        lower = self._lines[low, left] * (1 - move) + self._lines[low, left + 1] * move
        upper = self._lines[low + 1, left] * (1 - move) + self._lines[low + 1, left + 1] * move
        result: Floats = lower * (1 - part) + upper * part
        return result

    def limit(self, u: Floats, north: bool) -> Floats:
        return _table(LIMITS, 2 if north else 1, u)

    def place(self, u: Floats, level: Floats) -> Floats:
        """Metres east and north, to the millimetre."""
        return self.at_offset(u, self.offset(u, level))

    def at_offset(self, u: Floats, off: Floats) -> Floats:
        """As `place`, by the distance from the middle of the river."""
        slope = np.interp(u, self._grid, self._slope)
        x = u - 0.75 * slope * off
        y = np.interp(u, self._grid, self._river) + off
        p = self._phases
        dx = np.sin(x / 173 + y / 260 + p[0]) * 7 + np.sin(x / 410 - y / 150 + p[1]) * 12
        dy = np.sin(x / 210 - y / 310 + p[2]) * 6 + np.sin(x / 530 + y / 240 + p[3]) * 13
        return np.round(np.column_stack([x + dx, y + dy]), 3)
