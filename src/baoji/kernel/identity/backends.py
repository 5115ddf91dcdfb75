"""Sign-in by code and password, with a lock after repeated failures."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from baoji.kernel.identity.models import Person
from baoji.kernel.identity.passwords import limits


class PersonBackend(BaseBackend):
    """Some wrong passwords lock the account for a while (`passwords.limits`); the answer is the same as for a wrong one."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Person | None:
        person = Person.objects.filter(code=username or "", is_active=True).first()
        now = timezone.now()
        if person is None or (person.locked_until and person.locked_until > now):
            Person().set_password(password or "")  # the same work, so that time does not tell who exists
            return None
        if not password or not person.check_password(password):
            _count_failure(person)
            return None
        if person.failed_sign_ins:
            Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=None)
        return person

    def get_user(self, user_id: int) -> Person | None:
        return Person.objects.filter(pk=user_id, is_active=True).first()


def _count_failure(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(failed_sign_ins=F("failed_sign_ins") + 1)
    person.refresh_from_db(fields=["failed_sign_ins"])
    rules = limits()
    if person.failed_sign_ins >= rules.failures:
        until = timezone.now() + timedelta(minutes=rules.lock_minutes)
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=until)
