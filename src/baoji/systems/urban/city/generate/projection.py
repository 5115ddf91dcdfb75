"""A local metric frame about the centre of the core: x east, y north, in metres."""

from __future__ import annotations

import numpy as np

from baoji.systems.urban.city.generate.chance import Floats

# CGCS2000 ellipsoid
_A = 6_378_137.0
_F = 1 / 298.257222101
_E2 = _F * (2 - _F)

LON_0, LAT_0 = 107.155, 34.362
_SIN2 = float(np.sin(np.radians(LAT_0)) ** 2)
METRES_PER_LAT = float(np.radians(1.0)) * _A * (1 - _E2) / (1 - _E2 * _SIN2) ** 1.5
METRES_PER_LON = float(np.radians(1.0)) * _A / (1 - _E2 * _SIN2) ** 0.5 * (1 - _SIN2) ** 0.5


def to_metres(lonlat: Floats) -> Floats:
    result: Floats = (lonlat - (LON_0, LAT_0)) * (METRES_PER_LON, METRES_PER_LAT)
    return result


def to_degrees(metres: Floats) -> Floats:
    """Rounded to about a millimetre, so that every machine gives the same digits."""
    result: Floats = np.round(metres / (METRES_PER_LON, METRES_PER_LAT) + (LON_0, LAT_0), 8)
    return result
