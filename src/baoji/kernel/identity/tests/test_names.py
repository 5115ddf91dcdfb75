"""What people are called is kept, and forgotten when it changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Person
from baoji.kernel.identity.names import code_of, named

pytestmark = pytest.mark.django_db


def test_each_is_asked_for_once() -> None:
    one, two = Person.objects.order_by("id").values_list("id", "code", "name")[:2]
    assert named([one[0], None, two[0]]) == {one[0]: one[1:], two[0]: two[1:]}
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert named([two[0], one[0], None])[one[0]] == one[1:]
        assert code_of(two[0]) == two[1]
    assert not [query for query in asked.captured_queries if "identity_person" in query["sql"]]


def test_who_was_named_anew_is_called_so() -> None:
    person = Person.objects.order_by("id")[0]
    assert named([person.id])[person.id][1] == person.name
    Person.objects.filter(id=person.id).update(name="新名字")
    bump("people")
    assert named([person.id])[person.id][1] == "新名字"


def test_nobody_and_who_is_not_there_have_no_name() -> None:
    assert named([None, 10**9]).get(10**9) is None
    assert code_of(None) is None
