"""Fields that several of the operator's registers have in common."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.registers.declare import Field, Text

BASIS = lazy("依据")


def optional(name: str, label: Text, longest: int, **more: Any) -> Field:
    return Field(name, label, required=False, longest=longest, **more)


def source(label: Text = BASIS) -> Field:
    """On what a row rests."""
    return optional("source", label, 200)


def day(name: str, label: Text, *, column: bool = True, hint: Text = "") -> Field:
    """One end of a span of days; empty means open."""
    return Field(name, label, "date", required=False, column=column, hint=hint)


def first_day_without(name: str) -> Field:
    """The end of a span up to, not including, that day: the next row begins on it and no day is left out."""
    return day(name, lazy("失效日"), hint=lazy("从这一天起不再算，接着的一行就填这一天起"))


USUAL = (lazy("起日"), lazy("失效日"))


def check_span(
    row: Any, first: str = "valid_from", last: str = "valid_to", *, called: tuple[Text, Text] = USUAL
) -> None:
    """`called`: the two days as the form has them."""
    begin, end = getattr(row, first), getattr(row, last)
    if begin and end and end < begin:
        said = {"begins": called[0], "ends": called[1]}
        raise Invalid(
            _("没有保存：%(ends)s在%(begins)s之前") % said, errors={last: [_("应不早于%(begins)s") % said]}
        )
