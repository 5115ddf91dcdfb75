from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from baoji.kernel.base import snapshot
from baoji.kernel.worktime import queries
from baoji.kernel.worktime.choices import Confidence, DayKind
from baoji.kernel.worktime.entries import (
    OfficeHoursEntry,
    SpecialDayEntry,
    spans_from_json,
    spans_from_text,
    spans_to_json,
)
from baoji.kernel.worktime.models import OfficeHours, SpecialDay
from baoji.kernel.worktime.tests.town_hours import SUMMER, WINTER, at

WINTER_HOURS = OfficeHoursEntry(date(2015, 1, 1), None, WINTER, "冬季作息", "市政府办公室通知")
SUMMER_HOURS = OfficeHoursEntry(date(2025, 6, 1), date(2025, 10, 1), SUMMER, "夏季作息", "市政府办公室通知")
MAY_DAY = SpecialDayEntry(
    date(2025, 5, 1), DayKind.HOLIDAY, "劳动节", "国务院办公厅通知", Confidence.TWO_SOURCES
)
SUNDAY = SpecialDayEntry(date(2025, 4, 27), DayKind.WORKDAY, "劳动节调休", "国务院办公厅通知")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_city")]


@pytest.fixture(autouse=True)
def _nothing_kept():
    snapshot.forget_all()
    yield
    snapshot.forget_all()


def enter(*entries: OfficeHoursEntry | SpecialDayEntry) -> None:
    """Rows as an operator's edit leaves them."""
    for entry in entries:
        said = {"name": entry.name, "source": entry.source, "confidence": entry.confidence}
        if isinstance(entry, OfficeHoursEntry):
            span = {"valid_from": entry.valid_from, "valid_to": entry.valid_to}
            OfficeHours.objects.create(**said, **span, spans=spans_to_json(entry.spans))
        else:
            SpecialDay.objects.create(**said, day=entry.day, kind=entry.kind)
    snapshot.bump(queries.TOPIC)


def test_rows_come_back_as_they_were_entered() -> None:
    enter(SUMMER_HOURS, WINTER_HOURS, MAY_DAY, SUNDAY)
    assert queries.office_hours() == [WINTER_HOURS, SUMMER_HOURS]
    assert queries.special_days() == [SUNDAY, MAY_DAY]


def test_the_calendar_follows_the_tables() -> None:
    enter(WINTER_HOURS, SUMMER_HOURS, MAY_DAY, SUNDAY)
    calendar = queries.current_calendar()
    assert calendar.add(at("04-30 17:00"), 7200) == at("05-02 09:00")
    assert calendar.known_years == {2025}
    enter(replace(MAY_DAY, day=date(2025, 5, 2)))
    assert queries.current_calendar().add(at("04-30 17:00"), 7200) == at("05-05 09:00")


def test_an_unchanged_calendar_is_kept(django_assert_num_queries) -> None:
    enter(WINTER_HOURS)
    first = queries.current_calendar()
    with django_assert_num_queries(0):
        assert queries.current_calendar() is first


def test_a_city_without_hours_still_has_deadlines() -> None:
    assert queries.current_calendar().spans_on(date(2025, 3, 3)) == WINTER


def test_unverified_days_do_not_make_a_year_known() -> None:
    enter(WINTER_HOURS, replace(MAY_DAY, confidence=Confidence.GUESS))
    assert queries.current_calendar().known_years == frozenset()
    assert not queries.current_calendar().is_working(at("05-01 10:00"))


def test_the_tables_refuse_by_themselves() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficeHours.objects.create(valid_from=date(2025, 2, 1), valid_to=date(2025, 2, 1), spans=[])
    with pytest.raises(IntegrityError), transaction.atomic():
        SpecialDay.objects.create(day=date(2025, 2, 1), kind="maybe", name="x", source="x")


def test_spans_in_json() -> None:
    raw = [["08:00", "12:00"], ["20:00", "24:00"]]
    assert spans_to_json(spans_from_json(raw)) == raw
    assert spans_from_text("08:00-12:00;20:00-24:00") == spans_from_json(raw)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "08:00",
        [["08:00"]],
        [["8", "x"]],
        [[8, 12]],
        [["08:00:30", "09:00"]],
        [["12:00", "08:00"]],
        [["08:00", "12:00"], ["11:00", "18:00"]],
    ],
)
def test_what_are_no_office_hours_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        spans_from_json(wrong)
