"""One picture sent many times: each pair stays to be read, and only those that follow from no other are asked about."""

from itertools import combinations

import pytest
from tests.town import NOW, case, desk, photo, report, who

from baoji.kernel.base import sql
from baoji.systems.urban.actions import likeness
from baoji.systems.urban.queries import likeness as reads

pytestmark = pytest.mark.django_db
USE = "INSERT INTO evidence_use (id, case_id, file_id, moment, thing, at, looked_at) VALUES (%s, %s, %s, 'before', '', %s, %s)"
LIKE = """
INSERT INTO evidence_likeness (later_id, earlier_id, later_case, earlier_case, kind, inliers, alike, mirrored, found_at, salt, verdict, reason)
SELECT l.id, e.id, l.case_id, e.case_id, %s, 0, 0, false, %s, '', '', '' FROM evidence_use l, evidence_use e WHERE l.id = %s AND e.id = %s
"""


@pytest.fixture
def numbers() -> list[str]:
    """Five cases with one picture: ten pairs, of uses 1 to 5."""
    found = [report() for _n in range(5)]
    for n, number in enumerate(found, 1):
        sql.execute(USE, [n, case(number).pk, photo(), NOW, NOW])
    for earlier, later in combinations(range(1, 6), 2):
        sql.execute(LIKE, ["near", NOW, later, earlier])
    return found


def asked() -> set[tuple[int, int]]:
    rows, following = reads.likenesses(is_open=True)
    assert following is None and reads.likenesses_open() == len(rows)
    return {(row["later_id"], row["earlier_id"]) for row in rows}


def say(later: int, earlier: int, verdict: str) -> None:
    id_ = sql.value(
        "SELECT id FROM evidence_likeness WHERE later_id = %s AND earlier_id = %s", [later, earlier]
    )
    likeness.decide_likeness(by=who("chief.1"), id_=id_, seen="", verdict=verdict, reason="看过了", now=NOW)


def test_of_one_picture_each_is_asked_about_once(numbers: list[str]) -> None:
    assert asked() == {(5, 4), (4, 3), (3, 2), (2, 1)}
    for later in range(2, 6):
        say(later, later - 1, "same")
    assert asked() == set()


@pytest.mark.parametrize("verdict", ["different", "unsure"])
def test_what_somebody_does_not_call_the_same_lets_nothing_follow(numbers: list[str], verdict: str) -> None:
    say(3, 2, verdict)
    assert asked() == {(5, 4), (4, 3), (4, 2), (3, 1), (2, 1)}


def test_what_a_case_shows_before_and_after_the_work_is_always_asked_about(numbers: list[str]) -> None:
    sql.execute("UPDATE evidence_likeness SET kind = 'after' WHERE later_id = 5 AND earlier_id = 1")
    assert (5, 1) in asked() and len(asked()) == 5


def test_the_others_are_a_link_away(numbers: list[str]) -> None:
    chief = desk("chief.1")
    seen = chief.get("/street/likeness/").content.decode()
    assert seen.count("<figure>") == 8 and "和另外 3 张先前的也像" in seen
    assert f'href="/street/likeness/?state=open&amp;case={numbers[4]}"' in seen
    every = chief.get(f"/street/likeness/?case={numbers[4]}").content.decode()
    assert every.count("<figure>") == 8 and "先前的也像" not in every
