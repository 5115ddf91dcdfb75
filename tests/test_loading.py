"""Processes that start together load one after another."""

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from baoji.config import lean


def seconds_until_my_turn(folder: Path) -> float:
    began = monotonic()
    with lean.loading(str(folder)):
        return monotonic() - began


def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as other:
        with lean.loading(str(tmp_path)):
            assert not gc.isenabled()
            second = other.submit(seconds_until_my_turn, tmp_path)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        assert second.result(timeout=5) >= 0.3
    assert gc.isenabled()


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean, "MOST_TURN_S", 0.2)
    with lean.loading(str(tmp_path)):
        assert 0.2 <= seconds_until_my_turn(tmp_path) < 2


def test_where_there_is_no_folder_nobody_waits(tmp_path: Path) -> None:
    with lean.loading(str(tmp_path / "none")):
        assert seconds_until_my_turn(tmp_path / "none") < 2
