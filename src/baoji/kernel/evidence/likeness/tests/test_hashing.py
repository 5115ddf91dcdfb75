"""Fingerprints and their keys: nothing within seven bits is missed, signs survive, and OpenCV stays where it belongs."""

import subprocess
import sys
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from django.db import connection

import baoji
from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness import eye, hashing, index, parts
from baoji.kernel.evidence.likeness.trial.scenes import Place, View, photo

SOURCES = str(Path(baoji.__file__).parents[1])
TURN = Path(baoji.__file__).parent / "kernel" / "evidence" / "sql" / "0005_lowest_first.sql"


def flipped(rng: Random, fingerprint: int, bits: int) -> int:
    for bit in rng.sample(range(64), bits):
        fingerprint ^= 1 << bit
    return fingerprint


@pytest.mark.parametrize(("flips", "bits", "keys"), [(1, 7, 68), (2, 11, 548)])
def test_keys_find_everything_so_near(flips: int, bits: int, keys: int) -> None:
    rng = Random(4)
    for _n in range(400):
        own = rng.getrandbits(64)
        near = set(hashing.near_keys(own, flips=flips))
        assert len(near) == keys
        assert near & set(hashing.own_keys(flipped(rng, own, bits)))


def test_one_bit_more_may_be_missed() -> None:
    """Two in each quarter: the keys of one flip do not reach that far, and are not said to."""
    other = 0b11 | 0b11 << 16 | 0b11 << 32 | 0b11 << 48
    assert not set(hashing.near_keys(0)) & set(hashing.own_keys(other))


def test_distance_knows_no_sign() -> None:
    high = 1 << 63
    assert hashing.signed(high) == -(2**63) and hashing.distance(hashing.signed(high), 0) == 1
    assert hashing.distance(hashing.signed(2**64 - 1), 2**64 - 1) == 0


def test_a_fingerprint_bears_light_and_size_and_is_balanced() -> None:
    rng = np.random.default_rng(3)
    small = np.kron(rng.integers(0, 200, (8, 8)), np.ones((4, 4)))
    own = eye.phash(small)
    assert hashing.distance(own, eye.phash(small * 0.6 + 20)) <= 2
    assert 28 <= own.bit_count() <= 36
    assert hashing.distance(own, eye.phash(small[:, ::-1])) > 10


@pytest.mark.django_db
def test_the_index_answers_the_nearest_first() -> None:
    rng = Random(9)
    own = rng.getrandbits(64) | 1 << 63
    for id_, bits in ((1, 0), (2, 5), (3, 7), (4, 20)):
        index.keep(id_, flipped(rng, own, bits))
    assert index.find([own], bits=7, most=9) == [(1, 0), (2, 5), (3, 7)]
    assert index.find([own], bits=7, most=1) == [(1, 0)]
    assert index.find([flipped(rng, own, 30), own], bits=5, most=9) == [(1, 0), (2, 5)]
    index.forget(1, hashing.signed(own))
    assert index.find([own], bits=7, most=9) == [(2, 5), (3, 7)]
    assert sql.value("SELECT count(*) FROM evidence_print_key WHERE file_id = 1") == 0


def some_parts(rng: Random, number: int = hashing.PARTS_ASKED) -> list[hashing.Part]:
    return [(rng.getrandbits(63), rng.sample(range(hashing.KEY_BITS), hashing.WEAK)) for _n in range(number)]


def keys_of(parts: list[hashing.Part]) -> set[tuple[int, int]]:
    return set(zip(*hashing.part_rows(parts), strict=True))


def test_a_part_is_found_whichever_way_its_weak_bits_fell() -> None:
    rng = Random(11)
    for part in some_parts(rng):
        bits, weak = part
        asked = set(zip(*hashing.parts_asked([part])[:2], strict=True))
        assert len(asked) <= 2**hashing.WEAK + 2**hashing.WEAK_TURNED
        for n in range(2**hashing.WEAK):
            fell = bits ^ sum(1 << bit for at, bit in enumerate(weak) if n >> at & 1)
            for shown in (0, hashing.ACROSS, hashing.DOWN, hashing.ACROSS ^ hashing.DOWN):
                assert keys_of([(fell ^ shown, [])]) <= asked
        strong = next(bit for bit in range(2, hashing.KEY_BITS) if bit not in weak)
        assert not keys_of([(bits ^ 1 << strong, [])]) & asked
        assert all(0 <= k < 2**30 and 0 <= h < 2**31 for k, h in asked)


def test_keys_of_one_part_lie_side_by_side_where_its_weak_bits_are_those_of_high_waves() -> None:
    keys, *_others = hashing.parts_asked([(Random(16).getrandbits(63), [28, 29, 30, 31])])
    assert max(keys[:16]) - min(keys[:16]) == 15, "in the index they are one after the other"


def test_mirrored_and_turned_a_part_is_kept_as_it_is() -> None:
    rng = np.random.default_rng(8)
    soft = cv2.GaussianBlur(rng.integers(0, 255, (64, 64)).astype(np.float32), (0, 0), 5)
    part = np.asarray(cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX), np.uint8)
    shown = (part, part[:, ::-1], part[::-1], part[::-1, ::-1])
    plain, across, down, both = (parts._fingerprint(parts._part(one, (32.0, 32.0, 32.0)))[0] for one in shown)
    assert (plain ^ across, plain ^ down) == (hashing.ACROSS, hashing.DOWN)
    assert len({hashing.upright(one) for one in (plain, across, down, both)}) == 1


