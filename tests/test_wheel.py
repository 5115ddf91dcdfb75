"""The wheel holds what `./dev prepare` builds, or is not made."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from baoji.operate.layout import CHECKOUT


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("setuptools")
    monkeypatch.syspath_prepend(str(CHECKOUT / "backend"))
    yield import_module("baoji_wheel")
    sys.modules.pop("baoji_wheel", None)


def built(root: Path, backend: Any) -> None:
    for name in backend.BUILT:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_a_clean_checkout_is_prepared_first(
    backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(
        backend.subprocess, "run", lambda argv, **_more: (ran.append(argv), built(tmp_path, backend))
    )
    backend.require_built(tmp_path)
    backend.require_built(tmp_path)
    assert ran == [["./dev", "prepare"]]


def test_without_its_parts_no_wheel_is_made(
    backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend.subprocess, "run", lambda argv, **_more: None)
    with pytest.raises(SystemExit, match="dev prepare"):
        backend.require_built(tmp_path)
