"""Small turns of phrase in the reader's language: lists, remarks, what follows a colon."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _


def wild_clock() -> str:
    """Instead of a time that no calendar of ours reaches (`base.instants`)."""
    return _("手机时钟不可信")


def day_and_time(at: datetime) -> str:
    """`03-17 10:00` in the city's time."""
    return f"{timezone.localtime(at):%m-%d %H:%M}"


def up_to(count: int, most: int) -> str:
    """A count on a badge: '' for none, `7`, `99+` beyond `most`."""
    return "" if not count else f"{most}+" if count > most else str(count)


def listed(words: Iterable[object]) -> str:
    """`甲、乙` or `a, b`."""
    return _("、").join(str(word) for word in words)


def strung(words: Iterable[object]) -> str:
    """`甲；乙` or `a; b`."""
    return _("；").join(str(word) for word in words)


def sentences(words: Iterable[object]) -> str:
    """`甲。乙` or `a. b`."""
    return _("。").join(str(word) for word in words)


def remarked(words: object, note: object) -> str:
    """`甲（乙）` or `a (b)`."""
    return _("%(words)s（%(note)s）") % {"words": words, "note": note}


def headed(head: object, words: object) -> str:
    """`甲：乙` or `a: b`."""
    return _("%(head)s：%(words)s") % {"head": head, "words": words}
