"""协作分析 over records as acts leave them: sums, expectation by the draw, the cases behind, who may see and export."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.town import NOW, case, desk, do, new, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.snapshot import bump, forget_all
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.actions.collusion import note_export, sum_up, sum_up_due
from baoji.systems.urban.queries import collusion
from baoji.systems.urban.queries.collusion import Asked

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
MINUTE = timedelta(minutes=1)


def rows(kind: str) -> dict[tuple[int, int], dict[str, Any]]:
    found = sql.rows("SELECT * FROM urban_pair_month WHERE kind = %s", [kind])
    return {(row["one"], row["other"]): row for row in found}


@pytest.fixture
def six_cases() -> list[str]:
    """Six cases of collector.01, each checked twenty minutes after it was asked for."""
    numbers = []
    for _n in range(6):
        number = new("check/checking")
        do(number, "@asked", "check_answer", now=NOW + 20 * MINUTE)
        numbers.append(number)
    return numbers


def test_the_sums_are_the_records_own(six_cases: list[str]) -> None:
    sum_up(MARCH, NOW)
    found = rows("checker")
    me = who("collector.01").id
    assert sum(row["n"] for row in found.values()) == 6
    assert {one for one, _other in found} == {me}
    assert me not in {other for _one, other in found}
    assert all(row["drawn"] == row["n"] == row["positive"] for row in found.values())
    assert all(row["quick"] == row["chosen"] == row["same_device"] == 0 for row in found.values())
    assert all(sum(row["hours"]) == row["n"] == row["hours"][10] for row in found.values())


def test_the_expectation_is_what_the_lots_said(six_cases: list[str]) -> None:
    """Two could be drawn each time: three for each, whoever it was."""
    sum_up(MARCH, NOW)
    assert {row["expected"] for row in rows("checker").values()} <= {3.0}
    for number in six_cases:
        draw = sql.value(
            "SELECT facts -> 'draw' ->> 'of' FROM flow_record WHERE case_id = %s AND act = 'check_request'",
            [case(number).pk],
        )
        assert draw == "2"


def test_bodies_and_their_crews_are_summed_up_too(six_cases: list[str]) -> None:
    sum_up(MARCH, NOW)
    body = organisations().by_code["D29"].id
    assert sum(row["n"] for (one, _other), row in rows("body").items() if one == body) == 6
    crew = rows("crew")
    assert list(crew) == [(who("collector.01").id, body)]
    row = crew[who("collector.01").id or 0, body]
    assert (row["n"], row["positive"], row["quick"], row["drawn"]) == (6, 6, 6, 0)


def test_whom_a_person_chose_counts_as_chosen() -> None:
    number = new("check/to_check")
    drawn = next(
        schema["default"]
        for name, schema in _offer(number)["schema"]["properties"].items()
        if name == "collector"
    )
    other = next(code for code in ("collector.02", "collector.03") if code != drawn)
    do(number, "acceptor.1", "check_request", collector=other, reason="熟悉这一片")
    do(number, "@asked", "check_answer")
    sum_up(MARCH, NOW)
    row = rows("checker")[who("collector.01").id or 0, who(other).id or 0]
    assert (row["n"], row["chosen"], row["drawn"], row["expected"]) == (1, 1, 1, 0.5)


def _offer(number: str) -> dict[str, Any]:
    return next(
        offer
        for offer in public.offered(who("acceptor.1"), public.load(number), NOW)
        if offer["act"] == "check_request"
    )


def test_summing_up_again_changes_nothing_and_another_month_is_left_alone(six_cases: list[str]) -> None:
    sum_up(MARCH, NOW)
    before = rows("checker")
    sum_up(MARCH, NOW + MINUTE)
    again = rows("checker")
    assert {key: row["n"] for key, row in again.items()} == {key: row["n"] for key, row in before.items()}
    sum_up(date(2026, 2, 1), NOW)
    assert rows("checker").keys() == before.keys()


def test_months_that_never_were_are_summed_up_once(six_cases: list[str]) -> None:
    later = NOW + timedelta(days=75)
    assert sum_up_due(later) == [MARCH, date(2026, 4, 1), date(2026, 5, 1)]
    assert sum_up_due(later + MINUTE) == [date(2026, 5, 1)]
    assert sum_up_due(NOW + timedelta(days=80)) == [date(2026, 5, 1), date(2026, 6, 1)]


def test_a_rework_counts_as_not_positive() -> None:
    number = new("check/checking")
    do(number, "@asked", "check_answer", fixed=False, opinion="还没有修好")
    walk(number, "check/checking")
    do(number, "@asked", "check_answer")
    sum_up(MARCH, NOW)
    assert sum(row["n"] for row in rows("checker").values()) == 2
    assert sum(row["positive"] for row in rows("checker").values()) == 1
    assert sum(row["positive"] for row in rows("crew").values()) == 1


def test_behind_a_number_stand_exactly_its_cases(six_cases: list[str]) -> None:
    sum_up(MARCH, NOW)
    asked = Asked("checker", MARCH, MARCH)
    for kind in ("checker", "body", "crew"):
        asked = Asked(kind, MARCH, MARCH)
        seen = []
        for (one, other), row in rows(kind).items():
            found = collusion.behind(asked, one, other)
            assert len(found) == row["n"]
            seen += [line["number"] for line in found]
        assert sorted(seen) == sorted(six_cases)


def test_pages_behind_go_on_without_gap(six_cases: list[str]) -> None:
    asked = Asked("crew", MARCH, MARCH)
    sum_up(MARCH, NOW)
    one, other = next(iter(rows("crew")))
    seen: list[int] = []
    after = None
    while found := collusion.behind(asked, one, other, after=after, limit=2):
        seen += [line["id"] for line in found]
        after = (found[-1]["at"], found[-1]["id"])
    assert len(seen) == 6 == len(set(seen))


def test_the_page_shows_numbers_how_rare_and_what_was_looked_at(six_cases: list[str], least: None) -> None:
    sum_up(MARCH, NOW)
    chief = desk("chief.1")
    seen = chief.get("/street/pairs/?from=2026-03&to=2026-03").content.decode()
    assert who("collector.01").name in seen
    assert "看了" in seen and "凭运气也会有" in seen
    row = next(iter(rows("checker")))
    behind = chief.get(
        f"/street/pairs/cases?kind=checker&from=2026-03&to=2026-03&one={row[0]}&other={row[1]}"
    )
    assert "抽签" in behind.content.decode()
    assert "这一段没有可看的" in chief.get("/street/pairs/?from=2025-01&to=2025-02").content.decode()
    assert "要" in chief.get("/street/pairs/?kind=crew&from=2026-03&to=2026-03").content.decode()


@pytest.fixture
def least() -> Any:
    """One meeting is enough to be looked at."""
    sql.execute("UPDATE urban_policy SET value = value || '{\"least\": 1}' WHERE name = 'pairs'")
    bump("policies")
    yield None
    forget_all()


def test_the_export_has_everything_and_is_on_record(six_cases: list[str], least: None) -> None:
    sum_up(MARCH, NOW)
    answer = desk("head.1").get("/street/pairs/csv?from=2026-03&to=2026-03")
    text = answer.content.decode("utf-8-sig")
    assert answer["Content-Type"].startswith("text/csv")
    assert len(text.strip().splitlines()) == 3 + len(rows("checker"))
    entry = sql.tuples("SELECT verb, payload FROM audit_entry WHERE subject = 'urban.pairs'")
    assert [verb for verb, _payload in entry] == ["export"]
    with pytest.raises(Refused):
        note_export(by=who("acceptor.1"), asked=Asked("crew", MARCH, MARCH), pairs=0, now=NOW)


@pytest.mark.parametrize(
    "code", ["handler.D29", "collector.01", "dispatcher.1", "acceptor.1", "operator.1", "mayor.1"]
)
@pytest.mark.parametrize("address", ["", "cases?one=1&other=2", "csv"])
def test_nobody_else_sees_it(code: str, address: str) -> None:
    assert desk(code).get(f"/street/pairs/{address}").status_code == 403


@pytest.mark.parametrize("query", ["from=2026-04&to=2026-03", "from=2020-01&to=2026-03"])
def test_a_period_that_is_none_is_refused_with_a_sentence(query: str) -> None:
    assert desk("head.1").get(f"/street/pairs/?{query}").status_code == 422


@pytest.mark.parametrize("query", ["from=oops&to=2026-99", "kind=nothing", "from=2026-00"])
def test_nonsense_is_taken_for_nothing(query: str) -> None:
    assert desk("head.1").get(f"/street/pairs/?{query}").status_code == 200


def test_a_page_costs_few_queries(
    six_cases: list[str], least: None, django_assert_max_num_queries: Any
) -> None:
    sum_up(MARCH, NOW)
    head = desk("head.1")
    head.get("/street/pairs/?from=2026-03&to=2026-03")
    with django_assert_max_num_queries(18):
        head.get("/street/pairs/?from=2026-03&to=2026-03")
