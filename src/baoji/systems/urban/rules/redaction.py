"""Words from which what leads to a person is taken out: for strangers all of it, for those who do the work how to reach them."""

import re
from collections.abc import Iterable

HIDDEN = "***"
REACHES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # mail
        r"\d{17}[\dXx]",  # identity card
        r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)",  # mobile phone
        r"(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)",  # landline with area code
        r"\d{7,}",  # other numbers of a person: local landlines, accounts
    )
)
# The same in one expression, also for the database's regular expressions.
REACH = "|".join(pattern.pattern for pattern in REACHES)
_DIGITS = re.compile(r"\+?\d(?:[\s-]?\d){4,}")
_NO_DIGIT = re.compile(r"\D")
_BEFORE = re.compile(
    r"^(?:(?:00)?86(?=\d{11}$)|0(?=1\d{10}$))"
)  # the country, and what exchanges put before a mobile number
PERSONAL = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\u4e00-\u9fff][A-Z][\s·•]?[A-Z0-9]{5,6}(?![A-Za-z0-9])",  # number plate
        r"[\u4e00-\u9fff](?:先生|女士|小姐|师傅|老师|阿姨|大爷|大妈)",
        # Which door: 3号楼2单元, 3单元402, 402室, 5-2-301; the number in the street stays.
        r"(?:[\dA-Za-z]+\s*(?:号楼|栋|幢|座|单元|楼|层|室|户)\s*){2,}\d*|\d+\s*(?:单元|室)\s*\d*",
        r"(?<![\d-])\d{1,3}(?:[-\u2014\uff0d]\d{1,4}){2}(?![\d-])",
    )
)


def redacted(text: str, private: Iterable[str] = ()) -> str:
    """The text without numbers, addresses of mail, plates, doors, and the `private` words."""
    return _without((*REACHES, *PERSONAL), text, private)


def unreachable(text: str, private: Iterable[str] = ()) -> str:
    """The text without numbers, addresses of mail and the `private` words; where to go stays."""
    return _without(REACHES, text, private)


def headline(text: str, private: Iterable[str] = ()) -> str:
    """What a report is called that has no class yet: its first line, which lists, maps and notices show to all who work on it."""
    return (unreachable(text.strip(), private).splitlines() or [""])[0][:60]


def unnamed(text: str, name: str, phone: str) -> str:
    """The text without this name and this phone number, however its digits are grouped; other people's stay."""
    if len(name) > 1:
        text = text.replace(name, HIDDEN)
    own = _NO_DIGIT.sub("", phone)
    own = _BEFORE.sub("", own)
    if len(own) < 5:
        return text
    return _DIGITS.sub(lambda found: HIDDEN if own in _NO_DIGIT.sub("", found[0]) else found[0], text)


def _without(patterns: Iterable[re.Pattern[str]], text: str, private: Iterable[str]) -> str:
    for word in sorted((one for one in private if len(one) > 1), key=len, reverse=True):
        text = text.replace(word, HIDDEN)
    for pattern in patterns:
        text = pattern.sub(HIDDEN, text)
    return text
