"""The few kinds a citizen chooses from. Where one class is meant, the report gets it; else the word goes into the description."""

from typing import NamedTuple

from django.utils.translation import gettext as _


class What(NamedTuple):
    """`topic` is '' where several classes are meant: the acceptor chooses."""

    key: str
    title: str
    topic: str


def whats() -> list[What]:
    return [
        What("cover", _("井盖"), ""),
        What("lamp", _("路灯"), "c0137"),
        What("road", _("道路"), "e0113"),
        What("rubbish", _("垃圾"), "e0110"),
        What("occupied", _("占道"), "e0406"),
        What("tree", _("树木"), "c0402"),
        What("other", _("其他"), ""),
    ]


def what(key: str) -> What | None:
    return next((one for one in whats() if one.key == key), None)
