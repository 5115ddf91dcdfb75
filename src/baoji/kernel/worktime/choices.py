"""What a day can be other than its weekday says, and how sure its source is."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, Promise]]


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    WORKDAY = "workday"


class Confidence(StrEnum):
    """The marks of the city's files: how far to trust a row."""

    TWO_SOURCES = "V2"
    ONE_SOURCE = "V1"
    FROM_MEMORY = "M"
    GUESS = "L"


DAY_KIND_LABELS = {
    DayKind.HOLIDAY: _("放假"),
    DayKind.WORKDAY: _("调休上班"),
}
CONFIDENCE_LABELS = {
    Confidence.TWO_SOURCES: _("两处来源一致"),
    Confidence.ONE_SOURCE: _("一处来源"),
    Confidence.FROM_MEMORY: _("凭经验，未经核对"),
    Confidence.GUESS: _("暂定，待核定"),
}
# Special days marked so are used, but do not make their year a known one.
UNVERIFIED = frozenset({Confidence.FROM_MEMORY, Confidence.GUESS})


# The migration refers to these two functions: their names stay.
def day_kind_choices() -> Choices:
    return [(kind.value, label) for kind, label in DAY_KIND_LABELS.items()]


def confidence_choices() -> Choices:
    return [(confidence.value, label) for confidence, label in CONFIDENCE_LABELS.items()]
