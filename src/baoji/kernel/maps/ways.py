"""Handing a place to the phone's own map, which leads the way there.

`geo:` (RFC 5870) is WGS 84, for whatever map the phone has. iPhones know no `geo:`; Apple's map takes a link, and draws China
in GCJ-02 (its data is AutoNavi's), so that a place in WGS 84 would lie half a kilometre off.
"""

import re

from baoji.kernel.maps.coordinates import to_gcj

# An iPad calls itself a Mac; it has no scriptless sign of its own.
APPLE = re.compile(r"\b(iPhone|iPad|iPod)\b")


def geo_way(lon: float, lat: float) -> str:
    """Degrees of CGCS2000, which is WGS 84 here."""
    return f"geo:{lat:.6f},{lon:.6f}?q={lat:.6f},{lon:.6f}"


def apple_way(lon: float, lat: float) -> str:
    """Degrees of CGCS2000, for a place in China."""
    x, y = to_gcj(lon, lat)
    return f"https://maps.apple.com/?daddr={y:.6f},{x:.6f}"


def way_for(agent: str, lon: float, lat: float) -> str:
    """What the phone that calls itself `agent` (the header User-Agent) opens its map by."""
    return (apple_way if APPLE.search(agent) else geo_way)(lon, lat)
