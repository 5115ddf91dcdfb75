"""Plain rules of the citizens' door: who gets in, what a proof is, what the same words are, how coarse a place is."""

from hashlib import sha256
from itertools import count, product

import pytest

from baoji.systems.urban.rules.citizens import (
    Place,
    Verdict,
    alike,
    is_solved,
    middle_of_square,
    places,
    verdict,
)

FREE, CROWDED = False, True


@pytest.mark.parametrize(
    ("crowded", "repeated", "proven", "beyond", "expected"),
    [
        (FREE, False, False, False, Verdict.LET_IN),
        (FREE, False, True, False, Verdict.LET_IN),
        (CROWDED, False, False, False, Verdict.PROVE),
        (CROWDED, False, True, False, Verdict.LET_IN),
        (CROWDED, False, True, True, Verdict.HOLD),
        (FREE, True, False, False, Verdict.HOLD),
        (CROWDED, True, True, False, Verdict.HOLD),
    ],
)
def test_who_gets_in(crowded: bool, repeated: bool, proven: bool, beyond: bool, expected: Verdict) -> None:
    assert verdict(crowded=crowded, repeated=repeated, proven=proven, beyond=beyond) is expected


def test_no_case_is_left_out_and_nobody_is_refused_here() -> None:
    for crowded, repeated, proven, beyond in product([False, True], repeat=4):
        assert verdict(crowded=crowded, repeated=repeated, proven=proven, beyond=beyond) in set(Verdict)


def test_a_proof_has_zero_bits_in_front() -> None:
    nonce = next(str(n) for n in count() if sha256(f"abc.{n}".encode()).digest()[0] == 0)
    assert is_solved("abc", nonce, 8)
    assert not is_solved("abd", nonce, 24)
    assert is_solved("abc", "anything", 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("路口的井盖没有了，很危险", "路口的井盖没有了 很危险!!", True),
        ("路口的井盖没有了，很危险 1", "路口的井盖没有了，很危险 2", True),
        ("路口的井盖没有了，很危险", "路口的路灯没有亮，很危险", False),
    ],
)
def test_the_same_words_are_the_same_without_spaces_and_digits(one: str, other: str, same: bool) -> None:
    assert (alike(one) == alike(other)) is same and alike(one)


def test_short_words_are_alike_by_chance() -> None:
    assert alike("垃圾") == "" and alike("") == ""


def test_every_point_of_a_square_has_the_same_middle() -> None:
    middle = middle_of_square(107.1485, 34.3605, 200)
    metres = 111_320
    seen = {
        middle_of_square(middle[0] + dx / metres, middle[1] + dy / metres, 200)
        for dx in (-100, -40, 0, 40, 100)
        for dy in (-95, -40, 0, 40, 95)
    }
    assert seen == {middle}
    assert middle_of_square(middle[0], middle[1] + 201 / metres, 200) != middle
    assert abs(middle[0] - 107.1485) < 0.0013 and abs(middle[1] - 34.3605) < 0.0010


def test_a_class_that_is_not_named_is_shown_exactly() -> None:
    found = places({"classes": [{"kind": "event", "class": "0101", "place": "coarse"}]})
    assert found == {"e0101": Place.COARSE}
