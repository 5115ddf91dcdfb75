"""What a wrong sign-in tells: nothing, not by its time either."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from baoji.kernel.identity.actions import forget_sessions
from baoji.kernel.identity.backends import PersonBackend
from baoji.kernel.identity.models import Person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["nobody-has-this", "dispatcher.1"])
def test_unknown_and_locked_people_take_the_same_work(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(minutes=5)
    Person.objects.filter(code="dispatcher.1").update(locked_until=later)
    hashed: list[str | None] = []
    monkeypatch.setattr(Person, "set_password", lambda _person, word: hashed.append(word))
    assert PersonBackend().authenticate(None, username=code, password="wrong") is None
    assert hashed == ["wrong"]


def test_sessions_that_are_over_are_forgotten() -> None:
    now = timezone.now()
    for key, ends in (("over", now - timedelta(seconds=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    assert forget_sessions(now) == 1
    assert [one.session_key for one in Session.objects.all()] == ["open"]
