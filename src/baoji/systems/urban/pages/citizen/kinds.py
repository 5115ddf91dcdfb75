"""The few kinds a citizen chooses from. Where one class is meant, the report gets it; else the word goes into the description."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from baoji.systems.urban import public


class What(NamedTuple):
    """`topic` is '' where several classes are meant, those whose official name has `word` in it: the acceptor chooses."""

    key: str
    title: str
    topic: str
    word: str = ""

    def topics(self) -> list[str]:
        """The classes it may mean; none where it may be any."""
        if self.topic or not self.word:
            return [self.topic] if self.topic else []
        return [row.kind[0] + row.code for row in public.book().classes.values() if self.word in row.name]


def whats() -> list[What]:
    return [
        What("cover", _("井盖"), "", word="井盖"),
        What("lamp", _("路灯"), "c0137"),
        What("road", _("道路"), "e0113"),
        What("rubbish", _("垃圾"), "e0110"),
        What("occupied", _("占道"), "e0406"),
        What("tree", _("树木"), "c0402"),
        What("other", _("其他"), ""),
    ]


def what(key: str) -> What | None:
    return next((one for one in whats() if one.key == key), None)
