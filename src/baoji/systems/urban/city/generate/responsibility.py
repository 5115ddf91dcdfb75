"""Responsibility grids: connected groups of unit grids with about equal work."""

from __future__ import annotations

import numpy as np

from baoji.systems.urban.city.generate.blocks import Patches
from baoji.systems.urban.city.generate.chance import Floats, Ints, spread, sums
from baoji.systems.urban.city.generate.city import ResponsibilityGrid, UnitGrid
from baoji.systems.urban.city.generate.divide import Pieces, divide
from baoji.systems.urban.city.generate.grids import Ground
from baoji.systems.urban.city.generate.seed import CitySeed
from baoji.systems.urban.city.generate.shapes import merged


def responsibility_grids(
    seed: CitySeed, wards: Patches, ground: Ground, grids: list[UnitGrid], components: Ints
) -> list[ResponsibilityGrid]:
    """`components` counts the components in each unit grid. Half the work is area, half is components."""
    load = wards.size / wards.size.sum()
    held = sums(wards.of_cell, components, wards.count)
    load = load / 2 + held / max(1.0, held.sum()) / 2
    pieces = Pieces(wards.middle, load, wards.edges, wards.border)
    county = np.array([grids[c].code[:6] for c in wards.first_cell])
    codes = [code for code in (seed.south, seed.north) if (county == code).any()]
    totals: Floats = np.array([load[county == code].sum() for code in codes])
    blocks_in = np.array([(county == code).sum() for code in codes])
    shares = np.maximum(1, spread(min(seed.responsibility_grids, int(blocks_in.sum())), totals, blocks_in))
    result: list[ResponsibilityGrid] = []
    for code, count in zip(codes, shares.tolist(), strict=True):
        members = np.flatnonzero(county == code)
        part = divide(pieces, members, np.ones(count))
        result += _grids(code, members, part, count, wards, ground, grids, components)
    return result


def _grids(
    county: str, members: Ints, part: Ints, count: int, wards: Patches, ground: Ground,
    grids: list[UnitGrid], components: Ints,
) -> list[ResponsibilityGrid]:  # fmt: skip
    """Numbered from west to east."""
    middles = [float(wards.middle[members[part == i], 0].mean()) for i in range(count)]
    result = []
    for number, index in enumerate(np.argsort(middles, kind="stable").tolist(), start=1):
        cells = np.flatnonzero(np.isin(wards.of_cell, members[part == index]))
        outline = merged(ground.lonlat[cells])
        codes = sorted(grids[c].code for c in cells.tolist())
        held = int(components[cells].sum())
        result.append(ResponsibilityGrid(f"{county}R{number:02d}", county, codes, outline, held))
    return result
