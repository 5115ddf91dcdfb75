"""Counties, streets and communities of the core, as sets of whole wards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from baoji.systems.urban.city.generate.blocks import Blocks, Patches
from baoji.systems.urban.city.generate.chance import Flags, Floats, Ints
from baoji.systems.urban.city.generate.divide import Pieces, divide
from baoji.systems.urban.city.generate.lattice import Lattice
from baoji.systems.urban.city.generate.projection import to_degrees, to_metres
from baoji.systems.urban.city.generate.seed import CitySeed, CommunityUnit
from baoji.systems.urban.city.generate.terrain import MID_RIVER, RAIL_BAND

# about where the streets of the core lie (lon, lat), by the nine digits of their code
ANCHORS = {
    "610302001": (107.1530, 34.3660), "610302002": (107.1390, 34.3680), "610302003": (107.1290, 34.3430),
    "610302004": (107.1000, 34.3600), "610302005": (107.1560, 34.3450), "610302100": (107.2080, 34.3440),
    "610302101": (107.1800, 34.3440), "610302102": (107.1180, 34.3450), "610302103": (107.0720, 34.3650),
    "610302104": (107.2420, 34.3440), "610303001": (107.1540, 34.3790), "610303002": (107.1000, 34.3840),
    "610303003": (107.1400, 34.3800), "610303004": (107.1500, 34.3850), "610303006": (107.1780, 34.3610),
    "610303007": (107.2060, 34.3620), "610303008": (107.2360, 34.3640), "610303100": (107.1720, 34.3680),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CoreDivision:
    """`community_of_ward` indexes `communities`."""

    communities: tuple[CommunityUnit, ...]
    community_of_ward: Ints


def divide_core(seed: CitySeed, lattice: Lattice, blocks: Blocks) -> CoreDivision:
    wards = blocks.wards
    in_north = _north_county(seed, lattice, wards)
    north_bank = np.array([lattice.cells[c].north for c in wards.first_cell], dtype=np.bool_)
    pieces = Pieces(wards.middle, blocks.ward_weight, wards.edges, wards.border)
    chosen: list[CommunityUnit] = []
    labels = np.full(wards.count, -1, dtype=np.int64)
    for county, side in ((seed.south, ~in_north), (seed.north, in_north)):
        for members, units in _banks(seed, county, side, north_bank, wards):
            labels[members] = _lay_out(pieces, members, units) + len(chosen)
            chosen += [unit for street in units for unit in street]
    return CoreDivision(tuple(chosen), labels)


def _north_county(seed: CitySeed, lattice: Lattice, wards: Patches) -> Flags:
    """Column by column, the line that best follows the real border: the river or the railway."""
    outline = next(c.outline for c in seed.counties if c.code == seed.north)
    lonlat = to_degrees(wards.middle)
    truly = shapely.contains_xy(outline, lonlat[:, 0], lonlat[:, 1])
    band = np.array([lattice.cells[c].band for c in wards.first_cell])
    column = np.array([lattice.cells[c].column for c in wards.first_cell])
    result = np.zeros(wards.count, dtype=np.bool_)
    for place in np.unique(column):
        here = column == place
        tried = [
            (float(wards.area[here & (truly != (band >= line))].sum()), line)
            for line in (MID_RIVER, RAIL_BAND, RAIL_BAND + 1)
        ]
        result[here] = band[here] >= min(tried)[1]
    return result


def _banks(
    seed: CitySeed, county: str, side: Flags, north_bank: Flags, wards: Patches
) -> list[tuple[Ints, list[list[CommunityUnit]]]]:
    """The wards of a county on each bank with the streets that belong there."""
    streets = _urban_streets(seed, county)
    if not streets or not side.any():
        return []
    groups = []
    for bank in (False, True):
        members = np.flatnonzero(side & (north_bank == bank))
        units = [street for street in streets if _is_north(street, county == seed.north) == bank]
        groups.append((members, units))
    groups = [(m, _fitting(seed, u, wards.middle[m], len(m))) for m, u in groups]
    full = [(m, u) for m, u in groups if len(m) and u]
    if len(full) == 2:
        return full
    members = np.flatnonzero(side)
    return [(members, full[0][1] if full else _fitting(seed, streets, wards.middle[members], len(members)))]


def _urban_streets(seed: CitySeed, county: str) -> list[list[CommunityUnit]]:
    found: dict[str, list[CommunityUnit]] = {}
    for unit in sorted(seed.communities, key=lambda u: u.code):
        if unit.code[:6] == county and unit.is_urban:
            found.setdefault(unit.code[:9], []).append(unit)
    return list(found.values())


def _is_north(street: list[CommunityUnit], otherwise: bool) -> bool:
    anchor = ANCHORS.get(street[0].code[:9])
    if anchor is None:
        return otherwise
    return anchor[1] > 34.355 + max(0.0, (107.155 - anchor[0]) * 0.22)


def _anchor(street: list[CommunityUnit], rank: float, middles: Floats) -> Floats:
    known = ANCHORS.get(street[0].code[:9])
    if known is not None:
        result: Floats = to_metres(np.array([known]))[0]
        return result
    low, high = np.asarray(middles.min(axis=0)), np.asarray(middles.max(axis=0))
    between: Floats = low + (high - low) * rank
    return between


def _fitting(
    seed: CitySeed, streets: list[list[CommunityUnit]], middles: Floats, blocks: int
) -> list[list[CommunityUnit]]:
    """At full scale every urban community; in a small city those nearest to it."""
    if seed.scale >= 1 or not len(middles):
        return streets
    units = sum(len(street) for street in streets)
    wanted = max(2, min(round(units * min(1.0, seed.scale * 1.5)), blocks // 3))
    centre = middles.mean(axis=0)
    order = sorted(streets, key=lambda s: float(np.hypot(*(_anchor(s, 0.5, middles) - centre))))
    kept: list[list[CommunityUnit]] = []
    for street in order:
        if wanted > 0:
            kept.append(street[: max(1, min(len(street), wanted))])
            wanted -= len(kept[-1])
    return kept


def _lay_out(pieces: Pieces, members: Ints, streets: list[list[CommunityUnit]]) -> Ints:
    middles = pieces.middle[members]
    count = len(streets)
    anchors = np.array([_anchor(s, (i + 0.5) / count, middles) for i, s in enumerate(streets)])
    # a street is as large as the root of its communities: old quarters are dense
    shares = np.array([float(len(s)) for s in streets]) ** 0.8
    of_street = divide(pieces, members, shares, anchors)
    labels = np.zeros(len(members), dtype=np.int64)
    start = 0
    for index, street in enumerate(streets):
        mine = np.flatnonzero(of_street == index)
        labels[mine] = divide(pieces, members[mine], np.ones(len(street))) + start
        start += len(street)
    return labels
