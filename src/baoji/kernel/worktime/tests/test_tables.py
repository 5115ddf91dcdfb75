from dataclasses import replace
from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from baoji.kernel.base import snapshot
from baoji.kernel.base.errors import Invalid, NotThere
from baoji.kernel.worktime import actions, queries
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


def test_the_calendar_follows_the_tables() -> None:
    actions.replace_calendar(hours=[WINTER_HOURS, SUMMER_HOURS], days=[MAY_DAY, SUNDAY])
    calendar = queries.current_calendar()
    assert calendar.add(at("04-30 17:00"), 7200) == at("05-02 09:00")
    assert calendar.known_years == {2025}
    actions.set_special_day(entry=replace(MAY_DAY, day=date(2025, 5, 2)))
    assert queries.current_calendar().add(at("04-30 17:00"), 7200) == at("05-05 09:00")
    actions.remove_special_day(day=date(2025, 5, 2))
    assert queries.current_calendar().add(at("04-30 17:00"), 7200) == at("05-02 09:00")


def test_an_unchanged_calendar_is_kept(django_assert_num_queries) -> None:
    actions.set_office_hours(entry=WINTER_HOURS)
    first = queries.current_calendar()
    with django_assert_num_queries(0):
        assert queries.current_calendar() is first


def test_unverified_days_do_not_make_a_year_known() -> None:
    entry = replace(MAY_DAY, confidence=Confidence.GUESS)
    actions.replace_calendar(hours=[WINTER_HOURS], days=[entry])
    assert queries.current_calendar().known_years == frozenset()
    assert not queries.current_calendar().is_working(at("05-01 10:00"))


def test_replacing_says_what_changed_and_is_idempotent() -> None:
    actions.replace_calendar(hours=[WINTER_HOURS], days=[MAY_DAY])
    longer = replace(WINTER_HOURS, name="全年作息")
    wanted = {"hours": [longer, SUMMER_HOURS], "days": [SUNDAY]}
    foretold = queries.calendar_diff(**wanted)
    changes = actions.replace_calendar(**wanted)
    assert changes == foretold
    assert [(change.before, change.after) for change in changes] == [
        (WINTER_HOURS, longer),
        (None, SUMMER_HOURS),
        (None, SUNDAY),
        (MAY_DAY, None),
    ]
    assert actions.replace_calendar(**wanted) == []
    assert queries.office_hours() == [longer, SUMMER_HOURS]
    assert queries.special_days() == [SUNDAY]
    assert queries.special_days(2024) == []


def test_setting_returns_the_change_or_nothing() -> None:
    added = actions.set_office_hours(entry=WINTER_HOURS)
    assert added and added.before is None and added.after == WINTER_HOURS
    assert actions.set_office_hours(entry=WINTER_HOURS) is None
    assert actions.remove_office_hours(valid_from=WINTER_HOURS.valid_from).before == WINTER_HOURS
    assert queries.office_hours() == []


def test_what_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(NotThere):
        actions.remove_office_hours(valid_from=date(2015, 1, 1))
    with pytest.raises(NotThere):
        actions.remove_special_day(day=date(2025, 5, 1))


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (replace(SUMMER_HOURS, valid_to=date(2025, 6, 1)), "valid_to"),
        (replace(SUMMER_HOURS, spans=((time(12), time(8)),)), "spans"),
        (replace(SUMMER_HOURS, spans=()), "spans"),
        (replace(SUMMER_HOURS, source=" "), "source"),
        (replace(SUMMER_HOURS, name="长" * 61), "name"),
    ],
)
def test_impossible_hours_are_refused_and_nothing_is_written(entry: OfficeHoursEntry, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.replace_calendar(hours=[WINTER_HOURS, entry], days=[MAY_DAY])
    assert field in refusal.value.errors
    assert queries.office_hours() == [] and queries.special_days() == []


def test_a_day_given_twice_is_refused() -> None:
    with pytest.raises(Invalid, match="2025-05-01"):
        actions.replace_calendar(hours=[], days=[MAY_DAY, MAY_DAY])


def test_the_tables_refuse_by_themselves() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficeHours.objects.create(valid_from=date(2025, 2, 1), valid_to=date(2025, 2, 1), spans=[])
    with pytest.raises(IntegrityError), transaction.atomic():
        SpecialDay.objects.create(day=date(2025, 2, 1), kind="maybe", name="x", source="x")


def test_spans_in_json() -> None:
    raw = [["08:00", "12:00"], ["20:00", "24:00"]]
    assert spans_to_json(spans_from_json(raw)) == raw
    assert spans_from_text("08:00-12:00;20:00-24:00") == spans_from_json(raw)
    for wrong in (
        None,
        [],
        "08:00",
        [["08:00"]],
        [["8", "x"]],
        [[8, 12]],
        [["08:00:30", "09:00"]],
        [["12:00", "08:00"]],
    ):
        with pytest.raises(ValueError):
            spans_from_json(wrong)
