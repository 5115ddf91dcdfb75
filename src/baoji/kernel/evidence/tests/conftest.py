"""Keys of their own for each test, and savepoints for tests that begin anew many times."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture
def town_savepoint(db: None) -> Callable[[], AbstractContextManager[None]]:
    """What happens inside is undone at its end."""

    @contextmanager
    def undone() -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return undone
