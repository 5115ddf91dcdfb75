"""Fingerprints and their keys: nothing within seven bits is missed, signs survive, and OpenCV stays where it belongs."""

import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

import baoji
from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness import eye, hashing, index

SOURCES = str(Path(baoji.__file__).parents[1])


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
