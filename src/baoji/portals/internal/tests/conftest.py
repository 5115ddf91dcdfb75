"""Somebody with a password."""

import pytest

from baoji.kernel.identity.models import Person

WORD = "ganhe-2026-lushang"


@pytest.fixture
def person() -> Person:
    found = Person.objects.get(code="dispatcher.1")
    found.set_password(WORD)
    found.save()
    return found