def test_turned_by_a_quarter_a_part_is_asked_for_as_it_was_kept() -> None:
    """Nothing more is kept for it, and 48 keys more are asked for."""
    rng = np.random.default_rng(8)
    soft = cv2.GaussianBlur(rng.integers(0, 255, (64, 64)).astype(np.float32), (0, 0), 5)
    part = np.asarray(cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX), np.uint8)
    kept = keys_of([parts._fingerprint(parts._part(part, (32.0, 32.0, 32.0)))])
    for turn in (1, 3):
        for shown in (np.rot90(part, turn), np.rot90(part, turn)[:, ::-1]):
            asked = parts._fingerprint(parts._part(np.ascontiguousarray(shown), (32.0, 32.0, 32.0)))
            assert kept <= set(zip(*hashing.parts_asked([asked])[:2], strict=True))
    assert all(hashing.turned(hashing.turned(bits)) == bits for bits, _weak in some_parts(Random(14)))
    assert 384 < len(hashing.parts_asked(some_parts(Random(15)))[0]) <= 432


def test_a_picture_without_parts_is_asked_for_turned_within_few_bits_alone() -> None:
    grey = np.asarray(cv2.cvtColor(photo(Place(3), View(moment=3)), cv2.COLOR_BGR2GRAY), np.uint8)
    own = eye.variants(grey)
    for turn in (1, 3):
        asked = hashing.prints_asked(eye.variants(np.ascontiguousarray(np.rot90(grey, turn))), [])
        assert min(hashing.distance(one, own[0]) for one in asked) <= 2
    assert hashing.prints_asked_far(own) == own[:-2]


def test_a_picture_has_no_more_parts_than_are_asked_and_a_flat_one_has_none() -> None:
    grey = np.asarray(cv2.cvtColor(photo(Place(3), View(moment=3)), cv2.COLOR_BGR2GRAY), np.uint8)
    found = parts.parts(grey)
    assert hashing.PARTS_KEPT <= len(found) <= hashing.PARTS_ASKED
    assert all(0 <= bits < 2**63 and len(set(weak)) == hashing.WEAK for bits, weak in found)
    assert found == parts.parts(grey) and parts.parts(np.full((300, 400), 90, np.uint8)) == []


@pytest.mark.django_db
def test_the_index_answers_those_with_most_parts_in_common_first() -> None:
    rng = Random(12)
    own, noise = some_parts(rng), some_parts(rng)
    index.keep_parts(1, [*own[:3], *noise[3:16]])
    index.keep_parts(2, own[:9])
    index.keep_parts(3, noise)
    index.keep_parts(4, [(bits ^ hashing.ACROSS, weak) for bits, weak in own[:5]])
    far = own[0][0] ^ 0b1111111 << hashing.KEY_BITS  # the key is the same, seven of the other bits are not
    index.keep_parts(5, [(far, [])])
    assert index.find_parts(own, most=9) == [2, 4, 1]
    assert index.find_parts(own, most=1) == [2] and index.find_parts([], most=9) == []
    index.keep_parts(2, own[:9])
    assert sql.value("SELECT count(*) FROM evidence_part_key WHERE file_id = 2") == 9, "kept once"


@pytest.mark.django_db
def test_parts_from_before_their_keys_began_with_the_lowest_wave_are_found() -> None:
    own = some_parts(Random(17))
    kept = [hashing.upright(bits) for bits, _weak in own[: hashing.PARTS_KEPT]]
    low = [(bits & hashing.KEY, bits >> hashing.KEY_BITS) for bits in kept]
    for k, h in low:
        before = k - (1 << 32) if k >> 31 else k
        sql.execute("INSERT INTO evidence_part_key (k, h, file_id) VALUES (%s, %s, 1)", [before, h])
    assert index.find_parts(own, most=1) == []
    with connection.cursor() as cursor:
        cursor.execute(TURN.read_text())
    assert index.find_parts(own, most=1) == [1]
    rows = sql.tuples("SELECT k, h FROM evidence_part_key ORDER BY k, h")
    assert rows == sorted(zip(*hashing.part_rows(own), strict=True))


@pytest.mark.django_db
def test_what_hangs_everywhere_hides_nobody_who_has_more_in_common() -> None:
    """A sign on thousands of pictures: of its key some rows are read, and those that share more come first."""
    rng = Random(13)
    own = some_parts(rng)
    for id_ in range(1000, 1000 + 3 * index.MOST_OF_A_KEY):
        index.keep_parts(id_, own[:1])
    index.keep_parts(9, own[:4])
    assert index.find_parts(own, most=1) == [9]


@pytest.mark.thorough
@pytest.mark.parametrize("module", ["baoji.operate.tasks", "baoji.config.web", "baoji.config.urls"])
def test_neither_web_nor_worker_carries_opencv(module: str) -> None:
    words = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'baoji.config.settings.test';"
        f"django.setup(); import {module}; sys.exit('cv2' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", words], env={"PYTHONPATH": SOURCES}, check=False).returncode
        == 0
    )
