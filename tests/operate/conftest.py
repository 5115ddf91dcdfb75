from collections.abc import Iterator
from pathlib import Path

import pytest

from baoji.operate.layout import Layout
from baoji.operate.supervise import Supervisor


@pytest.fixture(autouse=True)
def no_given_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("BAOJI_DATA", raising=False)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "var")
    made.prepare()
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tell=said.append)
    yield made
    made.stop()
