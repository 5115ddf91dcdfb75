"""What tests of several files of this system stand on."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.screens import chromium

from baoji.kernel.evidence.likeness.looking import Eye
from baoji.systems.urban.actions import citizen_gate


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright keeps a loop running in this thread
    with sync_playwright() as play, chromium(play) as found:
        yield found
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def eye() -> Iterator[Eye]:
    """The process that looks at photos."""
    made = Eye()
    yield made
    made.end()


@pytest.fixture
def fresh_gate() -> Iterator[None]:
    """Nobody has come through the citizens' gate yet, and nobody has afterwards."""
    citizen_gate.forget()
    yield
    citizen_gate.forget()
