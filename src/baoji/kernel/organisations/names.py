"""What organisations and divisions are called in the reader's language: the Chinese names are official, the English ones stand beside them."""

import re

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baoji.kernel.organisations.queries import Org, divisions, organisations


def in_english() -> bool:
    """Whether this reader reads English."""
    return (get_language() or "").startswith("en")


def org_name(org: Org, *, short: bool = False) -> str:
    """There is only one English name; the short one is Chinese alone."""
    if in_english() and org.name_en:
        return org.name_en
    return org.short_name if short else org.name


def centre_name() -> str:
    """Of the city's 监督中心, in whose name the city speaks to everybody; where no city has been loaded, what such a centre is."""
    centre = organisations().centre
    return org_name(centre) if centre else _("城市管理监督中心")


_WILDCARDS = re.compile(r"[%_\\]")


def within(code: str) -> str:
    """The digits that begin every area inside a division: 6103 of the city 610300, 610302001 of the street 610302001000.

    Zeros behind fill a code up (GB/T 2260, GB/T 10114); unit grids and communities have their own digits there. Whatever was
    asked for, a `%` behind the answer is the only wildcard.
    """
    code = _WILDCARDS.sub("", code)
    if len(code) == 6 and code.endswith("00"):
        return code[:4]
    return code[:9] if len(code) == 12 and code.endswith("000") else code


def division_name(code: str) -> str:
    """The name of a county (6 digits), street (9 or 12 digits) or community; "" if no division has the code."""
    found = divisions().get(code if len(code) <= 6 else code.ljust(12, "0"))
    if found is None:
        return ""
    return found.name_en if in_english() and found.name_en else found.name
