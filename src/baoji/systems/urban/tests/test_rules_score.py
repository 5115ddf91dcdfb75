"""How the score counts, by tables: October's figures as they stand on 20 November."""

from datetime import date, datetime

import pytest

from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban.pages.score.words import percent
from baoji.systems.urban.rules import periods
from baoji.systems.urban.rules.score import FIGURES, Facts, Period, grade, tally


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


OCTOBER = Period(at("10-01 00:00"), at("11-01 00:00"), at("11-20 12:00"))
DUE, CLOSE_DUE = at("10-12 10:00"), at("10-12 11:45")


def facts(
    answered: str = "",
    closed: str = "",
    *,
    due: datetime = DUE,
    close_due: datetime = CLOSE_DUE,
    **more: object,
) -> Facts:
    return Facts(due, close_due, at(answered) if answered else None, at(closed) if closed else None, **more)


CASES = [
    (
        "answered and closed in time",
        facts("10-12 10:00", "10-12 11:45"),
        "need_dispose disposed in_time need_close closed closed_in_time",
    ),
    (
        "a second late, twice",
        facts("10-12 10:00:01", "10-12 11:45:01"),
        "need_dispose disposed overdue_disposed overdue need_close closed closed_late",
    ),
    ("answered in time, not closed", facts("10-12 09:00"), "need_dispose disposed in_time need_close"),
    ("neither", facts(), "need_dispose overdue_undone overdue need_close"),
    (
        "answered late, in the next month",
        facts("11-03 09:00"),
        "need_dispose disposed overdue_disposed overdue need_close",
    ),
    (
        "done after the last instant looked at",
        facts("11-20 12:00:01"),
        "need_dispose overdue_undone overdue need_close",
    ),
    (
        "due at the first instant",
        facts("10-01 00:00", due=at("10-01 00:00"), close_due=at("10-01 01:45")),
        "need_dispose disposed in_time need_close",
    ),
    ("due at the next month's first instant", facts(due=at("11-01 00:00"), close_due=at("11-01 01:45")), ""),
    (
        "due in October, to be closed by November",
        facts("10-31 20:00", "11-01 00:30", due=at("10-31 23:00"), close_due=at("11-01 00:45")),
        "need_dispose disposed in_time",
    ),
    (
        "due in September, to be closed by October",
        facts("09-30 20:00", "10-01 00:30", due=at("09-30 23:00"), close_due=at("10-01 00:45")),
        "need_close closed closed_in_time",
    ),
    (
        "redone",
        facts("10-12 09:00", "10-12 11:00", reworked=True),
        "need_dispose disposed in_time need_close closed closed_in_time reworked",
    ),
    (
        "特急",
        facts("10-12 09:00", critical=True),
        "need_dispose disposed in_time need_close critical_disposed",
    ),
    ("缓办", facts(deferred=True), "deferred"),
    ("appealed with success, though late", facts("10-13 09:00", "10-13 10:00", exempt=True), "exempted"),
]


@pytest.mark.parametrize(("what", "one", "counted"), CASES, ids=[what for what, *_ in CASES])
def test_a_case_counts_in_exactly_these_figures(what: str, one: Facts, counted: str) -> None:
    assert {name for name, test in FIGURES.items() if test(one, OCTOBER)} == set(counted.split())


def test_what_is_not_due_yet_counts_once_it_is_done() -> None:
    running = Period(at("11-01 00:00"), at("12-01 00:00"), at("11-20 12:00"))
    later = {"due": at("11-25 10:00"), "close_due": at("11-25 11:45")}
    assert not FIGURES["need_dispose"](facts(**later), running)
    assert FIGURES["in_time"](facts("11-20 09:00", **later), running)


def test_a_row_adds_up_by_hand() -> None:
    row = tally("D1", "市排水公司", [one for _what, one, _counted in CASES], OCTOBER, returned=2)
    assert row.rate("in_time_rate") == (6, 10)
    assert row.rate("dispose_rate") == (8, 10)
    assert row.rate("overdue_rate") == (4, 10)
    assert row.rate("close_rate") == (4, 10)
    assert row.rate("close_in_time_rate") == (3, 10)
    assert row.rate("close_late_rate") == (1, 10)
    assert row.rate("rework_rate") == (1, 8)
    assert row.rate("return_rate") == (2, 10)
    assert (row.counts["deferred"], row.counts["exempted"]) == (1, 1)
    assert row.counts["overdue"] == row.counts["overdue_disposed"] + row.counts["overdue_undone"]


def test_cases_that_stand_together_count_as_often_as_they_are() -> None:
    row = tally(
        "",
        "",
        [facts("10-12 09:00", n=3, used_s=3600), facts("10-12 09:30", critical=True, used_s=600)],
        OCTOBER,
    )
    assert row.counts["in_time"] == 4
    assert row.average_s == 1050
    assert row.critical_average_s == 600


def test_months_add_up_to_the_quarter() -> None:
    quarter = Period(at("10-01 00:00"), datetime(2027, 1, 1, tzinfo=SHANGHAI), OCTOBER.as_of)
    months = [
        Period(at(f"{m}-01 00:00"), at(f"{m + 1}-01 00:00") if m < 12 else quarter.end, OCTOBER.as_of)
        for m in (10, 11, 12)
    ]
    known = [one for _what, one, _counted in CASES]
    whole = tally("", "", known, quarter).counts
    parts = [tally("", "", known, month).counts for month in months]
    assert whole == {name: sum(part[name] for part in parts) for name in whole}


@pytest.mark.parametrize(
    ("share", "letter"),
    [(1.0, "A"), (0.9, "A"), (0.8999, "B"), (0.8, "B"), (0.6, "C"), (0.5999, "D"), (None, "")],
)
def test_grades(share: float | None, letter: str) -> None:
    assert grade(share) == letter


def test_grades_of_a_city() -> None:
    assert grade(0.94, {"A": 0.97, "B": 0.94, "C": 0.9}) == "B"


@pytest.mark.parametrize(
    ("kind", "first", "end", "number"),
    [
        ("day", "2026-10-10", "2026-10-11", 10),
        ("week", "2026-10-05", "2026-10-12", 41),
        ("month", "2026-10-01", "2026-11-01", 10),
        ("quarter", "2026-10-01", "2027-01-01", 4),
        ("half", "2026-07-01", "2027-01-01", 2),
        ("year", "2026-01-01", "2027-01-01", 1),
    ],
)
def test_periods(kind: str, first: str, end: str, number: int) -> None:
    found = periods.of(kind, date(2026, 10, 10))
    assert (found.first.isoformat(), found.end.isoformat()) == (first, end)
    assert found.number == number
    assert found.before().end == found.first
    assert found.after().first == found.end
    assert found.after().before() == found


def test_any_days_move_by_their_own_length() -> None:
    found = periods.any_days(date(2026, 10, 1), date(2026, 10, 10))
    assert found.before() == periods.any_days(date(2026, 9, 21), date(2026, 9, 30))
    assert found.after() == periods.any_days(date(2026, 10, 11), date(2026, 10, 20))
    with pytest.raises(ValueError):
        periods.any_days(date(2026, 10, 2), date(2026, 10, 1))


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "—"), (0.0, "0.0"), (0.9999, "99.9"), (1.0, "100"), (1.5, "150.0"), (461 / 14, "3292.9")],
)
def test_a_rate_is_said_as_it_is(share: float | None, said: str) -> None:
    """Returns are counted by acts: a case may be returned more than once."""
    assert percent(share) == said
