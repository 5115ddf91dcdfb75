"""Points as people send them: read, converted to CGCS2000, and refused with the likely cause."""

from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.base.phrases import listed
from baoji.kernel.maps.coordinates import SYSTEMS, Point, looks_shifted, metres, to_city
from baoji.kernel.maps.queries import Spot, in_bounds, locate
from baoji.systems.urban.queries.book import policies


def point_of(value: Any, crs: str) -> Point:
    """A GeoJSON Point (RFC 7946, longitude first) in one of `SYSTEMS`, as longitude and latitude in CGCS2000."""
    if crs not in SYSTEMS:
        raise Invalid(_("不认识这个坐标系"), errors={"crs": [_("可以是 %(all)s") % {"all": listed(SYSTEMS)}]})
    given = value.get("coordinates") if isinstance(value, dict) and value.get("type") == "Point" else None
    if (
        not isinstance(given, list | tuple)
        or not 2 <= len(given) <= 3
        or not all(_is_number(part) for part in given)
    ):
        raise Invalid(_("位置写得不对"), errors={"location": [_("请写 GeoJSON 点，经度在前")]})
    lon, lat = float(given[0]), float(given[1])
    if not in_bounds(*to_city(lon, lat, crs) if -180 <= lon <= 180 and -90 <= lat <= 90 else (lon, lat)):
        if -90 <= lon <= 90 and in_bounds(lat, lon):
            raise _refuse("coordinates-swapped", _("经度和纬度写反了：经度在前"))
        raise _refuse("outside-city", _("位置不在本市范围内"))
    return to_city(lon, lat, crs)


def heard_from(value: Any, crs: str) -> Point | None:
    """As `point_of`, of who calls for help: a place beyond the city counts as well, and one that cannot be keeps no call back."""
    try:
        return point_of(value, crs)
    except Refused as refused:
        if refused.code != "outside-city":
            return None
    lon, lat = map(float, value["coordinates"][:2])
    return to_city(lon, lat, crs) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _refuse(code: str, sentence: str) -> Refused:
    return Refused(sentence, code=code, status=422, errors={"location": [sentence]})


def spot_of(point: Point) -> Spot:
    """The grid or division of a point; refused outside the city's outline."""
    spot = locate(*point)
    if spot is None:
        raise _refuse("outside-city", _("位置不在本市范围内"))
    return spot


def far_off(given: Point, component: Point) -> int | None:
    """Metres between a place and the component named with it, where that is farther than the policy
    `coordinates.component_m` (200) lets pass in silence; else None."""
    apart = metres(given, component)
    return round(apart) if apart > float(policies().get("coordinates", {}).get("component_m", 200)) else None


def refuse_shifted(given: Point, component: Point, tolerance_m: float) -> None:
    """Says it when a place is off its component by just the GCJ-02 shift; guesses nothing else."""
    if looks_shifted(given, component, tolerance_m):
        raise _refuse(
            "coordinates-shifted", _("位置与部件正好差一个 GCJ-02 偏移，请注明坐标系 crs 或用 CGCS2000 坐标")
        )
