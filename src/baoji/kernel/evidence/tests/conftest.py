"""Keys of their own for each test, and savepoints for tests that begin anew many times."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import transaction


@pytest.fixture(autouse=True)
def _own_folder(own_folder: Path) -> None:
    """Every test here has a data folder of its own."""


@pytest.fixture
def town_savepoint(db: None) -> Callable[[], AbstractContextManager[None]]:
    """What happens inside is undone at its end."""

    @contextmanager
    def undone() -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return undone
