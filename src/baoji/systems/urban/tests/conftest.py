"""What tests of several files of this system stand on."""

from collections.abc import Iterator

import pytest

from baoji.kernel.evidence.likeness.looking import Eye
from baoji.systems.urban.actions import citizen_gate


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
