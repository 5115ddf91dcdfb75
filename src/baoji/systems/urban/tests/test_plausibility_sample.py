"""抽查: by lot, once a case, by a collector of another grid, as an ordinary check; what it finds is told in numbers."""

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from tests.town import NOW, case, do, new, report, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump, forget_all
from baoji.systems.urban import public
from baoji.systems.urban.actions.sample import ask_samples, settle_samples
from baoji.systems.urban.rules.sample import is_sampled

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def put(**wanted: int) -> None:
    usual = {"per_mille": 1000, "most_a_day": 100, "spare_hours": 1}
    sql.execute(
        "UPDATE urban_policy SET value = %s::jsonb WHERE name = 'sample'",
        [orjson.dumps(usual | wanted).decode()],
    )
    bump("policies")


@pytest.fixture(autouse=True)
def everything_is_sampled() -> Iterator[None]:
    put()
    yield
    forget_all()


def _code(number: str) -> str:
    return str(sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id]))


def test_a_second_look_is_an_ordinary_check_by_somebody_of_another_grid() -> None:
    number = new("check/passed", by="officer.001")
    first = sql.value(
        "SELECT by_id FROM flow_record WHERE case_id = %s AND act = 'check_answer'", [case(number).pk]
    )
    assert ask_samples(NOW + MINUTE - timedelta(seconds=1)) == []  # the chief may be about to close it
    assert ask_samples(NOW + MINUTE) == [number]
    assert where(number) == "check/checking"
    assert case(number).holder_person_id != first
    assert _code(number) != "collector.01"  # the case lies in his grids
    line = public.view(who("head.1"), public.load(number), NOW)["timeline"][-1]
    assert (line["act"], line["by"], line["facts"]["draw"]["sample"]) == ("check_request", "system", True)
    do(number, "@asked", "check_answer", now=NOW + 5 * MINUTE)
    assert settle_samples(NOW + 6 * MINUTE) == 1
    assert ask_samples(NOW + 7 * MINUTE) == []  # once a case
    walk(number, "evaluate/closed", now=NOW + 8 * MINUTE)
    assert public.findings(public.FindingsAsked())[0] == []
    assert public.samples(NOW) == {"asked": 1, "answered": 1, "otherwise": 0}


def test_what_a_second_look_sees_otherwise_is_told_of_the_first() -> None:
    number = new("check/passed", by="officer.001")
    checker = sql.value(
        "SELECT p.code FROM flow_record t JOIN identity_person p ON p.id = t.by_id WHERE t.case_id = %s AND t.act = 'check_answer'",
        [case(number).pk],
    )
    ask_samples(NOW + MINUTE)
    do(number, "@asked", "check_answer", fixed=False, opinion="井盖还在响", now=NOW + HOUR)
    for _time in range(2):
        settle_samples(NOW + 2 * HOUR)
    rows, _following = public.findings(public.FindingsAsked())
    assert [(row["kind"], row["code"], row["facts"]) for row in rows] == [
        ("sample", checker, {"seconds": 3600})
    ]
    assert where(number) == "handle/handling"
    assert public.samples(NOW)["otherwise"] == 1


def test_the_lot_decides_and_nothing_is_sampled_where_the_city_does_not_want_it() -> None:
    new("check/passed", by="officer.001")
    put(per_mille=0)
    assert ask_samples(NOW + MINUTE) == []
    drawn = sum(is_sampled(f"{n:016x}", 12, 20) for n in range(10_000))
    assert 150 < drawn < 250


def test_no_more_than_the_city_wants_in_a_day() -> None:
    for _n in range(3):
        new("check/passed", by="officer.001")
    put(most_a_day=2)
    assert len(ask_samples(NOW + MINUTE)) == 2
    assert ask_samples(NOW + 2 * MINUTE) == []


def test_where_time_is_short_nobody_is_sampled() -> None:
    """Two working days for a cover: less than three days ahead."""
    new("check/passed", by="officer.001")
    put(spare_hours=72)
    assert ask_samples(NOW + MINUTE) == []


def test_where_nobody_of_another_grid_is_on_shift_the_case_is_left_alone() -> None:
    late = new("check/passed", by="officer.001")
    assert ask_samples(NOW.replace(hour=5) + timedelta(days=1)) == []  # nobody at all
    assert where(late) == "check/passed"


def test_a_person_may_take_it_back_and_it_lapses() -> None:
    number = new("check/passed", by="officer.001")
    ask_samples(NOW + MINUTE)
    do(number, "chief.1", "void", reason="重复的案卷", now=NOW + 2 * MINUTE)
    assert settle_samples(NOW + 3 * MINUTE) == 1
    assert public.samples(NOW) == {"asked": 1, "answered": 0, "otherwise": 0}


def test_what_is_not_found_fixed_is_no_sample() -> None:
    walk(report("officer.001"), "check/to_check")
    assert ask_samples(NOW + MINUTE) == []
