"""Where an address lies that somebody wrote down: exactly one place, or a refusal that says what else would do."""

import re

from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.phrases import listed
from baoji.kernel.maps.coordinates import Point, metres
from baoji.kernel.maps.queries import Found, search_places

NEAR_M = 150.0
LOOKED_AT = 8
# Province, city, county, street office: what stands before the street in an address.
ABOVE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,4}市)?(?:[\u4e00-\u9fff]{1,4}[区县])?(?:[\u4e00-\u9fff]{2,5}(?:街道办事处|街道|镇|乡))?"
)
# What stands behind the number says where one stands before the door.
PLATE = re.compile(r"(\D+?)\s*(\d+)\s*号")


def place_of_address(text: str) -> Point:
    """Longitude and latitude of an address or a crossing of the gazetteer. Raises Invalid."""
    several: list[Found] = []
    for words in _readings(text):
        found = search_places(words, LOOKED_AT)
        meant = [one for one in found if _plain(one.name) == _plain(words)]
        if not meant and len(found) < LOOKED_AT:  # else there may be more, far away
            meant = found
        if meant and all(metres(_point(meant[0]), _point(one)) <= NEAR_M for one in meant):
            return _point(meant[0])
        several = several or found
    if several:
        sentence = _("有几处叫这个：%(names)s。请写全，或发送 lat 和 long") % {
            "names": listed(one.name for one in several[:3])
        }
    else:
        sentence = _("找不到这个地址，请发送 lat 和 long")
    raise Invalid(sentence, errors={"address_string": [sentence]})


def _readings(text: str) -> list[str]:
    """The address as it stands, without what is above the street, as the gazetteer writes plates, and each part between commas."""
    whole = text.strip()[:120]
    found = [whole]
    for part in (whole.replace(" ", ""), *re.split("[,，]", whole)):
        street = ABOVE.sub("", part.strip(), count=1)
        plate = PLATE.match(street)
        found += [part.strip(), street, f"{plate[1]} {plate[2]} 号" if plate else ""]
    return list(dict.fromkeys(one for one in found if len(one) > 1))


def _plain(name: str) -> str:
    return "".join(name.split())


def _point(found: Found) -> Point:
    return found.lon, found.lat
