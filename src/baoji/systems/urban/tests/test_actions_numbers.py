"""Task numbers are unique and ordered; case numbers have no gap per division and day: also with many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from tests.town import COVER, NOW, OTHER_COVER, at, case, do, loaded, new, report, walk, who

from baoji.kernel.base.errors import Refused
from baoji.systems.urban import public

AT_ONCE = 8


def _together(tasks: list[Callable[[], str]]) -> list[str]:
    """Does all of them at the same time, each on a connection of its own."""
    start = Barrier(len(tasks))

    def alone(task: Callable[[], str]) -> str:
        try:
            start.wait(10)
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(alone, tasks))


@pytest.mark.django_db
def test_case_numbers_count_per_division_and_day() -> None:
    numbers = [
        case(new("dispatch/filed", component=component)).case_number
        for component in (COVER, COVER, OTHER_COVER)
    ]
    assert numbers == ["610302-20260317-00001", "610302-20260317-00002", "610303-20260317-00001"]
    tomorrow = walk(report(now=at("03-18 10:00")), "dispatch/filed", now=at("03-18 10:00"))
    assert case(tomorrow).case_number == "610302-20260318-00001"


@pytest.mark.django_db
def test_a_day_begins_at_midnight_in_the_city() -> None:
    late = walk(report(now=at("03-17 23:59")), "dispatch/filed", now=at("03-17 23:59"))
    early = walk(report(now=at("03-18 00:01")), "dispatch/filed", now=at("03-18 00:01"))
    assert [str(case(number).case_number)[7:15] for number in (late, early)] == ["20260317", "20260318"]


@pytest.mark.django_db
def test_a_filing_that_fails_leaves_no_gap() -> None:
    number = new("file/accepted")
    with pytest.raises(RuntimeError), transaction.atomic():
        do(number, "chief.1", "file")
        raise RuntimeError("the power went")
    do(number, "chief.1", "file")
    assert str(case(number).case_number).endswith("-00001")


@pytest.mark.django_db
def test_a_case_is_found_by_either_number() -> None:
    number = new("dispatch/filed")
    by_case = str(case(number).case_number)
    for name in (number, number.lower(), by_case, by_case.replace("-", "")):
        assert loaded(name).case.number == number


@pytest.mark.django_db
def test_task_numbers_follow_each_other() -> None:
    first, second = report(), report()
    assert first.startswith("T260317-")
    assert int(second[-7:]) == int(first[-7:]) + 1


@pytest.mark.django_db(transaction=True)
def test_case_numbers_have_no_gap_when_many_file_at_once() -> None:
    numbers = [new("file/accepted") for _n in range(AT_ONCE)]
    facts = {"class": "0102", "condition": 3}

    def file(number: str) -> Callable[[], str]:
        return lambda: str(
            public.perform(
                number=number, act="file", by=who("chief.1"), facts=facts, now=NOW
            ).case.case_number
        )

    filed = _together([file(number) for number in numbers])
    assert sorted(filed) == [f"610302-20260317-{n:05}" for n in range(1, AT_ONCE + 1)]


@pytest.mark.django_db(transaction=True)
def test_task_numbers_are_unique_and_ordered_when_many_report_at_once() -> None:
    def several() -> str:
        return ",".join(report("officer.001", pictures=0) for _n in range(5))

    mine = [line.split(",") for line in _together([several] * AT_ONCE)]
    assert all(line == sorted(line) for line in mine)
    assert len({number for line in mine for number in line}) == AT_ONCE * 5


@pytest.mark.django_db(transaction=True)
def test_of_many_dispatchers_at_once_one_dispatches() -> None:
    number = new("dispatch/filed")

    def dispatch() -> str:
        try:
            public.perform(
                number=number, act="dispatch", by=who("dispatcher.1"), facts={"to": "D29"}, now=NOW
            )
        except Refused as refused:
            return refused.code
        return "done"

    assert sorted(_together([dispatch] * AT_ONCE)) == ["done", *["wrong-stage"] * (AT_ONCE - 1)]


@pytest.mark.django_db(transaction=True)
def test_twins_with_one_key_become_one_report() -> None:
    draft = public.Draft(kind="component", component=COVER, condition=3, description="井盖松动异响")

    def send() -> str:
        taken = public.take_report(
            by=who("officer.001"), draft=draft, now=NOW, key="twin", request_hash="same"
        )
        return taken.number or str(taken.earlier and taken.earlier["answer"]["number"])

    assert len(set(_together([send] * AT_ONCE))) == 1
    assert public.Case.objects.filter(number__startswith="T260317-").count() == 1
