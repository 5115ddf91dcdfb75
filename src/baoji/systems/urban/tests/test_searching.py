"""Words of cases: what is found by them, also after the worker was killed."""

import pytest
from tests.town import case, event

from baoji.kernel.base import sql
from baoji.systems.urban.actions.searching import index, index_missing, last_indexed

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
