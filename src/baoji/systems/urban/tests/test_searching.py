"""Words of cases: what is found by them, also after the worker was killed."""

import pytest
from tests.town import case, event

from baoji.kernel.base import sql
from baoji.systems.urban.actions.searching import index, index_missing, last_indexed
from baoji.systems.urban.rules.pairs import pairs_of

pytestmark = pytest.mark.django_db


def test_what_a_killed_worker_had_heard_of_is_found_after_all() -> None:
    """The case with the smaller number was sealed last; the address of the other was corrected just before the kill."""
    first, second = case(event()), case(event())
    index([second.pk])
    assert last_indexed() == second.pk
    sql.execute("UPDATE flow_case SET address = '滨河大道南侧' WHERE id = %s", [second.pk])
    index_missing(last_indexed())
    kept = dict(sql.tuples("SELECT case_id, pairs::text FROM urban_search"))
    assert first.pk in kept and "滨河" in kept[second.pk]


def test_pairs_leave_spaces_out_and_tell_no_capitals() -> None:
    assert pairs_of("渭滨区 A道\u3000a道\n") == ["a道", "区a", "渭滨", "滨区", "道a"]
    assert pairs_of("井") == pairs_of(" ") == []


def test_what_is_kept_is_found_by_each_of_its_pairs() -> None:
    """Also of words that are odd: capitals that grow when made small, a separator of ours inside, one character alone."""
    number = event(description="İstanbul\x1f路 面")
    index([case(number).pk])
    (kept,) = sql.tuples("SELECT pairs::text[] FROM urban_search")
    words = sql.value("SELECT title || ' ' || address FROM flow_case")
    assert kept[0] == pairs_of(f"{words} İstanbul\x1f路 面") and "l路" in kept[0]
