"""Where an address lies that somebody wrote down: exactly one place, or a refusal that says what else would do."""

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.phrases import listed
from baoji.kernel.maps.addresses import readings
from baoji.kernel.maps.coordinates import Point, metres
from baoji.kernel.maps.queries import Found, places_named

NEAR_M = 150.0
LOOKED_AT = 8
STREET = "street"  # one point stands for the whole road


def place_of_address(text: str) -> Point:
    """Longitude and latitude of an address or a crossing of the gazetteer; a road is no place, long as it is. Raises Invalid."""
    several: list[Found] = []
    road = ""
    for words in readings(text):
        found = places_named(words, LOOKED_AT)
        meant = [one for one in found if _plain(one.name) == _plain(words)]
        if not meant and len(found) < LOOKED_AT:  # else there may be more, far away
            meant = found
        if any(one.kind == STREET for one in meant):
            road = road or next(one.name for one in meant if one.kind == STREET)
            continue
        if meant and all(metres(_point(meant[0]), _point(one)) <= NEAR_M for one in meant):
            return _point(meant[0])
        several = several or found
    if road:
        sentence = _("“%(name)s”是一条路，请写门牌号或路口，或发送 lat 和 long") % {"name": road}
    elif several:
        sentence = _("有几处叫这个：%(names)s。请写全，或发送 lat 和 long") % {
            "names": listed(one.name for one in several[:3])
        }
    else:
        sentence = _("找不到这个地址，请发送 lat 和 long")
    raise Invalid.at("address_string", sentence)


def _plain(name: str) -> str:
    return "".join(name.split())


def _point(found: Found) -> Point:
    return found.lon, found.lat
