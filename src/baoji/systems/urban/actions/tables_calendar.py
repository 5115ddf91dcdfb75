"""Registers of the working calendar: office hours, holidays and 调休."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.phrases import listed
from baoji.kernel.registers.declare import Draft, Field, Register
from baoji.kernel.worktime.choices import confidence_choices, day_kind_choices
from baoji.kernel.worktime.entries import spans_from_json, spans_from_text, spans_to_json
from baoji.kernel.worktime.models import OfficeHours, SpecialDay
from baoji.kernel.worktime.queries import TOPIC, current_calendar
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.tables_settings import HOW


def _spans_words(value: Any) -> str:
    return "；".join("-".join(pair) for pair in value)


def _spans(text: str) -> list[list[str]]:
    try:
        return spans_to_json(
            spans_from_text(text.replace("；", ";").replace("：", ":").replace("—", "-").replace("–", "-"))
        )
    except ValueError as wrong:
        raise ValueError(_("请写成 08:00-12:00；14:00-18:00，先后不重叠")) from wrong


def _check_hours(draft: Draft) -> None:
    row = draft.row
    spans_from_json(row.spans)
    if row.valid_to and row.valid_to <= row.valid_from:
        raise Invalid(_("没有保存：失效日应晚于起始日"), errors={"valid_to": [_("应晚于起始日")]})


def unknown_years() -> list[str]:
    """Years near now for which no holidays are on record: deadlines there count Monday to Friday."""
    known, this = current_calendar().known_years, timezone.localdate().year
    missing = [year for year in (this - 1, this, this + 1) if year not in known]
    if not missing:
        return []
    years = listed(missing)
    return [
        _(
            "%(years)s 年没有登记节假日，这些年的时限按周一至周五计算。国务院办公厅的通知发布后请在“节假日和调休”里录入"
        )
        % {"years": years}
    ]


HOURS = Register(
    code="hours",
    title=lazy("办公时间"),
    group=HOW,
    icon="clock",
    model=OfficeHours,
    subject="worktime.hours",
    topics=(TOPIC, "calendar"),
    about=lazy("夏季、冬季作息，各从哪天起"),
    key=lambda row: row.valid_from.isoformat(),
    label=lambda row: f"{refs.named(row)} {row.valid_from}",
    order="valid_from",
    descending=True,
    notes=unknown_years,
    fields=(
        Field("valid_from", lazy("起始日"), "date", fixed=True),
        Field(
            "valid_to",
            lazy("失效日"),
            "date",
            required=False,
            column=True,
            hint=lazy("这一天起不再用；空着就一直用到下一段"),
        ),
        Field(
            "spans",
            lazy("办公时段"),
            "parsed",
            parse=_spans,
            form=_spans_words,
            column=True,
            hint=lazy("例如 08:00-12:00；14:00-18:00"),
        ),
        Field("name", lazy("名称"), longest=60),
        fields.optional("name_en", lazy("英文名"), 80),
        Field("source", lazy("依据"), longest=300),
        Field("confidence", lazy("可信程度"), "select", choices=confidence_choices, initial="V1"),
    ),
    check=_check_hours,
    removal=lambda row: "",
)
DAYS = Register(
    code="days",
    title=lazy("节假日和调休"),
    group=HOW,
    icon="beach",
    model=SpecialDay,
    subject="worktime.day",
    topics=(TOPIC, "calendar"),
    about=lazy("放假的日子和上班的周末，逐日录入"),
    key=lambda row: row.day.isoformat(),
    label=lambda row: row.day.isoformat(),
    order="day",
    descending=True,
    search=("name", "name_en"),
    notes=unknown_years,
    fields=(
        Field("day", lazy("日期"), "date", fixed=True),
        Field("kind", lazy("放假还是上班"), "select", choices=day_kind_choices, column=True),
        Field("name", lazy("名称"), longest=60, column=True, cell=refs.named),
        fields.optional("name_en", lazy("英文名"), 80),
        Field("source", lazy("依据"), longest=300),
        Field("confidence", lazy("可信程度"), "select", choices=confidence_choices, initial="V1"),
    ),
    removal=lambda row: "",
)

REGISTERS = (HOURS, DAYS)
