"""How people write addresses, and how the gazetteer has them."""

import re

LONGEST = 120
# Province, city, county, street office: what stands before the street in an address.
ABOVE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,4}市)?(?:[\u4e00-\u9fff]{1,4}[区县])?(?:[\u4e00-\u9fff]{2,5}(?:街道办事处|街道|镇|乡))?"
)
# What stands behind the number says where one stands before the door.
PLATE = re.compile(r"(\D+?)\s*(\d+)\s*号")


def readings(text: str) -> list[str]:
    """The address as it stands, without what is above the street, as the gazetteer writes plates, and each part between commas."""
    whole = text.strip()[:LONGEST]
    found = [whole]
    for part in (whole.replace(" ", ""), *re.split("[,，]", whole)):
        street = ABOVE.sub("", part.strip(), count=1)
        plate = PLATE.match(street)
        found += [part.strip(), street, f"{plate[1]} {plate[2]} 号" if plate else ""]
    return list(dict.fromkeys(one for one in found if len(one) > 1))
