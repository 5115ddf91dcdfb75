"""Changing what a person signs in with."""

from datetime import datetime

from baoji.kernel.base import sql
from baoji.kernel.identity.models import Person


def change_password(person: Person, password: str) -> None:
    """Sets a password that has passed the validators; the demand to change it is met."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])


def choose_language(person_id: int, language: str) -> None:
    """Remembers the language for the next sign-in; on any device."""
    Person.objects.filter(pk=person_id).update(language=language)


def forget_sessions(now: datetime) -> int:
    """Deletes browsers' sessions that are over, which nobody signed out of; how many."""
    return sql.execute("DELETE FROM django_session WHERE expire_date < %s", [now])
