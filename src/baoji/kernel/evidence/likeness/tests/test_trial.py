"""The check on labelled pictures, with its error rates. `./dev bench photo-reuse` measures more of them."""

import pytest

from baoji.kernel.evidence.likeness.judging import Limits
from baoji.kernel.evidence.likeness.trial.measured import Trial, by_hand, measure, shots

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # a minute of arithmetic, many on a busy machine
PLACES = 6
# Least share of changed pictures that are found beside others, and among all photos by index.
LEAST = {
    "JPEG 40": (1.0, 1.0),
    "half size": (1.0, 1.0),
    "320 px": (1.0, 1.0),
    "darker": (1.0, 1.0),
    "brighter": (1.0, 1.0),
    "band of text": (1.0, 1.0),
    "crop 10 %": (1.0, 1.0),
    "crop 20 %": (1.0, 1.0),
    "crop 30 %": (1.0, 0.8),
    "crop 40 %": (1.0, 0.6),
    "crop 50 %": (0.6, 0.3),
    "turned 3°": (1.0, 0.6),
    "upside down": (1.0, 1.0),
    "mirror": (1.0, 1.0),
    "mirror, crop 20 %": (1.0, 1.0),
    "screenshot": (1.0, 1.0),
    "photo of it": (1.0, 1.0),
    "photo of it, bad": (0.9, 0.3),
    "quarter turn": (1.0, 1.0),
    "photo of it, quarter turn": (1.0, 1.0),
}
# Greatest share of honest pairs that are taken for a picture used twice.
MOST = {
    "two places": 0.0,
    "an alike place": 0.0,
    "the place on another day": 0.0,
    "the place after the work": 0.0,
    "after the work, from nearly the same spot": 0.1,
    "another day, camera on a stand": 0.6,
}


@pytest.fixture(scope="module")
def trial() -> Trial:
    known, limits = shots(PLACES), Limits()
    return measure(known, by_hand(known, limits.bits), limits)


def test_what_was_changed_is_found(trial: Trial) -> None:
    assert set(trial.changed) == set(LEAST)
    short = {
        name: (tally.share("beside"), tally.share("anywhere"))
        for name, tally in trial.changed.items()
        if tally.share("beside") < LEAST[name][0] or tally.share("anywhere") < LEAST[name][1]
    }
    assert not short


def test_what_is_honest_is_mostly_left_alone(trial: Trial) -> None:
    assert set(trial.others) == set(MOST)
    false = {
        name: tally.share("beside")
        for name, tally in trial.others.items()
        if tally.share("beside") > MOST[name]
    }
    assert not false


def test_the_place_from_before_is_known_again_after_the_work(trial: Trial) -> None:
    for name in ("the place after the work", "after the work, from nearly the same spot"):
        tally = trial.others[name]
        assert (tally.place + tally.beside) / tally.n >= 0.9
    for name in ("two places", "an alike place"):
        assert trial.others[name].place == 0
