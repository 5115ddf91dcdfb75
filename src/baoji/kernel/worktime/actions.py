"""Writes to the working calendar. Each returns what changed, for the caller's journal; [] or None is nothing.

Deadlines already computed stay as they are: whoever keeps them recomputes.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import snapshot
from baoji.kernel.base.errors import Invalid, NotThere
from baoji.kernel.worktime.calendar import check_spans
from baoji.kernel.worktime.entries import (
    CalendarChange,
    Entry,
    OfficeHoursEntry,
    SpecialDayEntry,
    spans_to_json,
)
from baoji.kernel.worktime.models import OfficeHours, SpecialDay
from baoji.kernel.worktime.queries import TOPIC, calendar_diff


@transaction.atomic
def set_office_hours(*, entry: OfficeHoursEntry) -> CalendarChange | None:
    """Adds the hours that begin on `entry.valid_from`, or replaces them."""
    _check_hours(entry)
    snapshot.bump(TOPIC)
    row = OfficeHours.objects.filter(valid_from=entry.valid_from).first()
    return _write(CalendarChange("office_hours", entry.valid_from, row.entry if row else None, entry))


@transaction.atomic
def remove_office_hours(*, valid_from: date) -> CalendarChange:
    snapshot.bump(TOPIC)
    row = OfficeHours.objects.filter(valid_from=valid_from).first()
    if row is None:
        raise NotThere(_("没有从这一天开始的办公时间。"))
    change = CalendarChange("office_hours", valid_from, row.entry, None)
    _write(change)
    return change


@transaction.atomic
def set_special_day(*, entry: SpecialDayEntry) -> CalendarChange | None:
    """Marks the day as a holiday or a work day, whatever it was before."""
    _check_words(entry)
    snapshot.bump(TOPIC)
    row = SpecialDay.objects.filter(day=entry.day).first()
    return _write(CalendarChange("special_day", entry.day, row.entry if row else None, entry))


@transaction.atomic
def remove_special_day(*, day: date) -> CalendarChange:
    snapshot.bump(TOPIC)
    row = SpecialDay.objects.filter(day=day).first()
    if row is None:
        raise NotThere(_("这一天没有登记为节假日或调休。"))
    change = CalendarChange("special_day", day, row.entry, None)
    _write(change)
    return change


@transaction.atomic
def replace_calendar(
    *, hours: Sequence[OfficeHoursEntry], days: Sequence[SpecialDayEntry]
) -> list[CalendarChange]:
    """Makes the tables hold exactly these entries; the same entries again change nothing."""
    for hours_entry in hours:
        _check_hours(hours_entry)
    for day_entry in days:
        _check_words(day_entry)
    _refuse_twins(entry.valid_from for entry in hours)
    _refuse_twins(entry.day for entry in days)
    snapshot.bump(TOPIC)
    changes = calendar_diff(hours, days)
    for change in changes:
        _write(change)
    return changes


def _write(change: CalendarChange) -> CalendarChange | None:
    """The topic's version row is held since `bump`, so writers take turns and rows read since are current."""
    if change.before == change.after:
        return None
    after: Entry | None = change.after
    if isinstance(after, OfficeHoursEntry):
        values = {**_words(after), "valid_to": after.valid_to, "spans": spans_to_json(after.spans)}
        OfficeHours.objects.update_or_create(valid_from=after.valid_from, defaults=values)
    elif isinstance(after, SpecialDayEntry):
        values = {**_words(after), "kind": after.kind.value}
        SpecialDay.objects.update_or_create(day=after.day, defaults=values)
    elif change.table == "office_hours":
        OfficeHours.objects.filter(valid_from=change.key).delete()
    else:
        SpecialDay.objects.filter(day=change.key).delete()
    return change


def _words(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "source": entry.source, "confidence": entry.confidence.value}


def _check_hours(entry: OfficeHoursEntry) -> None:
    if entry.valid_to is not None and entry.valid_to <= entry.valid_from:
        raise Invalid(_("办公时间的失效日期应晚于起始日期。"), errors={"valid_to": [_("应晚于起始日期")]})
    try:
        spans = check_spans(entry.spans)
    except ValueError as error:
        message = _("办公时段首尾颠倒或相互重叠。")
        raise Invalid(message, errors={"spans": [message]}) from error
    if not spans:
        raise Invalid(_("请至少填写一个办公时段。"), errors={"spans": [_("不能为空")]})
    _check_words(entry)


def _check_words(entry: Entry) -> None:
    for field, limit in (("name", 60), ("source", 300)):
        text = getattr(entry, field)
        if not text.strip():
            raise Invalid(_("请填写名称和依据。"), errors={field: [_("不能为空")]})
        if len(text) > limit:
            raise Invalid(_("名称或依据太长。"), errors={field: [_("太长")]})


def _refuse_twins(days: Iterable[date]) -> None:
    seen: set[date] = set()
    for day in days:
        if day in seen:
            raise Invalid(_("%(day)s 出现了两次。") % {"day": day.isoformat()})
        seen.add(day)
